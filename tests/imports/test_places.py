"""Where a foreign entry takes place: ours, new, online; and in which area."""

from __future__ import annotations

import pytest

from engage.imports.texts import folded, note, one_line, slug
from tests.imports.samples import bring, codes, csv, entries, only

HEAD = "Date,Start,End,Title,Venue,Postcode,Area"


def row(place: str, postcode: str = "", area: str = "") -> str:
    return csv(f'03/12/2026,18:30,20:00,Talk,"{place}",{postcode},{area}', head=HEAD)


@pytest.mark.parametrize(
    "place",
    ["Village Hall", "village  hall", "hall", "Village Hall, 1 Green Street, Eastfield, ZZ1 4AA", "VILLAGE HALL, ZZ14AA",
     "Village Hall, somewhere else", "ZZ1 4AA"],
)  # fmt: skip
def test_one_of_our_venues_is_known_by_name_or_postcode(place: str):
    """However it is written; nothing new is made."""
    done = bring(row(place), "p.csv")
    assert entries(done)[0].venue == "hall"
    assert (done.counts["venues"], codes(done)) == (0, [])


def test_another_name_with_a_known_postcode_is_taken_and_said():
    """A post code holds a few houses; somebody should look."""
    done = bring(row("The old school", "zz1 4aa"), "p.csv")
    assert entries(done)[0].venue == "hall"
    assert codes(done) == ["venue-by-postcode"]


def test_a_known_name_with_another_postcode_is_another_hall():
    """There is a Village Hall in every village."""
    done = bring(row("Village Hall, Harbour, ZZ3 9ZZ"), "p.csv")
    assert (entries(done)[0].venue, entries(done)[0].areas) == ("village-hall", ("harbour",))


@pytest.mark.parametrize(
    ("place", "area", "found", "how"),
    [
        ("Barn, ZZ3 9ZZ", "", "harbour", "in Harbour (by its postcode)"),
        ("Barn, ZZ1 4ZZ", "", "mill-lane", "in Mill Lane (by its postcode)"),
        ("Barn, Mill Lane, ZZ1 1ZZ", "", "mill-lane", "in Mill Lane (by its address)"),
        ("Barn, ZZ2 9ZZ", "", "westmark", "in Westmark (its postcode lies in Eastfield or Harbour: say which)"),
        ("Barn, Harbour, ZZ2 9ZZ", "", "harbour", "in Harbour (by its address)"),
        ("Barn", "", "westmark", "in Westmark (its area is not known: say which)"),
        ("Barn, ZZ9 9ZZ", "", "westmark", "in Westmark (its area is not known: say which)"),
        ("Barn, ZZ3 9ZZ", "Eastfield", "eastfield", "in Eastfield."),
    ],
)
def test_the_area_of_a_new_venue_is_guessed_and_said(place: str, area: str, found: str, how: str):
    """The row's word, the address, the postcode; else the whole."""
    done = bring(row(place, area=area), "p.csv")
    assert entries(done)[0].areas == (found,)
    assert how in str(done.warnings)


def test_a_new_venue_is_made_once():
    """Ten meetings in one barn."""
    done = bring(csv(*[f"{n}/12/2026,18:30,20:00,Talk,Barn,ZZ3 9ZZ," for n in range(1, 11)], head=HEAD), "p.csv")
    assert (done.counts["venues"], {e.venue for e in entries(done)}) == (1, {"barn"})
    assert codes(done) == ["new-venue", "no-access"]


@pytest.mark.parametrize("place", ["Online", "Zoom meeting", "Microsoft Teams Meeting", "TBC", "Virtual"])
def test_words_that_are_no_place_make_no_venue(place: str):
    """They stay in the note."""
    entry = only(row(place), "p.csv")
    assert (entry.venue, entry.note) == (None, f"Place: {place}")


def test_the_rows_area_goes_before_the_venues():
    """A meeting in the hall for the people of the harbour."""
    assert only(row("Village Hall", area="harbour"), "p.csv").areas == ("harbour",)
    assert only(row("Village Hall", area="Eastfield"), "p.csv").areas == ("eastfield",)
    assert codes(bring(row("Village Hall", area="Atlantis"), "p.csv")) == ["no-area"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tŷ Hafan: Q&A", "ty-hafan-q-a"),
        ("  ", "entry"),
        ("\N{SNOWMAN}", "entry"),
        ("Łódź ÆØ", "odz"),
        ("a" * 99, "a" * 20),
        ("one two three four five", "one-two-three-four"),
    ],
)
def test_slugs(text: str, found: str):
    """Small letters, digits and hyphens; cut where a word ends."""
    assert slug(text, 20, "entry") == found


def test_texts_are_made_fit():
    """No markup, no hidden letters, no more than fits."""
    assert one_line("a\r\nb\u2028c\u202e\x00 d") == "a b c d"
    assert len(one_line("x" * 300)) == 200
    assert note("2 < 3 and a > b <3") == "2 < 3 and a > b <3"
    assert note("<p>a&lt;b</p><script>x()</script><ul><li>c</li></ul>") == "a<b\nc"
    assert len(note("x" * 9000)) == 2000
    assert folded("St. Mary's  Hall") == folded("st marys hall")
