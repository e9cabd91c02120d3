"""The tables and keys of a calendar file, strictly typed. What needs more than one table is checked elsewhere.

The descriptions are what editors show: the schema for them is derived from here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engage.declared.texts import CampaignId, Id, Line, Note, Postcode, Ref, SeriesId, Title, Url, Words
from engage.declared.times import Day, DayOrMoment, Length, Moment, Reminding, TimeOfDay, Zone
from engage.domain.reminders import MOST as MOST_REMINDERS

Status = Literal["confirmed", "tentative", "cancelled", "not-held"]
Check = Literal[
    "bank-holiday", "clock-change", "time-happens-twice", "venue-clash", "attendee-clash", "travel-time",
    "area-not-met", "no-access", "no-minutes", "series-ends",
]  # fmt: skip
Reminders = Annotated[list[Reminding], Field(max_length=MOST_REMINDERS)]
Refs = Annotated[list[Ref], Field(max_length=50)]


def _listed(value: object) -> object:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


class Table(BaseModel):
    """A table of ours: an unknown key is a problem, and 1 is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class CalendarTable(Table):
    """What the file is called and what holds for all its entries."""

    id: Id | None = Field(default=None, description="Its permanent id when the file is renamed; else the file's name")
    name: Title = Field(description="The calendar's name, as residents see it")
    description: Note = Field(default="", description="One sentence on what is in it")
    timezone: Zone | None = Field(default=None, description="Zone of its times, if not the office's: Europe/London")
    topics: Refs = Field(default_factory=list, description="Topics of every entry in this file")
    reminders: Reminders = Field(default_factory=list, description="Reminders of entries that name none themselves")
    duration: Length | None = Field(default=None, description='Length of meetings that name none: "1h30m"')


class OpeningTable(Table):
    """How many meetings were held before the files begin to count."""

    count: int = Field(ge=0, le=1_000_000, description="Meetings held up to and including the date")
    on: Day = Field(description="The date of that count: 2019-03-31")


class MilestonesTable(Table):
    """Which numbers are celebrated."""

    every: int | None = Field(default=None, ge=1, le=1_000_000, description="Every so many: 50")
    also: list[Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default_factory=list, max_length=100, description="Other numbers: [666]"
    )


class ProgrammeTable(Table):
    """What makes the calendar's held meetings count."""

    opening: OpeningTable = Field(description="Where counting begins")
    milestones: MilestonesTable = Field(default=MilestonesTable(), description="Which numbers are milestones")
    announce_ahead: int = Field(default=5, ge=0, le=1000, description="Say that it is near when so many remain")
    visit_months: int | None = Field(
        default=None, ge=1, le=120, description="Warn of a borough where no meeting was for so many months: 6"
    )


class AccessTable(Table):
    """Access information for people who must know before they come."""

    step_free: bool | None = Field(default=None, description="No step on the way in")
    hearing_loop: bool | None = Field(default=None, description="A hearing loop is installed")
    quiet_space: bool | None = Field(default=None, description="There is a quiet room")
    accessible_toilet: bool | None = Field(default=None, description="There is an accessible toilet")
    parking: Line | None = Field(default=None, description="Where to park, blue badges included")
    bsl: Line | None = Field(default=None, description="British Sign Language: how to ask for it")
    notes: Note | None = Field(default=None, description="Anything else about access")


class SilenceTable(Table):
    """A warning that somebody has looked at."""

    check: Check = Field(description="Which warning: bank-holiday")
    reason: Line = Field(description="Why it does not matter here")


Silences = Annotated[list[SilenceTable], Field(max_length=20)]


class VenueTable(Table):
    """A place where meetings are held; every file may use it."""

    id: Id = Field(description="Permanent id")
    name: Title = Field(description="Its name")
    address: Annotated[str, Words(300, least=0)] = Field(default="", description="Street and town, on one line")
    postcode: Postcode = Field(default="", description="Postcode")
    area: Ref = Field(description="Id of the area it lies in")
    geo: list[float] | None = Field(
        default=None, min_length=2, max_length=2, description="Latitude and longitude: [54.53, -1.26]"
    )
    access: AccessTable | None = Field(default=None, description="Access information")
    silence: Silences = Field(default_factory=list, description="Warnings that somebody has looked at")


class PaperTable(Table):
    """A document that belongs to a meeting."""

    title: Title = Field(description="What it is: Agenda")
    url: Url = Field(description="Where it is")


class ConcernTable(Table):
    """What residents raised, and what came of it."""

    id: Id = Field(description="Permanent id within the meeting")
    topic: Ref | None = Field(default=None, description="Id of its topic")
    raised: Note = Field(description="What was said")
    outcome: Note | None = Field(default=None, description="What was done about it")
    on: Day | None = Field(default=None, description="When it was done")


class EntryTable(Table):
    """Keys that every entry may have."""

    areas: Refs = Field(default_factory=list, description="Ids of the areas it concerns; else its venue's")
    topics: Refs = Field(default_factory=list, description="Ids of its topics, besides the calendar's")
    status: Status = Field(default="confirmed", description="confirmed, tentative, cancelled or not-held")
    reason: Note | None = Field(default=None, description="Why, with cancelled or not-held")
    note: Note | None = Field(default=None, description="Shown to residents")
    reminders: Reminders | None = Field(default=None, description="Replace the calendar's; [] means none")
    contact: Title | None = Field(default=None, description="Whom to ask")


