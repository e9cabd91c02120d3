"""What can happen in our own system, and who acts on it. An event carries ids only: it says where to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact, in the past tense. Fields may be added with defaults, never renamed: old rows must still be read."""

    name: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class CalendarApplied(Event):
    """A plan became the stored schedule."""

    name = "calendar.applied"
    plan_id: int


@dataclass(frozen=True, kw_only=True)
class FilesBroken(Event):
    """Staff's `calendars` or `templates` may have stayed as wrong as *digest* says since it was found."""

    name = "files.broken"
    about: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class PlanWaited(Event):
    """A plan has waited for a person long enough that nobody is still typing."""

    name = "plan.waited"
    plan_id: int


@dataclass(frozen=True, kw_only=True)
class PlanDeclined(Event):
    """*by* is the id of a member of staff."""

    name = "plan.declined"
    plan_id: int
    by: str


@dataclass(frozen=True, kw_only=True)
class AlertSubmitted(Event):
    """A version of an alert waits for a second person."""

    name = "alert.submitted"
    alert_id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class AlertDeclined(Event):
    """*by* is the id of a member of staff."""

    name = "alert.declined"
    alert_id: str
    version: int
    by: str


@dataclass(frozen=True, kw_only=True)
class EntryAdded(Event):
    name = "entry.added"
    entry_id: str
    plan_id: int


@dataclass(frozen=True, kw_only=True)
class EntryChanged(Event):
    """*what* holds words of `domain.plan`: moved, relocated, retitled, online, reinstated, edited, ..."""

    name = "entry.changed"
    entry_id: str
    plan_id: int
    what: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EntryCancelled(Event):
    name = "entry.cancelled"
    entry_id: str
    plan_id: int


@dataclass(frozen=True, kw_only=True)
class MeetingHeld(Event):
    """A meeting's end has passed and nothing says otherwise."""

    name = "meeting.held"
    entry_id: str


@dataclass(frozen=True, kw_only=True)
class MeetingUnheld(Event):
    """Staff say that a meeting which was counted did not take place after all."""

    name = "meeting.unheld"
    entry_id: str


@dataclass(frozen=True, kw_only=True)
class MilestoneApproaching(Event):
    name = "milestone.approaching"
    programme: str
    number: int


@dataclass(frozen=True, kw_only=True)
class MilestoneReached(Event):
    """The N-th meeting was held, and nobody corrected it before ten o'clock the next day."""

    name = "milestone.reached"
    programme: str
    number: int


@dataclass(frozen=True, kw_only=True)
class MilestoneWithdrawn(Event):
    name = "milestone.withdrawn"
    programme: str
    number: int


@dataclass(frozen=True, kw_only=True)
class ReminderDue(Event):
    """*starts_at* is the start it was meant for (ISO): an entry that moved since has a reminder of its own."""

    name = "reminder.due"
    entry_id: str
    key: str
    starts_at: str = ""


@dataclass(frozen=True, kw_only=True)
class TipDue(Event):
    """The weekly moment for tips; *day* is its date in the office's zone (ISO)."""

    name = "tip.due"
    day: str


@dataclass(frozen=True, kw_only=True)
class DigestDue(Event):
    """An hour at which some people want their digest; *hour* is local (ISO, to the hour)."""

    name = "digest.due"
    hour: str


@dataclass(frozen=True, kw_only=True)
class AlertIssued(Event):
    name = "alert.issued"
    alert_id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class AlertCorrected(Event):
    name = "alert.corrected"
    alert_id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class AlertWithdrawn(Event):
    name = "alert.withdrawn"
    alert_id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class NoticeReady(Event):
    """There is something to tell; the fan-out finds out whom."""

    name = "notice.ready"
    notice_id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class NoticeAddressed(Event):
    """The ledger holds a row for everybody; *planned* is the headcount written before any row was."""

    name = "notice.addressed"
    notice_id: str
    version: int
    planned: int


@dataclass(frozen=True, kw_only=True)
class SignupRequested(Event):
    name = "signup.requested"
    signup_id: str


