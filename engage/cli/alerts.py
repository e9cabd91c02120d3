"""alert: submit, send, approve, withdraw, list. Writing one is in drafting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli import drafting
from engage.cli.drafting import File, read, show_headcount, show_tip
from engage.cli.show import Json, document, many, opened, say, table, who

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App
    from engage.work.alerts import Issued

app = typer.Typer(name="alert", help="Messages about something that is happening now.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID")]
Wait = Annotated[
    bool | None,
    typer.Option(help="Stay until it has gone, showing progress; the default without --json, which streams with it."),
]


for command in (drafting.new, drafting.check, drafting.preview, drafting.test):
    app.command()(command)


@app.command()
def submit(
    path: File,
    submitter: Annotated[str | None, typer.Option("--by", help="The id in [[staff]] of who submits it.")] = None,
    as_json: Json = False,
) -> None:
    """Hand an alert to a second person: it waits for approval however few it would reach."""
    from dataclasses import asdict

    from engage.work.alert_notices import headcount
    from engage.work.alerts import send as issue

    running = opened()
    alert, source = read(running, path)
    counted = headcount(running, alert)
    done = issue(running, alert, source, who=_submitter(running, submitter), asks=True)
    if as_json:
        document({**asdict(counted), **asdict(done)})
        return
    show_headcount(alert, counted)
    show_tip(running, alert)
    say(f"It waits for a second person: {_how(running, done.id)}")


@app.command()
def send(
    path: File,
    submitter: Annotated[str | None, typer.Option("--by", help="The id in [[staff]] of who submits it.")] = None,
    wait: Wait = None,
    as_json: Json = False,
) -> None:
    """Issue an alert, or the correction of one with the same file name. Large ones wait for a second person."""
    from engage.work.alerts import send as issue

    running = opened()
    alert, source = read(running, path)
    done = issue(running, alert, source, who=_submitter(running, submitter))
    if done.texts is not None and not as_json:
        say(str(done.texts))
    if not as_json and done.waits:
        say(f"{done.why} A second person must approve: {_how(running, done.id)}")
    elif not as_json:
        say(f"Issued to {many(done.people, 'person', 'people')} as {done.id}, version {done.version}.")
    _watch(running, done, wait=wait, as_json=as_json)
    raise typer.Exit(1 if done.waits else 0)


@app.command()
def correct(
    path: File,
    submitter: Annotated[str | None, typer.Option("--by", help="The id in [[staff]] of who corrects it.")] = None,
    wait: Wait = None,
    as_json: Json = False,
) -> None:
    """Correct an alert that has gone: its file as it should have been; those who were told are told."""
    from engage.errors import NotFound

    running = opened()
    alert, _ = read(running, path)
    with running.reading() as unit:
        if unit.alerts.find(alert.id) is None:
            raise NotFound(f'No alert "{alert.id}" was issued: its id is the name of its file. See: engage alert list')
    send(path, submitter, wait=wait, as_json=as_json)


@app.command()
def approve(
    alert_id: Id,
    by: Annotated[str, typer.Option(help="The id in [[staff]] of who approves.")],
    wait: Wait = None,
    as_json: Json = False,
) -> None:
    """Let a waiting alert go, as a second person. In live mode only the mailed link can."""
    from engage.errors import Refused
    from engage.work.alerts import approve as let_go

    running = opened()
    if running.is_live:
        raise Refused("In live mode an alert is approved with the link mailed to a person who may, not from here.")
    done = let_go(running, alert_id, by=by)
    if not as_json:
        say(f"Approved: {done.id}, version {done.version} is on its way.")
    _watch(running, done, wait=wait, as_json=as_json)


@app.command()
def ask(alert_id: Id) -> None:
    """Mail a fresh link to whoever may approve an alert that waits."""
    from engage.domain.events import AlertSubmitted
    from engage.errors import NotFound
    from engage.work.asking import ask_again

    running = opened()
    with running.reading() as unit:
        found = unit.alerts.find(alert_id)
    if found is None or found.state != "waiting":
        raise NotFound(f'No alert "{alert_id}" waits for approval. See: engage alert list')
    ask_again(running, AlertSubmitted(alert_id=alert_id, version=found.version))
    say("Fresh links are on their way.")


@app.command()
def withdraw(alert_id: Id) -> None:
    """Stop what has not gone yet and tell those who were told."""
    from engage.work.alerts import withdraw as stop

    version = stop(opened(), alert_id, who=who())
    say(f"Withdrawn. Those who were told get version {version}.")


@app.command()
def pause(alert_id: Id) -> None:
    """Stop an alert where it stands, until `alert resume`; what is with the mail server may still arrive."""
    from engage.work.alert_notices import notice_id
    from engage.work.waiting import pause as stop

    n = stop(opened(), notice_id(alert_id))
    say(f"Paused: {many(n, 'message')} left to send. Go on with: engage alert resume {alert_id}")


@app.command()
def resume(alert_id: Id) -> None:
    """Let a paused alert go on; routine messages wait for the end of the quiet hours."""
    from engage.work.alert_notices import notice_id
    from engage.work.waiting import resume as go_on

    say(f"Going on: {many(go_on(opened(), notice_id(alert_id)), 'message')} left to send.")


@app.command()
def show(alert_id: Id, as_json: Json = False) -> None:
    """Show how an alert is: its version, who submitted it, and how far it has gone."""
    from dataclasses import asdict

    from engage.errors import NotFound
    from engage.work.alert_notices import notice_id
    from engage.work.sending import look

    running = opened()
    with running.reading() as unit:
        found = unit.alerts.find(alert_id)
    if found is None:
        raise NotFound(f'There is no alert "{alert_id}". See: engage alert list')
    told = {"id": found.id, "version": found.version, "state": found.state, "title": found.body["title"]}
    told |= {"by": found.who, "at": found.created_at}
    sending = look(running, notice_id(alert_id), found.version)
    if as_json:
        document({**told, "sending": asdict(sending)})
        return
    print(f"{found.id}, version {found.version}: {found.state}, submitted by {found.who}")
    states = ", ".join(f"{n:,} {state}" for state, n in sorted(sending.states.items())) or "nothing has gone yet"
    print(f"{many(sending.planned, 'message')} planned: {states}")
    if sending.stalled is not None and not sending.is_over:
        print(sending.stalled)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List alerts, newest first."""
    running = opened()
    with running.reading() as unit:
        rows = unit.alerts.list()
    told = [
        {"id": r.id, "version": r.version, "state": r.state, "title": r.body["title"], "at": r.created_at} for r in rows
    ]
    if as_json:
        document(told)
    else:
        table(
            ((t["id"], t["version"], t["state"], f"{t['at']:%Y-%m-%d %H:%M}", t["title"]) for t in told),
            ("id", "version", "state", "at (UTC)", "title"),
        )


