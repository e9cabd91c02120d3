"""Drafts -> the tables of our TOML: meetings, series, campaigns. How values are written is in toml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engage.domain.calendars import Office, Venue
from engage.domain.series import Move
from engage.imports.drafts import Draft, Notes, Tally
from engage.imports.naming import Ids
from engage.imports.places import Place, Places, area_named
from engage.imports.texts import CUT, LONGEST_NOTE, MAIL, folded, note
from engage.imports.toml import Block


class Writer:
    """Turns drafts into blocks, in the order of their dates, series first."""

    def __init__(self, office: Office, ids: Ids, notes: Notes) -> None:
        self._office, self._ids, self._notes = office, ids, notes
        self._tally = Tally()
        self._topics = {folded(name): t.id for t in office.topics for name in (t.name, t.id)}
        self.places = Places(office, ids, notes)

    def blocks(self, drafts: list[Draft]) -> Iterator[Block]:
        """Every block; series take their ids first, because they take those of all their dates."""
        ordered = sorted(drafts, key=lambda draft: draft.order)
        for draft in (d for d in ordered if d.rule):
            yield from self._series(draft) if not draft.all_day else [self._campaign(draft)]
        for draft in (d for d in ordered if not d.rule):
            yield self._campaign(draft) if draft.all_day else self._meeting(draft)
        self._say()

    def _meeting(self, draft: Draft) -> Block:
        block = Block(header="[[meeting]]", line=draft.line)
        block.add("id", self._ids.single(draft), _uid(draft))
        block.add("title", draft.title)
        block.add("starts", draft.starts)
        block.add("ends", draft.ends)
        block.add_all(self._said(draft))
        return block

    def _series(self, draft: Draft) -> Iterator[Block]:
        rule, block = draft.rule, Block(header="[[series]]", line=draft.line)
        assert rule is not None
        series_id, said = self._ids.series(draft), self._said(draft)
        block.add("id", series_id, _uid(draft))
        block.add("title", draft.title)
        block.add("every", rule.every)
        block.add("on", rule.on[0] if len(rule.on) == 1 else rule.on or None)
        block.add("rrule", rule.rrule)
        block.add("at", rule.at)
        block.add("from", rule.first)
        block.add("until", rule.until)
        block.add("duration", draft.length)
        block.add_all(said)
        block.add("except", rule.excepted or None)
        block.add("move", [_move(move) for move in rule.moves] or None)
        yield block
        for day, changed in sorted(draft.changed.items()):
            one = Block(header="[[meeting]]", line=changed.line)
            one.add("series", series_id)
            one.add("date", day)
            one.add("title", changed.title if changed.title != draft.title else None)
            one.add("starts", changed.starts if changed.starts != datetime.combine(day, rule.at) else None)
            one.add("ends", changed.ends if changed.length != draft.length else None)
            one.add_all(_differing(self._said(changed), said))
            yield one

    def _campaign(self, draft: Draft) -> Block:
        """Whole days have no venue in our files: the place is said in the note, and brings its area."""
        block = Block(header="[[campaign]]", line=draft.line)
        block.add("id", self._ids.series(draft) if draft.rule else self._ids.single(draft), _uid(draft))
        block.add("title", draft.title)
        block.add("from", draft.starts)
        block.add("to", draft.ends if draft.ends != draft.starts else None)
        block.add("every", draft.rule.every if draft.rule else None)
        block.add("until", draft.rule.until if draft.rule else None)
        area = area_named(self._office, draft.area)
        block.add("areas", [area] if area else None)
        block.add_all(self._shared(draft, _with(draft.note, draft.place and f"Place: {draft.place}")))
        block.add("url", draft.url)
        return block

    def _said(self, draft: Draft) -> dict[str, object]:
        """The keys that single meetings and series have in common."""
        place = self.places.of(draft)
        area = self._area(draft, place)
        remark = f"Place: {place.remark}" if place.remark and not draft.online else ""
        more = f"More: {draft.url}" if draft.url and draft.url not in draft.note and draft.url != draft.online else ""
        return {
            "venue": place.venue,
            "areas": [area] if area else None,
            "online": draft.online,
            **self._shared(draft, _with(draft.note, remark, more)),
        }

    def _area(self, draft: Draft, place: Place) -> str | None:
        """Said only where the venue does not say the same."""
        said = area_named(self._office, draft.area)
        if draft.area and said is None:
            self._tally.count(draft.line, "area", draft.area[:60])
        if said is None and place.venue is None:
            self._tally.count(draft.line, "nowhere")
        return said if said != place.area else None

    def _shared(self, draft: Draft, note: str) -> dict[str, object]:
        """The keys that every entry may have."""
        if draft.title.endswith(CUT) or draft.note.endswith(CUT) or note.endswith(CUT):
            self._tally.count(draft.line, "cut")
        if MAIL.search(note):
            self._tally.count(draft.line, "mail")
        return {"topics": self._topics_of(draft) or None, "status": draft.status, "note": note}

    def _topics_of(self, draft: Draft) -> list[str]:
        found = []
        for name in draft.topics:
            topic = self._topics.get(folded(name))
            if topic is None:
                self._tally.count(draft.line, "topic", name[:60])
            else:
                found.append(topic)
        return list(dict.fromkeys(found))

    def _say(self) -> None:
        for line, name, number in self._tally.of("topic"):
            self._notes.look(line, "no-topic", f'"{name}" is none of our topics and is left out ({_times(number)}).')
        for line, name, number in self._tally.of("area"):
            message = f'There is no area "{name}" in office.toml; it is left out ({_times(number)}).'
            self._notes.look(line, "no-area", message)
        for line, _, number in self._tally.of("nowhere"):
            message = f"{_entries(number)} without a place: taken for the whole of {self._office.root.name}."
            self._notes.look(line, "nowhere", message)
        for line, _, number in self._tally.of("cut"):
            message = f"{_entries(number)} with a title or note that is too long: it was cut and ends in an ellipsis."
            self._notes.look(line, "cut", message)
        for line, _, number in self._tally.of("mail"):
            message = (
                f"{_entries(number)} with an e-mail address in the note, which is published. Look whether it may be."
            )
            self._notes.look(line, "mail-in-note", message)


def venue_block(venue: Venue, line: int) -> Block:
    """A place that nobody has described yet."""
    above = (
        "Not described yet: look whether name, address and area are right, and add what is known about access, as in",
        'access = { step_free = true, hearing_loop = true, parking = "Free, 20 spaces" }',
    )
    block = Block(header="[[venue]]", line=line, above=above)
    block.add("id", venue.id)
    block.add("name", venue.name)
    block.add("address", venue.address)
    block.add("postcode", venue.postcode)
    block.add("area", venue.area)
    block.add("geo", venue.geo)
    return block


def _differing(said: dict[str, object], series: dict[str, object]) -> dict[str, object]:
    """What one date of a series says otherwise; the empty list is how it says "no topic"."""
    told = {key: value for key, value in said.items() if value != series[key]}
    silent = "topics" in told and told["topics"] is None and said["status"] != "cancelled"
    return told | ({"topics": []} if silent else {})


def _move(move: Move) -> dict[str, object]:
    return {"from": move.day, "to": datetime.combine(move.to, move.at) if move.at else move.to}


def _uid(draft: Draft) -> str:
    return f"UID {draft.uid[:120]}" if draft.uid else ""


def _with(text: str, *more: str) -> str:
    """The note with further paragraphs, which are kept when the note is too long."""
    added = [part for part in more if part]
    room = LONGEST_NOTE - sum(len(part) + 2 for part in added)
    return "\n\n".join([*([note(text, max(room, 3))] if text else []), *added])[:LONGEST_NOTE]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"
