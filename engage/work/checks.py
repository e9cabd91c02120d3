"""Whether everything runs as it should, a sentence per finding. Asking servers that are not ours is in cli.doctor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_IWOTH

from engage.domain.complaints import days_left
from engage.store.handover import HOLD
from engage.store.unit import Unit
from engage.work.calendars import propose_folder
from engage.work.canary import STALE, Check, checks
from engage.work.kit import Kit
from engage.work.sending import ALIVE

OVERDUE = timedelta(minutes=10)  # a row that is due this long is not waiting, it is stuck
SOON = 7  # days in which a complaint must be answered
_UNREADABLE = {
    "email": "Whether e-mail arrives cannot be checked: set ENGAGE_BOUNCE_IMAP_URL, where bounces return to.",
    "webpush": "Whether alerts appear cannot be checked: nobody but the browser sees them.",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at. *sentence* says what is so; what to do about it stands there too, or in *remedy*."""

    check: str
    is_right: bool
    sentence: str
    is_warning: bool = False
    remedy: str = ""

    @property
    def level(self) -> str:
        """`ok`, `warn` for what should be seen to, `bad` for what is wrong now."""
        return "bad" if not self.is_right else "warn" if self.is_warning else "ok"


def of_processes(kit: Kit) -> list[Finding]:
    """Relay, workers, hold, rows that should have gone, and complaints that the law gives a date."""
    with kit.reading() as unit:
        return [_relay(unit), *_workers(unit), _hold(unit), _overdue(unit), _dead(unit), _complaints(unit)]


def _relay(unit: Unit) -> Finding:
    beat = unit.house.last_beat("relay")
    if beat is None:
        return Finding(check="relay", is_right=False, sentence="No relay is running. Run: engage up")
    age = unit.now - beat
    said = f"The relay's last beat was {age.total_seconds():.0f} s ago"
    if age > ALIVE:
        return Finding(check="relay", is_right=False, sentence=f"{said}: it has stopped. Run: engage up")
    return Finding(check="relay", is_right=True, sentence=f"{said}.")


def _workers(unit: Unit) -> list[Finding]:
    alive = [row for row in unit.house.processes() if row.beat_at > unit.now - ALIVE]
    found = []
    for queue, what in (("tasks", "tasks"), ("deliver", "messages"), ("urgent", "urgent messages")):
        n = sum(queue in row.threads for row in alive)
        sentence = f"{n} running for {what}." if n else f"No worker is running for {what}. Run: engage up"
        found.append(Finding(check=f"workers for {what}", is_right=n > 0, sentence=sentence))
    return found


def _hold(unit: Unit) -> Finding:
    why = unit.house.get(HOLD)
    if why is None:
        return Finding(check="hold", is_right=True, sentence="Nothing is on hold.")
    sentence = f"Everything is on hold ({why}). When that is settled, run: engage release"
    return Finding(check="hold", is_right=False, sentence=sentence)


def _overdue(unit: Unit) -> Finding:
    oldest = unit.audits.oldest_pending()
    if oldest is None or unit.now - oldest < OVERDUE:
        return Finding(check="queue", is_right=True, sentence="No message is overdue.")
    sentence = f"A message has been due since {oldest:%Y-%m-%d %H:%M} UTC. See: engage deliveries list --state ready"
    return Finding(check="queue", is_right=False, sentence=sentence)


def _dead(unit: Unit) -> Finding:
    messages, tasks = unit.audits.by_state().get("dead", 0), unit.tasks.by_state().get("dead", 0)
    if not messages and not tasks:
        return Finding(check="dead letters", is_right=True, sentence="None.")
    sentence = f"{messages} messages and {tasks} tasks were given up. See: engage deliveries list --state dead"
    return Finding(check="dead letters", is_right=False, sentence=sentence)


def _complaints(unit: Unit) -> Finding:
    office, open_ = unit.schedule.office(), unit.complaints.list()
    left = days_left(open_[0].made_at, unit.now, office.zone) if office and open_ else None
    if left is None or left > SOON:
        return Finding(check="complaints", is_right=True, sentence=f"{len(open_)} open, none due within {SOON} days.")
    when = f"is {-left} days late" if left < 0 else f"must be answered within {left} days"
    sentence = f"The complaint {open_[0].reference} {when}. See: engage complaints list"
    return Finding(check="complaints", is_right=False, sentence=sentence)


def of_calendars(kit: Kit, folder: Path) -> Finding:
    """The files as they stand."""
    if not folder.is_dir():
        return Finding(check="calendars", is_right=False, sentence=f"There is no folder {folder}.")
    problems = [p for p in propose_folder(kit, folder).problems if p.severity == "problem"]
    if kit.is_live and (open_to_all := [path for path in folder.glob("*.toml") if path.stat().st_mode & S_IWOTH]):
        sentence = f"Everybody on this machine may change {open_to_all[0].name}. Run: chmod o-w {folder}/*.toml"
        return Finding(check="calendars", is_right=False, sentence=sentence)
    if not problems:
        return Finding(check="calendars", is_right=True, sentence="The files have no problems.")
    first = str(problems[0]).splitlines()[0]
    others = f" And {len(problems) - 1} more: engage check" if len(problems) > 1 else ""
    return Finding(check="calendars", is_right=False, sentence=first + others)


def of_languages(kit: Kit) -> Finding:
    """Whether every language that the office names has a catalogue, and all of it can be shown."""
    with kit.reading() as unit:
        office = unit.schedule.office()
    languages, named = kit.templates.languages, office.languages if office else ()
    lacking = [tag for tag in named if not languages.has(tag)]
    found = [
        *(f"There is no catalogue of {tag}: it is English but for its days." for tag in lacking),
        *(
            f"In {tag} the translation of {sentence!r} is passed over: {fault}."
            for tag in named
            for sentence, fault in languages.faults(tag)
        ),
    ]
    if not found:
        return Finding(check="languages", is_right=True, sentence=f"Can be shown: {', '.join(named) or 'none yet'}.")
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return Finding(check="languages", is_right=False, sentence=f"{found[0]}{more} See: docs/languages.md")


def of_canary(kit: Kit) -> dict[str, Finding]:
    """Whether the last message to ourselves arrived, per channel."""
    with kit.reading() as unit:
        known = {check.channel: check for check in checks(kit, unit)}
        return {channel: _canary(kit, channel, known.get(channel)) for channel in kit.channels}


def _canary(kit: Kit, channel: str, check: Check | None) -> Finding:
    name = f"end to end by {channel}"
    if channel not in kit.arrivals:
        return Finding(check=name, is_right=True, sentence=_UNREADABLE.get(channel, "It cannot be read back."))
    if check is None:
        return Finding(check=name, is_right=True, sentence="Not checked yet; it runs every morning.")
    if kit.now - datetime.fromisoformat(check.sent_at) > STALE:
        sentence = f"{sentence_of(check)} None was sent since: is the relay running?"
        return Finding(check=name, is_right=False, sentence=sentence)
    return Finding(check=name, is_right=not check.is_wrong, sentence=sentence_of(check))


def sentence_of(check: Check) -> str:
    when = f"{check.sent_at[:16].replace('T', ' ')} UTC"
    match check.state:
        case "arrived":
            return f"The message of {when} arrived."
        case "waiting":
            return f"The message of {when} is on its way."
        case "unread":
            return f"The message of {when} could not be looked for. {check.why}"
        case _:
            trace = f"engage trace canary:{check.channel}:{check.sent_at[:10]}"
            return f"The message of {when} has not arrived. Was it sent, or is it among the junk mail? See: {trace}"
