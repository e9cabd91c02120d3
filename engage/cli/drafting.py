"""alert new, check, preview, test: everything before one is sent. Sending is in alerts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, many, opened, say, table

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from datetime import datetime

    from engage.app import App
    from engage.domain.alerts import Alert
    from engage.domain.calendars import Office, Tip
    from engage.work.alert_notices import Headcount

File = Annotated[Path, typer.Argument(metavar="FILE.md", help="Markdown with TOML front matter between +++ lines.")]


def new(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="burglary, scam, missing-person, ...")] = None,
    title: Annotated[str | None, typer.Option(help="What and where, in under 60 characters.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="The id of an area; may be given several times.")] = None,
    expires: Annotated[str | None, typer.Option(help="When it is of no use any more: 2026-12-08T20:00.")] = None,
    what: Annotated[str | None, typer.Option(help="What happened, in two sentences.")] = None,
    to: Annotated[Path | None, typer.Option(help="The file to write; named after the title unless said.")] = None,
) -> None:
    """Begin an alert from the form of its kind; asks for what is missing."""
    from engage.cli.asking import chosen, is_terminal, needed
    from engage.imports.texts import slug
    from engage.work.alert_drafts import draft, form
    from engage.work.kit import office_of

    running = opened()
    with running.reading() as unit:
        office = office_of(unit)
    kinds = running.templates.alert_kinds()
    if kind is None:
        kind = chosen(None, option="a kind", what="what it is about", choices=[(name, name) for name in kinds])
    form(running, kind)  # nobody answers questions about a form that there is not
    title = needed(title, option="--title", what="what happened and where, in under 60 characters", read=str.strip)
    areas = area or [_area(office)]
    if unknown := [one for one in areas if one not in office.area_by_id]:
        _refuse_area(unknown[0], office)
    until = _until(running, office, expires)
    if what is None and is_terminal():
        what = typer.prompt("What happened, in two sentences (Enter to write it later)", default="", err=True)
    text = draft(running, kind, title=title, areas=areas, expires=until, what=what or None)
    path = to or Path(f"{slug(title, 60, kind)}.md")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        say(f"{path} is there already. Name another with --to.")
        raise typer.Exit(1) from None
    print(path)
    gaps = "Fill in what stands in << and >>, then" if "<<" in text else "Now"
    say(f"{gaps}: engage alert check {path}")


def _area(office: Office) -> str:
    from engage.cli.asking import chosen

    choices = [(area.id, area.name) for area in office.areas]
    return chosen(None, option="--area", what="whom it concerns: the smallest area that fits", choices=choices)


def _refuse_area(unknown: str, office: Office) -> None:
    from engage.domain.problems import did_you_mean
    from engage.errors import Refused

    raise Refused(f'There is no area "{unknown}" in office.toml.{did_you_mean(unknown, office.area_by_id)}')


def _until(running: App, office: Office, given: str | None) -> datetime:
    """On the office's clock; three days from now, at eight in the evening, unless said."""
    from datetime import datetime, timedelta

    from engage.cli.asking import is_terminal, needed
    from engage.errors import Refused

    usual = (running.now.astimezone(office.zone) + timedelta(days=3)).replace(
        hour=20, minute=0, second=0, microsecond=0, tzinfo=None
    )

    def read_moment(text: str) -> datetime:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Refused(f'"{text[:40]}" is no date and time. Write it as {usual:%Y-%m-%dT%H:%M}.') from None
        return found.replace(tzinfo=None)

    if given is None and not is_terminal():
        return usual
    default = f"{usual:%Y-%m-%dT%H:%M}"
    return needed(given, option="--expires", what="until when it holds", read=read_moment, default=default)


