"""meeting list, add, move, cancel, reinstate, held, unheld, attendance: staff's files, edited in place."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engage.cli.asking import chosen, needed
from engage.cli.completing import calendars, meetings, venues
from engage.cli.edited import finish
from engage.cli.show import Json, document, say, table, when

if TYPE_CHECKING:
    from engage.domain.calendars import Entry
    from engage.work.desk import Desk

app = typer.Typer(
    name="meeting", help="One meeting in staff's files: listed, added, moved, called off.", no_args_is_help=True
)

Which = Annotated[
    str | None,
    typer.Argument(metavar="MEETING", help="Its id, its beginning, or words of its title.", autocompletion=meetings),
]  # fmt: skip
Calendar = Annotated[str | None, typer.Option(help="The calendar's id.", autocompletion=calendars)]
Venue = Annotated[str | None, typer.Option(help="The venue's id.", autocompletion=venues)]
On = Annotated[str | None, typer.Option(metavar="DAY", help='"Tuesday 8 December", 8/12/2026 or 2026-12-08.')]
At = Annotated[str | None, typer.Option(metavar="HOUR", help="18:30 or 6.30pm.")]
Reason = Annotated[str | None, typer.Option(help="Why, as you would say it to somebody at the door.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the lines, and who would be told; write nothing.")]


@app.command("list")
def list_(
    calendar: Calendar = None,
    past: Annotated[bool, typer.Option("--past", help="What is over, the newest first.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Past and to come.")] = False,
    as_json: Json = False,
) -> None:
    """List the meetings to come."""
    desk, now = _desk(), _now()
    wanted = _calendar(desk, calendar) if calendar else None
    found = [m for m in desk.meetings if wanted in (None, m.calendar_id)]
    if not everything:
        found = [m for m in found if (m.ends_at <= now) is past]
    if past:
        found.reverse()
    if as_json:
        document([_as_document(entry) for entry in found])
        return
    table(
        ([m.id, when(m), m.title, m.venue or "", m.status] for m in found), ("id", "when", "title", "venue", "status")
    )


@app.command()
def add(
    title: Annotated[str | None, typer.Option(help="What residents read.")] = None,
    calendar: Calendar = None,
    on: Annotated[
        str | None, typer.Option(metavar="DAY", help='"Tuesday 8 December", 2026-12-08; of a series "second Tuesday".')
    ] = None,
    at: At = None,
    every: Annotated[str | None, typer.Option(help="week, 2 weeks, month, 3 months, year, day: a series.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day of a series; else today.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="The last day of a series; else it goes on.")] = None,
    venue: Venue = None,
    duration: Annotated[str | None, typer.Option(help='"90 min", "2 hours"; else the calendar\'s.')] = None,
    area: Annotated[list[str] | None, typer.Option(help="An area's id; else the venue's. May be repeated.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="A topic's id. May be repeated.")] = None,
    online: Annotated[str | None, typer.Option(help="The link for those who join from home.")] = None,
    note: Annotated[str | None, typer.Option(help="A sentence or two for residents.")] = None,
    tentative: Annotated[bool, typer.Option("--tentative", help="Not certain yet.")] = False,
    entry_id: Annotated[str | None, typer.Option("--id", help="Its permanent id; else made of title and day.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Add a meeting, or with --every a series of them."""
    from engage.work import meetings as work

    desk = _desk()
    where = _calendar(desk, calendar)
    told = needed(title, option="--title", what="what the meeting is called, for residents", read=str.strip)
    days = _days(desk, every, on, first or until)
    hour = needed(at, option="--at", what="the hour, such as 18:30 or 6.30pm", read=_hour)
    if venue is not None or (online is None and not area):
        places = [(v.id, v.name) for v in desk.schedule.office.venues]
        venue = chosen(venue, option="--venue", what="where it is held (or say --online or --area)", choices=places)
    values = {
        "duration": duration, "venue": venue, "areas": area, "topics": topic, "online": online, "note": note,
        "status": "tentative" if tentative else None,
    }  # fmt: skip
    more = {key: value for key, value in values.items() if value}
    if every is not None:
        series = work.Repeated(
            calendar=where, title=told, every=every, on=days, at=hour, id=entry_id, more=more,
            first=_day(desk, first) if first else desk.today, until=_day(desk, until) if until else None,
        )  # fmt: skip
        dates, edited = work.add_series(desk, series)
        finish(desk, edited, dry_run=dry_run)
        say(_dates(dates))
        return
    wanted = work.Wanted(calendar=where, title=told, starts=datetime.combine(days, hour), id=entry_id, more=more)
    made, edited = work.add(desk, wanted)
    finish(desk, edited, dry_run=dry_run)
    say(f"The meeting's id is {made}.")


@app.command()
def move(which: Which = None, on: On = None, at: At = None, dry_run: DryRun = False) -> None:
    """Move a meeting to another day or hour; what is not said stays."""
    from engage.work import meetings as work

    desk = _desk()
    entry = _meeting(desk, which)
    if on is None and at is None:
        was = entry.starts_local
        day = needed(
            on, option="--on or --at", what="the new day", read=lambda text: _day(desk, text), default=f"{was:%Y-%m-%d}"
        )
        hour = needed(at, option="--at", what="the new hour", read=_hour, default=f"{was:%H:%M}")
        finish(desk, work.move(desk, entry, day=day, hour=hour), dry_run=dry_run)
        return
    moved = work.move(desk, entry, day=_day(desk, on) if on else None, hour=_hour(at) if at else None)
    finish(desk, moved, dry_run=dry_run)


