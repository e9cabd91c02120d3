"""The tables and keys of office.toml and tips.toml, strictly typed; descriptions are what editors show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from engage.declared.models import Refs, Silences, Table, VenueTable
from engage.declared.texts import Email, Id, Ref, Shape, Title, Url, Words, must
from engage.declared.times import TimeOfDay, Zone
from engage.domain.calendars import Guards, Reports

_DEFAULT = Guards()
_REPORTS = Reports()
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
HostName = Annotated[str, Shape(_HOST, "bad-host", 'must be a name such as "pcc.example.org", in small letters.')]
Colour = Annotated[str, Shape("#[0-9a-fA-F]{6}", "bad-colour", 'must be a colour such as "#1d3f6e".')]
Country = Annotated[str, Shape("[A-Z]{2}(?:-[A-Z]{3})?", "bad-country", 'must be a country such as "GB-ENG".')]
Postcode = Annotated[
    str,
    Shape(
        "[A-Z]{1,2}[0-9][A-Z0-9]?(?: [0-9])?",
        "bad-postcode",
        'must hold districts or sectors such as "TS1" or "TS5 7", in capitals.',
    ),
]
Language = Annotated[
    str,
    Shape("[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?", "bad-language", 'must hold languages such as "en" or "cy".'),
]


def _unlike(tags: list[str]) -> list[str]:
    if twice := [tag for tag in tags if tags.count(tag) > 1]:
        raise must("language-twice", f'names "{twice[0]}" twice.')
    return tags


class LicenceTable(Table):
    """Under which anybody may use the office's open data."""

    name: Title = Field(description="Its name: Open Government Licence v3.0")
    url: Url = Field(description="Where its words are")


class OfficeTable(Table):
    """Who we are."""

    name: Title = Field(description="Full name of the office")
    short_name: Annotated[str, Words(40)] = Field(description="For text messages and narrow screens")
    email: Email = Field(description="Where residents write to")
    phone: Annotated[str, Words(40, least=0)] = Field(default="", description="Where residents ring")
    website: Url | None = Field(default=None, description="The office's own website")
    timezone: Zone = Field(description="Zone of all times: Europe/London")
    country: Country = Field(default="GB-ENG", description="Decides on bank holidays")
    uid_domain: HostName = Field(description="Ends the identity of every entry; never change it after publishing")
    colour: Colour = Field(default="#1d3f6e", description="Colour of pages and messages")
    languages: Annotated[list[Language], Field(min_length=1, max_length=20), AfterValidator(_unlike)] = Field(
        default=["en"], description='Languages of pages and messages, that in which you write first: ["en", "cy"]'
    )
    licence: LicenceTable | None = Field(
        default=None, description="Licence of the open data; the Open Government Licence v3.0 unless you say otherwise"
    )


class AreaTable(Table):
    """A place in the tree force > borough > neighbourhood."""

    id: Id = Field(description="Permanent id")
    name: Title = Field(description="Its name, as residents know it")
    within: Ref | None = Field(default=None, description="Id of the area around it; the first has none")
    postcodes: list[Postcode] = Field(
        default_factory=list, max_length=500, description="Districts or sectors: TS1, TS5 7"
    )
    silence: Silences = Field(default_factory=list, description="Warnings that somebody has looked at")


class TopicTable(Table):
    """Something people can choose to hear about."""

    id: Id = Field(description="Permanent id")
    name: Title = Field(description="Its name, as residents see it")


class StaffTable(Table):
    """A person of the office, never a team."""

    id: Id = Field(description="Permanent id")
    name: Title = Field(description="The person's name")
    email: Email = Field(description="Where requests for approval go")
    may: list[Literal["write", "approve"]] = Field(default=["write"], description="write, approve or both")


class BudgetTable(Table):
    """How many routine messages one person gets."""

    messages: int = Field(default=_DEFAULT.budget_messages, ge=1, le=1000, description="At most so many")
    days: int = Field(default=_DEFAULT.budget_days, ge=1, le=366, description="in so many days")


class BurstTable(Table):
    """How many alerts may go to the same people before a second person is asked."""

    alerts: int = Field(default=_DEFAULT.burst_alerts, ge=1, le=1000, description="At most so many")
    minutes: int = Field(default=_DEFAULT.burst_minutes, ge=1, le=7 * 24 * 60, description="in so many minutes")


class GuardsTable(Table):
    """Limits beyond which the system waits for a person."""

    approve_above: int = Field(default=_DEFAULT.approve_above, ge=0, description="A send to more needs a second person")
    burst: BurstTable = Field(
        default=BurstTable(), description="{ alerts = 5, minutes = 60 }; more need a second person"
    )
    quiet_hours: list[TimeOfDay] = Field(
        default_factory=lambda: [_DEFAULT.quiet_from, _DEFAULT.quiet_until],
        min_length=2,
        max_length=2,
        description='From and until: ["21:00", "08:00"]',
    )
    budget: BudgetTable = Field(default=BudgetTable(), description="{ messages = 5, days = 7 }")
    cancel_at_most: int = Field(default=_DEFAULT.cancel_at_most, ge=0, description="Cancellations without asking")
    cancel_share: float = Field(default=_DEFAULT.cancel_share, ge=0, le=1, description="Share of future meetings")
    cancel_share_from: int = Field(default=_DEFAULT.cancel_share_from, ge=1, description="where so many exist")
    tell_at_most: int = Field(default=_DEFAULT.tell_at_most, ge=0, description="People told without asking")


class ReportsTable(Table):
    """What stands at the head and the foot of reports."""

    by: Title = Field(default=_REPORTS.by, description="Whose reports they are")
    to: Title = Field(default=_REPORTS.to, description="To whom the update goes")
    signed: Annotated[str, Words(200, least=0)] = Field(default=_REPORTS.signed, description="Who signs it")


class TravelTable(Table):
    """Minutes by road between two areas."""

    between: Annotated[list[Ref], Field(min_length=2, max_length=2)] = Field(description="Ids of the two areas")
    minutes: int = Field(ge=1, le=600, description="Minutes by road")


class OfficeFile(Table):
    """office.toml: who we are, where we work, what we talk about."""

    office: OfficeTable = Field(description="Who we are")
    area: list[AreaTable] = Field(description="The tree of areas; the first has no `within`")
    topic: list[TopicTable] = Field(default_factory=list, description="What people can choose to hear about")
    staff: list[StaffTable] = Field(default_factory=list, description="Persons who may write and approve")
    guards: GuardsTable = Field(default_factory=GuardsTable, description="Limits beyond which the system waits")
    reports: ReportsTable = Field(default_factory=ReportsTable, description="Head and foot of reports")
    travel: list[TravelTable] = Field(default_factory=list, description="Minutes between areas, for the clash check")
    venue: list[VenueTable] = Field(default_factory=list, description="Places; every file may use them")


class TipTable(Table):
    """A piece of crime-prevention advice."""

    id: Id = Field(description="Permanent id: how we know who has had it")
    title: Title = Field(description="At most 200 characters")
    text: Annotated[str, Words(600, least=60, lines=True)] = Field(description="60 to 600 characters")
    short: Annotated[str, Words(160)] = Field(description="At most 160 characters, for text messages")
    topics: Refs = Field(default_factory=list, description="Ids of its topics")
    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(
        default_factory=list, max_length=12, description="When it is in season: [10, 11, 12]; all year without it"
    )
    source: Url | None = Field(default=None, description="Where the advice comes from")


class TipsFile(Table):
    """tips.toml: advice."""

    tip: list[TipTable] = Field(default_factory=list, description="Pieces of advice")