def check(path: File, as_json: Json = False) -> None:
    """Check an alert and count whom it would reach, without sending anything."""
    from dataclasses import asdict

    from engage.work.alert_drafts import reading
    from engage.work.alert_notices import headcount

    running = opened()
    alert, _ = read(running, path)
    counted, judged = headcount(running, alert), reading(running, alert)
    if as_json:
        lengths = {one.channel: one.size for one in judged.shown}
        told = {"reading_age": judged.age, "advice": [asdict(one) for one in judged.advice], "lengths": lengths}
        tip = {"id": judged.tip.id, "title": judged.tip.title, "short": judged.tip.short} if judged.tip else None
        document({"id": alert.id, "severity": alert.severity, **asdict(counted), **told, "tip": tip})
        return
    for one in judged.advice:
        print(f"{path.name}: warning: {one.message}")
    show_headcount(alert, counted)
    if judged.age is not None:
        print(f"Reading age: {judged.age:g}")
    for shown in judged.shown:
        print(f"{shown.channel}: {shown.size}")
    _show_tip(judged.tip)


def preview(
    path: File,
    browser: Annotated[bool, typer.Option("--browser", help="Open it as a page; prints where that is.")] = False,
    as_json: Json = False,
) -> None:
    """Show what people would read on each channel, and whom it would reach; nothing is sent."""
    from dataclasses import asdict

    from engage.work.alert_notices import as_shown, headcount
    from engage.work.alert_notices import preview as texts

    running = opened()
    alert, _ = read(running, path)
    counted = headcount(running, alert)
    if as_json:
        document({"id": alert.id, "severity": alert.severity, "texts": texts(running, alert), **asdict(counted)})
        return
    if browser:
        _open(running, alert)
        return
    for shown in as_shown(running, alert):
        print(f"--- {shown.channel}, {shown.size}\n{shown.text}")
    print("---")
    show_headcount(alert, counted)


def _open(running: App, alert: Alert) -> None:
    """A page in the data folder, in the browser of whoever sits there."""
    import webbrowser

    from engage.work.alert_drafts import as_page

    page = running.settings.data / f"preview-{alert.id}.html"
    page.write_text(as_page(running, alert), encoding="utf-8")
    print(page)
    if not webbrowser.open(page.as_uri()):
        say("No browser was found here: open that file yourself.")


def test(
    path: File,
    to: Annotated[str, typer.Option(help="The id in [[staff]] of who gets it: yourself.")],
) -> None:
    """Mail an alert to yourself, marked as a test; nobody else gets it."""
    from engage.work.alert_drafts import send_test

    running = opened()
    alert, _ = read(running, path)
    notice_id = send_test(running, alert, to=to)
    say(f"The test is on its way to {to}: engage trace {notice_id}")


def show_headcount(alert: Alert, counted: Headcount) -> None:
    """People in all, by area, by channel, and who heard of something like it lately."""
    lately = f", {counted.told_lately:,} were told of a similar alert within 24 h" if counted.similar else ""
    print(f'"{alert.title}" ({alert.severity}) would reach {many(counted.people, "person", "people")}{lately}')
    rows = [("area", name or "not said", n) for name, n in sorted(counted.by_area.items())]
    rows += [("channel", name, n) for name, n in sorted(counted.by_channel.items())]
    table([*rows, *(("similar", notice_id, "") for notice_id in counted.similar)], ("by", "", "people"))
    if counted.texts is not None:
        print(counted.texts)


def show_tip(running: App, alert: Alert) -> None:
    """A tip of the office's own that could go into the text."""
    from engage.work.alert_drafts import reading

    _show_tip(reading(running, alert).tip)


def _show_tip(tip: Tip | None) -> None:
    if tip is not None:
        print(f"Tip that fits: {tip.title}. {tip.short}")


def read(running: App, path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201 - (Alert, its source)
    """An alert's file; its problems are printed, and end the command."""
    from engage.declared.alert_file import read_alert
    from engage.errors import NotFound
    from engage.work.kit import office_of

    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    source = path.read_text(encoding="utf-8", errors="replace")
    with running.reading() as unit:
        office = office_of(unit)
    found = read_alert(path.name, source, office, channels=running.channels, now=running.now)
    for problem in found.problems:
        print(problem)
    if found.alert is None:
        raise typer.Exit(1)
    return found.alert, source