@dataclass(frozen=True, kw_only=True)
class ManageRequested(Event):
    """Somebody asked for a fresh link to their preferences; *recipient_id* is 0 for an address we do not know."""

    name = "manage.requested"
    recipient_id: int
    channel: str = "email"


@dataclass(frozen=True, kw_only=True)
class SubscriberConfirmed(Event):
    name = "subscriber.confirmed"
    recipient_id: int


@dataclass(frozen=True, kw_only=True)
class ComplaintMade(Event):
    """Somebody complained to the office; what they said is in the row of that reference only."""

    name = "complaint.made"
    reference: str


@dataclass(frozen=True, kw_only=True)
class PreferencesChanged(Event):
    name = "preferences.changed"
    recipient_id: int


@dataclass(frozen=True, kw_only=True)
class SubscriberLeft(Event):
    name = "subscriber.left"
    recipient_id: int
    how: str


@dataclass(frozen=True, kw_only=True)
class AddressRefused(Event):
    """A mail server says that an address does not exist."""

    name = "address.refused"
    recipient_id: int
    channel: str


@dataclass(frozen=True, kw_only=True)
class DeliveryDead(Event):
    name = "delivery.dead"
    delivery_id: int


@dataclass(frozen=True, kw_only=True)
class FeedPublished(Event):
    name = "feed.published"
    path: str
    version: int


@dataclass(frozen=True, kw_only=True)
class ScheduleRefreshed(Event):
    """Entries were re-rendered or added without a plan of staff's; an empty *calendar_id* means any of them."""

    name = "schedule.refreshed"
    calendar_id: str = ""


@dataclass(frozen=True, kw_only=True)
class CanaryDue(Event):
    """The daily moment for a message to ourselves; *day* is its date in the office's zone (ISO)."""

    name = "canary.due"
    day: str


@dataclass(frozen=True, kw_only=True)
class CanaryAwaited(Event):
    """By now the message of *day* should have arrived."""

    name = "canary.awaited"
    day: str


@dataclass(frozen=True, kw_only=True)
class DayStarted(Event):
    """The office's date changed: the only clock input of the feeds."""

    name = "day.started"
    day: str


ROUTES: dict[type[Event], tuple[str, ...]] = {
    CalendarApplied: ("publish_feeds", "announce_changes", "announce_outcomes"),
    FilesBroken: ("tell_trouble",),
    PlanWaited: ("ask_for_plan",),
    PlanDeclined: (),  # kept on record, with who said no
    AlertSubmitted: ("ask_for_alert",),
    AlertDeclined: (),
    EntryAdded: (),  # kept on record; the apply as a whole is what is announced
    EntryChanged: (),
    EntryCancelled: (),
    MeetingHeld: ("count_meeting",),
    MeetingUnheld: ("count_meeting",),
    MilestoneApproaching: ("announce_approach",),
    MilestoneReached: ("announce_milestone",),
    MilestoneWithdrawn: ("announce_milestone",),
    ReminderDue: ("remind",),
    TipDue: ("send_tips",),
    DigestDue: ("send_digests",),
    AlertIssued: ("announce_alert",),
    AlertCorrected: ("announce_alert",),
    AlertWithdrawn: ("announce_alert",),
    NoticeReady: ("address_notice",),
    NoticeAddressed: (),
    SignupRequested: ("send_confirmation",),
    ManageRequested: ("send_manage_link",),
    ComplaintMade: ("acknowledge_complaint",),
    SubscriberConfirmed: (),
    PreferencesChanged: (),
    SubscriberLeft: (),
    AddressRefused: (),
    DeliveryDead: (),
    FeedPublished: (),
    ScheduleRefreshed: ("publish_feeds",),
    CanaryDue: ("send_canary",),
    CanaryAwaited: ("check_canary",),
    DayStarted: ("start_day", "forget_old"),
}
CATALOGUE: dict[str, type[Event]] = {event.name: event for event in ROUTES}