def _how(running: App, alert_id: str) -> str:
    """Who can decide now, and how."""
    from engage.work.kit import office_of
    from engage.work.staff import approvers

    with running.reading() as unit:
        waiting = unit.alerts.find(alert_id)
        names = [person.name for person in approvers(office_of(unit), but=waiting.who if waiting else "")]
    asked = f"{', '.join(names)} got a link by e-mail." if names else "nobody else may (office.toml, [[staff]])."
    return asked if running.is_live else f"{asked} In a rehearsal also: engage alert approve {alert_id} --by ID"


def _submitter(running: App, given: str | None) -> str:
    """Whoever is named must be staff: who approves is compared with who submitted."""
    from engage.domain.problems import did_you_mean
    from engage.errors import Refused
    from engage.work.kit import office_of

    if given is None:
        return who()
    with running.reading() as unit:
        known = [person.id for person in office_of(unit).staff]
    if given not in known:
        raise Refused(f'"{given}" is not in [[staff]] of office.toml.{did_you_mean(given, known)}')
    return given


def _watch(running: App, done: Issued, *, wait: bool | None, as_json: bool) -> None:
    """Say what was issued, and stay until it has gone if asked to. What goes later, or waits, is not watched."""
    from dataclasses import asdict
    from json import dumps

    stays = (not as_json if wait is None else wait) and not done.waits
    if as_json and stays:
        print(dumps(asdict(done), default=str), flush=True)
    elif as_json:
        document(asdict(done))
    if stays and done.at is not None:
        say(f"It goes at {done.at:%Y-%m-%d %H:%M} UTC.")
    elif stays:
        from engage.cli.progress import follow

        follow(running, done.notice_id, done.version, as_json=as_json)
