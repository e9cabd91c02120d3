"""Where a foreign entry takes place: one of our venues, a new one, or online; and in which of our areas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engage.domain.calendars import Area, Office, Venue
from engage.domain.people import areas_of_postcode
from engage.imports.drafts import Draft, Notes
from engage.imports.naming import Ids
from engage.imports.texts import folded, is_place, one_line, postcode_in, without_postcode


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is known of where: a venue's id and area, or neither. *remark* is what the text said if it is no place."""

    venue: str | None = None
    area: str | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class NewVenue:
    """A venue nobody has told us of, with the line where it is first named."""

    venue: Venue
    line: int


class Places:
    """Looks places up among the office's venues and makes new ones, each once."""

    def __init__(self, office: Office, ids: Ids, notes: Notes) -> None:
        self._office, self._ids, self._notes = office, ids, notes
        self._known: dict[str, list[Venue]] = {}
        for venue in office.venues:
            for name in {folded(venue.id), folded(venue.name), folded(venue.line)}:
                self._known.setdefault(name, []).append(venue)
        self._found: dict[tuple[str, str], Place] = {}
        self.new: list[NewVenue] = []

    def of(self, draft: Draft) -> Place:
        """The place of a draft; a guess is said once, at the first entry that needs it."""
        if not draft.place and not draft.postcode:
            return Place()
        if not is_place(draft.place) and not draft.postcode:
            return Place(remark=draft.place)
        key = folded(draft.place), folded(draft.postcode)
        if key not in self._found:
            self._found[key] = self._look_up(draft)
        return self._found[key]

    def _look_up(self, draft: Draft) -> Place:
        postcode = postcode_in(draft.postcode) or postcode_in(draft.place)
        venue = (
            self._by_name(draft.place, postcode) or self._by_postcode(draft, postcode) or self._made(draft, postcode)
        )
        return Place(venue=venue.id, area=venue.area)

    def _by_name(self, place: str, postcode: str) -> Venue | None:
        """The whole text, or the name before its first comma; a different postcode makes it another hall."""
        for text in (place, place.partition(",")[0], without_postcode(place)):
            found = self._known.get(folded(text), [])
            agreeing = [v for v in found if not postcode or not v.postcode or folded(v.postcode) == folded(postcode)]
            if len(agreeing) == 1:
                return agreeing[0]
        return None

    def _by_postcode(self, draft: Draft, postcode: str) -> Venue | None:
        found = [v for v in self._office.venues if postcode and folded(v.postcode) == folded(postcode)]
        if len(found) != 1:
            return None
        (venue,) = found
        if folded(without_postcode(draft.place)):
            message = f'"{one_line(draft.place, 60)}" was taken for {venue.name}, which has its postcode {postcode}.'
            self._notes.look(draft.line, "venue-by-postcode", message)
        return venue

    def _made(self, draft: Draft, postcode: str) -> Venue:
        name, _, address = draft.place.partition(",")
        name = one_line(without_postcode(name)).strip(" ,") or postcode or one_line(draft.place)
        area, how = self._area(draft, postcode)
        venue = Venue(
            id=self._ids.other(name, "venue"),
            name=name,
            address=one_line(without_postcode(address), 300).strip(" ,"),
            postcode=postcode,
            area=area,
            geo=draft.geo,
        )
        self.new.append(NewVenue(venue=venue, line=draft.line))
        named = f'"{one_line(name, 60)}" is none of our venues: it is written as a new one, in {how}.'
        self._notes.look(draft.line, "new-venue", f"{named} Add what is known about access.")
        return venue

    def _area(self, draft: Draft, postcode: str) -> tuple[str, str]:
        """By the row's own word, by the postcode, by a name in the address; else the area that covers all."""
        if (said := area_named(self._office, draft.area)) is not None:
            return said, self._name(said)
        near = areas_of_postcode(self._office, postcode) if postcode else ()
        named = [a.id for part in draft.place.split(",") if (a := self._area_by_name(without_postcode(part)))]
        inside = [a for a in named if not near or any(n.id in self._office.line_of(a) for n in near)]
        if inside:
            area = max(inside, key=lambda a: len(self._office.line_of(a)))
            return area, f"{self._name(area)} (by its address)"
        if len(near) == 1:
            return near[0].id, f"{near[0].name} (by its postcode)"
        if near:
            names = " or ".join(area.name for area in near)
            area = self._covering(area.id for area in near)
            return area, f"{self._name(area)} (its postcode lies in {names}: say which)"
        return self._office.root.id, f"{self._office.root.name} (its area is not known: say which)"

    def _area_by_name(self, text: str) -> Area | None:
        wanted = folded(text)
        return next((area for area in self._office.areas if wanted and folded(area.name) == wanted), None)

    def _covering(self, areas: Iterable[str]) -> str:
        """The smallest area that covers all of them."""
        lines = [self._office.line_of(area) for area in areas]
        return next((a for a in lines[0] if all(a in line for line in lines)), self._office.root.id)

    def _name(self, area: str) -> str:
        return self._office.area_by_id[area].name


def area_named(office: Office, text: str) -> str | None:
    """The id of an area by its id or name."""
    wanted = folded(text)
    if not wanted:
        return None
    return next((a.id for a in office.areas if wanted in {folded(a.id), folded(a.name)}), None)
