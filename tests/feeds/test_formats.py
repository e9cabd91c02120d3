"""The contract that every feed format keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar

from engage.domain.calendars import Access, Link
from engage.domain.feeds import Item, feeds_of
from engage.feeds import FORMATS
from engage.feeds.base import Format
from tests.feeds.samples import BASE, GOLDEN, OFFICE, feed, golden_of, item, meeting, programme, rendered, revision

ALL = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)


@ALL
def test_a_format_is_listed_under_its_suffix(form: Format) -> None:
    """Addresses are made from the suffix."""
    assert FORMATS[form.suffix] is form
    assert "/" in form.media_type


@ALL
def test_equal_input_gives_equal_bytes_in_any_order(form: Format) -> None:
    """C09, C66."""
    items = [rendered(form, entry, **given) for entry, given in programme()]
    body = form.join(feed("all"), items, office=OFFICE, base_url=BASE)
    assert body == form.join(feed("all"), items[::-1], office=OFFICE, base_url=BASE)
    assert all(entry.id.encode() in body for entry, _ in programme())


@ALL
def test_an_empty_feed_has_a_body(form: Format) -> None:
    """C16: never nothing at all."""
    assert form.join(feed(), [], office=OFFICE, base_url=BASE)


@ALL
def test_every_feed_can_be_written(form: Format) -> None:
    """Every selection and variant names itself, so that two feeds are never the same bytes."""
    mine = [one for one in feeds_of(OFFICE) if one.variant in form.variants]
    assert len({form.join(one, [], office=OFFICE, base_url=BASE) for one in mine}) == len(mine)


@ALL
def test_an_entry_is_rendered_in_every_variant(form: Format) -> None:
    """What publishing stores is what the format promises."""
    assert tuple(form.fragments(item().revision, OFFICE, base_url=BASE)) == form.variants


@ALL
def test_the_golden_files_are_what_is_written(form: Format) -> None:
    """`python -m tests.feeds.samples` rewrites them; a difference here is one that every reader sees."""
    for name, body in golden_of(form).items():
        assert (GOLDEN / name).read_bytes() == body, name


@ALL
def test_what_is_known_after_a_meeting_is_in_its_entry(form: Format) -> None:
    """Minutes, papers, and before it the milestone it is expected to be: wherever an entry is read."""
    after = meeting(
        minutes="https://www.example.org/m.pdf", papers=(Link(title="Agenda", url="https://www.example.org/a.pdf"),)
    )
    told = text(rendered(form, after).fragment)
    assert "https://www.example.org/m.pdf" in told
    assert "https://www.example.org/a.pdf" in told
    assert "700th" in text(rendered(form, expected_milestone=700).fragment)


@ALL
def test_access_is_told_in_every_format(form: Format) -> None:
    """Getting in, hearing, seeing, sitting quietly and asking: complete wherever an entry is read."""
    full = Access(step_free=True, hearing_loop=True, quiet_space=False, accessible_toilet=True, parking="3 bays", bsl="Booked", notes="Ring the bell")  # fmt: skip
    office = replace(OFFICE, venues=(replace(OFFICE.venues[0], access=full),))
    told = text(form.fragments(item().revision, office, base_url=BASE)[""])
    for words in ("step-free, hearing loop, no quiet space, accessible toilet", "3 bays", "Booked", "Ring the bell"):
        assert words in told
    assert "pcc@example.org" in told


@ALL
def test_no_text_of_staff_can_break_a_feed(form: Format) -> None:
    """Whatever a title, note, reason or link holds, the whole is read again and holds the next entry too."""
    hostile = "]]>\r\n</script><x a='b\">&amp; \x00\x1b\x85\u2028\ud800\uffff\\N \N{TEACUP WITHOUT HANDLE}"
    link = "https://meet.example.org/a b\r\n<x>\"'"
    entry = meeting(title=hostile, note=hostile, reason=hostile, contact=hostile, online=link, minutes=link, url=link)
    office = replace(OFFICE, name=hostile, short_name=hostile, venues=(replace(OFFICE.venues[0], name=hostile),))
    told = revision(entry)
    broken = Item(revision=told, fragment=form.fragments(told, office, base_url=BASE)[""])
    body = form.join(feed("all"), [broken, rendered(form, meeting(id="next"))], office=office, base_url=BASE)
    assert len(entries(form, body)) == 2


def text(fragment: bytes) -> str:
    """As people read it, whatever the format: lines unfolded, commas without what escapes them."""
    return fragment.replace(b"\r\n ", b"").replace(b"\\,", b",").decode()


def entries(form: Format, body: bytes) -> list[Any]:
    """What an ordinary parser of the format finds."""
    match form.suffix:
        case "ics":
            return list(Calendar.from_ical(body).walk("VEVENT"))
        case "jcal":
            return [part for part in json.loads(body)[2] if part[0] == "vevent"]
        case "json":
            return list(json.loads(body)["items"])
        case "atom":
            return ET.fromstring(body).findall("{http://www.w3.org/2005/Atom}entry")
        case _:
            raise AssertionError("How is this format read?")