class GatheringTable(EntryTable):
    """Keys that a single meeting and a series have in common; an override inherits those it does not say."""

    title: Title | None = Field(default=None, description="At most 200 characters")
    venue: Ref | None = Field(default=None, description="Id of its venue")
    online: Url | None = Field(default=None, description="Link for those who join from home")
    attending: Refs = Field(default_factory=list, description="Who of us is there: commissioner")
    counts: bool = Field(default=True, description="false: does not count toward milestones")
    silence: Silences = Field(default_factory=list, description="Warnings that somebody has looked at")


class MeetingTable(GatheringTable):
    """A meeting, or one date of a series that differs from the rest (`series` and `date` instead of `id`)."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["id", "title", "starts"]}, {"required": ["series", "date"]}]}
    )

    id: Id | None = Field(default=None, description="Permanent id; never used twice")
    starts: Moment | None = Field(default=None, description="Day and time: 2026-12-03T18:30:00")
    ends: Moment | None = Field(default=None, description="Day and time; or say `duration`")
    duration: Length | None = Field(default=None, description='"1h30m", "90 min", "2 hours"')
    series: Ref | None = Field(default=None, description="Id of the series of which this is one date")
    day: Day | None = Field(default=None, alias="date", description="The date of the series that differs")
    attendance: int | None = Field(default=None, ge=0, le=1_000_000, description="How many came")
    minutes: Url | None = Field(default=None, description="Link to the minutes")
    papers: list[PaperTable] = Field(default_factory=list, max_length=50, description="Agenda and papers")
    concerns: list[ConcernTable] = Field(default_factory=list, max_length=200, description="What residents raised")


class MoveTable(Table):
    """One date of a series that takes place at another time."""

    day: Day = Field(alias="from", description="The date of the series")
    to: DayOrMoment = Field(description="The new date (same time of day), or date and time")


class SeriesTable(GatheringTable):
    """A rule that yields meetings."""

    id: SeriesId = Field(description="Permanent id; each date is named after it")
    title: Title = Field(description="At most 200 characters")
    every: Ref | None = Field(default=None, description="day, week, 2 weeks, month, 3 months or year")
    on: Annotated[list[Ref], BeforeValidator(_listed, json_schema_input_type=str | list[Ref])] = Field(
        default_factory=list,
        max_length=31,
        description='"second Tuesday", "last Friday", "15th", ["Tuesday", "Thursday"]',
    )
    at: TimeOfDay = Field(description="Time of day: 18:30:00")
    first: Day = Field(alias="from", description="The first day on which it may fall")
    until: Day | None = Field(default=None, description="The last day on which it may fall")
    duration: Length | None = Field(default=None, description='"1h30m", "90 min", "2 hours"')
    excepted: list[Day] = Field(
        default_factory=list, alias="except", max_length=1000, description="Dates that fall out"
    )
    move: list[MoveTable] = Field(
        default_factory=list, max_length=1000, description="Dates that take place at another time"
    )
    rrule: Line | None = Field(default=None, description="FREQ=MONTHLY;BYDAY=2TU, in place of every and on")


class CampaignTable(EntryTable):
    """Whole days without an hour: an awareness week."""

    id: CampaignId = Field(description="Permanent id; a yearly one adds the year")
    title: Title = Field(description="At most 200 characters")
    first: Day = Field(alias="from", description="Its first day")
    to: Day | None = Field(default=None, description="Its last day (inclusive); else the first")
    every: Literal["year"] | None = Field(default=None, description='"year": it returns on these dates each year')
    until: Day | None = Field(default=None, description="The last day on which a yearly one may begin")
    url: Url | None = Field(default=None, description="Link to read more")


class DeadlineTable(EntryTable):
    """A moment by which something must be in: shown on its day, with the hour in its title."""

    id: Id = Field(description="Permanent id")
    title: Annotated[str, Words(180)] = Field(description="At most 180 characters; the hour is added")
    closes: Moment = Field(description="Day and hour: 2027-02-16T12:00:00")
    url: Url | None = Field(default=None, description="Link to read more")


class CalendarFile(Table):
    """A calendar: one file with dated entries."""

    calendar: CalendarTable = Field(description="Name of the calendar and what holds for all its entries")
    programme: ProgrammeTable | None = Field(default=None, description="Makes its held meetings count")
    venue: list[VenueTable] = Field(default_factory=list, description="Places; every file may use them")
    meeting: list[MeetingTable] = Field(default_factory=list, description="Meetings, and dates of a series that differ")
    series: list[SeriesTable] = Field(default_factory=list, description="Rules that yield meetings")
    campaign: list[CampaignTable] = Field(default_factory=list, description="Whole days: awareness weeks")
    deadline: list[DeadlineTable] = Field(default_factory=list, description="Moments by which something must be in")