@app.command()
def cancel(which: Which = None, reason: Reason = None, dry_run: DryRun = False) -> None:
    """Call a meeting off; whoever was told of it is told."""
    from engage.work import meetings as work

    desk = _desk()
    entry = _meeting(desk, which)
    finish(desk, work.cancel(desk, entry, reason=_reason(reason), now=_now()), dry_run=dry_run)


@app.command()
def reinstate(which: Which = None, dry_run: DryRun = False) -> None:
    """Let a meeting take place after all."""
    from engage.work import meetings as work

    desk = _desk()
    finish(desk, work.reinstate(desk, _meeting(desk, which)), dry_run=dry_run)


@app.command()
def unheld(which: Which = None, reason: Reason = None, dry_run: DryRun = False) -> None:
    """Say that a meeting did not take place: it stops counting."""
    from engage.work import meetings as work

    desk = _desk()
    entry = _meeting(desk, which, is_over=True)
    finish(desk, work.unheld(desk, entry, reason=_reason(reason), now=_now()), dry_run=dry_run)


@app.command()
def held(which: Which = None, dry_run: DryRun = False) -> None:
    """Say that a meeting took place although the file says otherwise."""
    from engage.work import meetings as work

    desk = _desk()
    finish(desk, work.held(desk, _meeting(desk, which, is_over=True), now=_now()), dry_run=dry_run)


@app.command()
def attendance(
    which: Which = None,
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", help="How many came.")] = None,
    minutes: Annotated[str | None, typer.Option(help="The web address of the minutes.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Record how many came, and where the minutes are."""
    from engage.work import meetings as work

    desk = _desk()
    entry = _meeting(desk, which, is_over=True)
    came = None if number is None and minutes else needed(number, option="NUMBER", what="how many came", read=_number)
    finish(desk, work.attendance(desk, entry, number=came, minutes=minutes, now=_now()), dry_run=dry_run)


def _now() -> datetime:
    from engage.settings import Settings

    return Settings.read().now


def _desk() -> Desk:
    from engage.settings import Settings
    from engage.work.desk import open_desk

    settings = Settings.read()
    return open_desk(settings.calendars, today=settings.now.date())


def _meeting(desk: Desk, given: str | None, *, is_over: bool = False) -> Entry:
    from engage.work.desk import find

    def read(text: str) -> Entry:
        return find(desk, text, is_over=is_over)

    return needed(given, option="MEETING", what="which meeting: its id or words of its title", read=read)


def _calendar(desk: Desk, given: str | None) -> str:
    known = [(calendar.id, calendar.name) for calendar in desk.schedule.office.calendars]
    return chosen(given, option="--calendar", what="which calendar it belongs to", choices=known)


def _day(desk: Desk, text: str) -> Any:
    from engage.work.spoken import day

    return day(text, today=desk.today)


def _days(desk: Desk, every: str | None, on: str | None, span: str | None) -> Any:
    """A date, or of a series what its file says of its days: "second Tuesday", or a list of them."""
    if every is None:
        if span is not None:
            raise typer.BadParameter(
                "is for a series; say --every too, such as --every month", param_hint="--from/--until"
            )
        return needed(
            on, option="--on", what='the day, such as "Tuesday 8 December"', read=lambda text: _day(desk, text)
        )
    if on is None and every in {"day", "year"}:
        return None
    said = needed(on, option="--on", what='which day, such as "Tuesday" or "second Tuesday"', read=str.strip)
    named = [part.strip() for part in re.split(r",| and ", said) if part.strip()]
    return named if len(named) > 1 else said


def _dates(dates: list[Entry]) -> str:
    from engage.cli.show import many

    if not dates:
        return "No date falls into it yet."
    shown = ", ".join(when(entry) for entry in dates[:3])
    return f"{many(len(dates), 'date')}: {shown}{' and so on' if len(dates) > 3 else ''}. See: engage meeting list"


def _hour(text: str) -> Any:
    from engage.work.spoken import hour

    return hour(text)


def _number(text: str) -> int:
    from engage.errors import Refused

    if not text.strip().isdecimal():
        raise Refused(f'"{text[:40]}" is no number of people: write it in figures, such as 42.')
    return int(text)


def _reason(given: str | None) -> str:
    return needed(given, option="--reason", what="why, as you would say it to somebody at the door", read=str.strip)


def _as_document(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "calendar": entry.calendar_id,
        "title": entry.title,
        "starts": entry.starts_local.isoformat(),
        "ends": entry.ends_local.isoformat(),
        "status": entry.status.value,
        "reason": entry.reason,
        "venue": entry.venue,
        "areas": entry.areas,
        "series": entry.rule,
        "counts": entry.counts,
        "attendance": entry.attendance,
        "minutes": entry.minutes,
    }
