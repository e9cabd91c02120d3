"""Everything a report of a period may tell, gathered in one look at the database. Sentences are made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from engage.domain import concerns, figures, matters, wording
from engage.domain.alerts import PublicAlert
from engage.domain.calendars import Calendar, Entry, Office
from engage.domain.feeds import last_day
from engage.domain.figures import Figure, Meetings, Row
from engage.domain.matters import Told
from engage.domain.milestones import Progress
from engage.domain.periods import Period
from engage.store.unit import Unit
from engage.work.alert_notices import notice_id
from engage.work.kit import Kit, office_of
from engage.work.milestones import progress_of
from engage.work.pages import public_alerts

AUDIENCES = {"resident": "Residents", "business": "Businesses", "watch": "Watch groups"}
CHANNELS = {"email": "by e-mail", "sms": "by text message", "webpush": "in the browser"}
EVERY_ALERT = 1_000_000  # of an office's whole life


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A programme in the period; *reached* are its milestones by number. *ahead* is where it stands today, None for a
    period too long ago to say that in.
    """

    calendar: Calendar
    met: Meetings
    reached: Mapping[int, Entry]
    figures: tuple[Figure, ...]
    ahead: Progress | None

    @property
    def is_known(self) -> bool:
        return not self.figures[0].unknown


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What is known of a period. *begun* is the first day of which people and messages are on record, if any is."""

    office: Office
    period: Period
    now: datetime
    begun: date | None
    programmes: tuple[Programme, ...]
    told: Told
    figures: tuple[Figure, ...]

    @cached_property
    def by_key(self) -> dict[str, Figure]:
        return {figure.key: figure for figure in self.figures}

    @property
    def today(self) -> date:
        return self.now.astimezone(self.office.zone).date()

    @property
    def until(self) -> date:
        """The last day of the period of which anything can be known."""
        return min(self.period.last, self.today)


def gather(kit: Kit, period: Period) -> Gathered:
    """Look once, so that every figure is of the same moment."""
    with kit.reading() as unit:
        office = office_of(unit)
        entries = [revision.entry for revision in kit.shelf.refresh(unit).revisions.values()]
        began = unit.reach.began()
        begun = began.astimezone(office.zone).date() if began else None
        programmes = tuple(
            _programme(unit, calendar, entries, office, period, begun)
            for calendar in office.calendars
            if calendar.programme
        )
        told = matters.tell(entries, period)
        found = [
            *(figure for programme in programmes for figure in programme.figures),
            _events(told),
            *_concerns(entries, programmes, period),
            *_alerts(unit, office, period, begun),
            *_people(unit, office, period, begun),
        ]
        return Gathered(
            office=office,
            period=period,
            now=unit.now,
            begun=begun,
            programmes=programmes,
            told=told,
            figures=tuple(found),
        )


def _programme(
    unit: Unit, calendar: Calendar, entries: Sequence[Entry], office: Office, period: Period, begun: date | None
) -> Programme:
    rules = calendar.programme
    assert rules is not None
    ours = {entry.id: entry for entry in entries if entry.calendar_id == calendar.id}
    counted = {name: n for n, name in enumerate(unit.programmes.held_in_order(calendar.id), rules.opening_count + 1)}
    met = figures.meetings_of(ours.values(), period, counted, unit.now)
    unknown = ""
    if figures.is_before_count(rules, period):
        unknown = (
            f"Meetings up to {wording.date_of(rules.opening_on)} are on record as one number, {rules.opening_count}, "
            "and not one by one."
        )
    reached = {
        milestone.number: ours[milestone.entry_id]
        for milestone in unit.programmes.milestones(calendar.id).values()
        if milestone.reached and milestone.entry_id in ours and period.holds(last_day(ours[milestone.entry_id]))
    }
    is_recent = begun is not None and period.last >= begun
    return Programme(
        calendar=calendar,
        met=met,
        reached=reached,
        figures=(
            *figures.of_programme(calendar.id, met, office, unknown),
            figures.of_milestones(calendar.id, reached, unknown),
        ),
        ahead=progress_of(unit, calendar) if is_recent else None,
    )


def _events(told: Told) -> Figure:
    listed = [entry for matter in told.matters for entry in (matter.head, *matter.inside)]
    rows = sorted((figures.row_of(e) for e in (*listed, *told.others)), key=lambda row: (row.day or date.min, row.id))
    return Figure(key="events", what="Events, campaigns and closing dates", rows=tuple(rows))


def _concerns(entries: Sequence[Entry], programmes: Sequence[Programme], period: Period) -> list[Figure]:
    """Files that know no meeting of the period cannot know what was raised at it."""
    found = figures.of_concerns(concerns.raised(entries), period)
    is_known = any(programme.is_known for programme in programmes) or any(figure.rows for figure in found)
    why = "What was raised at meetings of this time is not in the calendars."
    return found if is_known else [Figure(key=figure.key, what=figure.what, unknown=why) for figure in found]


def _unknown(period: Period, begun: date | None) -> str:
    """Why nothing is known of people and messages, if nothing is."""
    if begun is None or period.last < begun:
        since = f" since {wording.date_of(begun)}" if begun else ""
        return f"Alerts, messages and subscribers are on record only{since}, which is after this period."
    return ""


def _alerts(unit: Unit, office: Office, period: Period, begun: date | None) -> list[Figure]:
    start, end = period.bounds(office.zone)
    issued = [
        one for one in public_alerts(unit, limit=EVERY_ALERT) if one.is_out(unit.now) and start <= one.first_at < end
    ]
    issued.sort(key=_first)
    sent = unit.reach.told([notice_id(one.alert.id) for one in issued])
    told = {one.alert.id: sent.get(notice_id(one.alert.id), 0) for one in issued}
    return figures.of_alerts(issued, told, office, _unknown(period, begun))


def _first(one: PublicAlert) -> tuple[datetime, str]:
    return one.first_at, one.alert.id


def _people(unit: Unit, office: Office, period: Period, begun: date | None) -> Iterator[Figure]:
    """Rows are of audiences, months and channels: never of a person."""
    start, end = period.bounds(office.zone)
    why = _unknown(period, begun)
    before = why or ("" if begun and begun < period.first else "Records begin within the period.")
    yield Figure(
        key="people.start",
        what="Subscribers before the period",
        rows=() if before else _by_audience(unit, start),
        unknown=before,
    )
    joined, left = _by_month(period, office, unit.reach.joined), _by_month(period, office, unit.reach.left)
    yield Figure(key="people.joined", what="People who joined", rows=() if why else joined, unknown=why)
    yield Figure(key="people.left", what="People who left", rows=() if why else left, unknown=why)
    last = wording.date_of(min(period.last, unit.now.astimezone(office.zone).date()))
    there = () if why else _by_audience(unit, end)
    yield Figure(key="people.end", what=f"Subscribers on {last}", rows=there, unknown=why)
    sent = tuple(
        Row(id=f"{kind}.{channel}", what=f"{kind.capitalize()}, {CHANNELS.get(channel, channel)}", n=n)
        for kind, channel, n in unit.reach.sent(start, end)
    )
    yield Figure(key="messages.sent", what="Messages sent", rows=() if why else sent, unknown=why)


def _by_audience(unit: Unit, at: datetime) -> tuple[Row, ...]:
    return tuple(Row(id=a, what=AUDIENCES.get(a, a), n=n) for a, n in unit.reach.subscribers(at).items())


def _by_month(period: Period, office: Office, how_many: Callable[[datetime, datetime], int]) -> tuple[Row, ...]:
    """The months in which there were any."""
    counted = ((month, how_many(*month.bounds(office.zone))) for month in period.months())
    return tuple(
        Row(id=month.first.isoformat()[:7], what=month.name, day=month.first, n=n) for month, n in counted if n
    )
