"""doctor: is everything as it should be? One sentence a finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, table

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App
    from engage.settings import Settings
    from engage.work.checks import Finding


SHOWN = {"ok": "ok", "warn": "warn", "bad": "BAD"}


def doctor(
    dkim: Annotated[
        str | None, typer.Option(metavar="SELECTOR", help="Look for the key that your mail server signs with.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check everything that can be checked without sending a message; exits 1 when something is bad.

    Each line is ok, warn or BAD, with what is so and what to do.
    """
    found = list(_findings(dkim))
    if as_json:
        document(
            [
                {"check": f.check, "ok": f.is_right, "level": f.level, "message": f.sentence, "do": f.remedy}
                for f in found
            ]
        )
    else:
        shown = ((SHOWN[f.level], f.check, " ".join(filter(None, (f.sentence, f.remedy)))) for f in found)
        table(shown, ("", "check", "finding"))
    raise typer.Exit(0 if all(f.is_right for f in found) else 1)


def _findings(dkim: str | None = None) -> Iterator[Finding]:
    """In the order in which one thing needs another; without a database nothing else can be asked."""
    from engage.app import build, clock_of
    from engage.errors import EngageError
    from engage.log import configure
    from engage.settings import Settings
    from engage.store.migrate import check_schema
    from engage.store.unit import Database
    from engage.work.checks import Finding

    try:
        settings = Settings.read()
        configure(settings.log_format)
        check_schema(Database(settings.database, clock_of(settings)), patience=0)
        app = build(settings)
    except EngageError as error:
        yield Finding(check="database", is_right=False, sentence=str(error))
        return
    yield Finding(check="database", is_right=True, sentence="It can be opened and has the newest schema.")
    yield from examine(app, settings, dkim)


def examine(app: App, settings: Settings, dkim: str | None = None) -> Iterator[Finding]:
    """Everything beyond opening the database."""
    from engage.work.canary import look_again
    from engage.work.checks import of_calendars, of_canary, of_languages, of_processes
    from engage.work.upkeep import upkeep

    yield from upkeep(app, settings.data)
    yield _doorbell(settings)
    yield from of_processes(app)
    yield from _servers(app, settings)
    yield from _outside(app, settings, dkim)
    yield of_calendars(app, settings.calendars)
    yield of_languages(app)
    look_again(app)
    yield from of_canary(app).values()


def _doorbell(settings: Settings) -> Finding:
    """Without it workers look for themselves once a second: slower, and nothing is lost."""
    from redis import Redis
    from redis.exceptions import RedisError

    from engage.embedded import find_url
    from engage.work.checks import Finding

    url = settings.redis_url.get_secret_value() if settings.redis_url else find_url(settings.data)
    if url is None:
        return Finding(check="redis", is_right=False, sentence="The embedded store is not running. Run: engage up")
    try:
        client = Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
        client.ping()
        client.close()
    except (RedisError, OSError) as error:
        sentence = f"It does not answer ({type(error).__name__}); workers look for themselves meanwhile. Run: engage up"
        return Finding(check="redis", is_right=False, sentence=sentence)
    return Finding(check="redis", is_right=True, sentence="It answers.")


def _servers(app: App, settings: Settings) -> Iterator[Finding]:
    from engage.channels.arrivals import reach, reach_mailbox
    from engage.work.checks import Finding

    for name, channel in app.channels.items():
        why = reach(channel)
        sentence = why or ("Messages go to the trial mailbox." if channel.name == "mailbox" else "The server is ready.")
        yield Finding(check=f"server for {name}", is_right=why is None, sentence=sentence)
    if settings.bounce_imap_url is not None:
        why = reach_mailbox(settings.bounce_imap_url.get_secret_value())
        yield Finding(check="bounce mailbox", is_right=why is None, sentence=why or "It can be read.")


def _outside(app: App, settings: Settings, dkim: str | None) -> Iterator[Finding]:
    """What the world sees of our sender and pages. A rehearsal need not be found by anybody: there it only warns."""
    from email.utils import parseaddr

    from engage.channels.sender import of_certificate, of_domain, resolver
    from engage.work.checks import Finding

    verdicts = []
    if settings.mail_from is not None:
        domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
        verdicts = of_domain(domain, app.bounce_domain, resolver(), selector=dkim)
    certificate = of_certificate(app.base_url, now=app.now)
    for verdict in [*verdicts, *([certificate] if certificate else [])]:
        yield Finding(
            check=verdict.what,
            is_right=verdict.level != "bad" or not settings.is_live,
            is_warning=verdict.level != "ok",
            sentence=verdict.said,
            remedy=verdict.do,
        )
