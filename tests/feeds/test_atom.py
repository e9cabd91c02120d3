"""The feed of changes as Atom (RFC 4287)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.domain.calendars import Entry, Status
from engage.feeds.atom import ATOM, headline
from tests.feeds.samples import BASE, OFFICE, campaign, feed, golden_of, meeting, rendered, revision, written

NS = {"a": "http://www.w3.org/2005/Atom"}
CHANGED = datetime(2026, 11, 2, 10, 15, 30, tzinfo=UTC)


def root(body: bytes) -> ET.Element:
    return ET.fromstring(body)


def one(entry: Entry | None = None, **given: Any) -> ET.Element:
    (found,) = root(written(ATOM, rendered(ATOM, entry, **given))).findall("a:entry", NS)
    return found


def said(element: ET.Element, name: str) -> str:
    (found,) = element.findall(f"a:{name}", NS)
    return found.text or ""


def links(element: ET.Element) -> dict[str, str]:
    return {link.attrib["rel"]: link.attrib["href"] for link in element.findall("a:link", NS)}


@pytest.mark.parametrize("name", ["all.atom", "nothing-near-north-ormesby.atom"])
def test_a_feed_has_what_the_specification_demands(name: str) -> None:
    """RFC 4287 4.1.1, 4.1.2: one id, title and updated, an author, links to itself and to the page; also when empty."""
    whole = root(golden_of(ATOM)[name])
    for element in (whole, *whole.findall("a:entry", NS)):
        assert said(element, "title")
        assert re.fullmatch(r"(urn:uuid|tag):\S+", said(element, "id"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said(element, "updated"))
    author = whole.find("a:author", NS)
    assert author is not None
    assert (said(author, "name"), said(author, "email")) == (OFFICE.name, "pcc@example.org")
    assert links(whole)["self"].endswith(".atom")
    assert links(whole)["alternate"].startswith(BASE)


def test_ids_name_the_change_and_never_come_twice() -> None:
    """A reader shows every revision as new; feeds have ids of their own, whatever the host."""
    first, second = one(), one(number=2)
    assert said(first, "id") == "tag:pcc.example.org,2026-11-02:hemlington-winter-2026/1"
    assert said(second, "id").endswith("/2")
    ids = {said(root(body), "id") for body in golden_of(ATOM).values()}
    assert len(ids) == 2
    elsewhere = ATOM.join(feed(), [], office=OFFICE, base_url="https://new-host.example.org")
    assert said(root(elsewhere), "id") == said(root(written(ATOM)), "id")


@pytest.mark.parametrize(
    ("entry", "more", "news"),
    [
        (meeting(), {}, "New"),
        (meeting(), {"number": 2}, "Updated"),
        (meeting(), {"number": 3, "moved_from": datetime(2026, 12, 1, 18, 30, tzinfo=UTC)},
         "Moved to Thursday 3 December 2026 at 6:30pm"),
        (campaign(), {"number": 2, "moved_from": datetime(2026, 11, 20, tzinfo=UTC)},
         "Moved to Wednesday 25 November 2026"),
        (meeting(minutes="https://www.example.org/m.pdf"),
         {"number": 4, "moved_from": CHANGED, "modified_at": datetime(2026, 12, 9, tzinfo=UTC)}, "Updated"),
        (meeting(status=Status.CANCELLED), {"number": 2, "moved_from": CHANGED}, "Cancelled"),
        (meeting(status=Status.CANCELLED), {}, "Cancelled"),
        (meeting(status=Status.NOT_HELD), {"number": 2}, "Did not take place"),
        (meeting(status=Status.REMOVED), {"number": 2}, "Withdrawn"),
    ],
)  # fmt: skip
def test_the_title_says_what_is_new(entry: Entry, more: dict[str, Any], news: str) -> None:
    """In the first words, from the revision alone; minutes after a move are no move."""
    assert headline(revision(entry, **more)) == f"{news}: {entry.title}"
    assert said(one(entry, **more), "title") == f"{news}: {entry.title}"


def test_newest_first_and_fifty_at_most() -> None:
    """By the moment of the change, then by start; the feed's own moment is the newest."""
    items = [
        rendered(ATOM, meeting(id=f"talk-{n}", starts_at=CHANGED + timedelta(days=n)), modified_at=CHANGED + timedelta(hours=n // 2))
        for n in range(60)
    ]  # fmt: skip
    whole = root(written(ATOM, *items))
    ids = [said(entry, "id").partition(":talk-")[2] for entry in whole.findall("a:entry", NS)]
    assert ids[:4] == ["58/1", "59/1", "56/1", "57/1"]
    assert len(ids) == 50
    assert said(whole, "updated") == "2026-11-03T15:15:30Z"


def test_the_words_are_the_descriptions_with_links() -> None:
    """As HTML that holds text, line breaks and links, and nothing a note could bring."""
    entry = one(meeting(note="<script>alert(1)</script> & <b>tea</b>\nhttps://www.example.org/?a=1&b=\"'"))
    (content,) = entry.findall("a:content", NS)
    assert content.attrib == {"type": "html"}
    seen = _Tags()
    seen.feed(content.text or "")
    assert seen.tags == {"p", "br", "a"}
    assert "<script>alert(1)</script> & <b>tea</b>" in seen.said
    assert f"{BASE}/meetings/hemlington-winter-2026" in seen.hrefs
    assert links(entry) == {"alternate": f"{BASE}/meetings/hemlington-winter-2026"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.hrefs, self.said = set[str](), list[str | None](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.hrefs += [value for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.said += data


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_whatever_the_text_the_feed_is_well_formed(text: str) -> None:
    """XML forbids most control characters even when they are escaped."""
    entry = one(meeting(title=f"x{text}", note=text, reason=text, topics=("burglary",)))
    assert said(entry, "title").startswith("New: x")


def test_topics_are_categories() -> None:
    """By id, with the name that staff gave."""
    found = [category.attrib for category in one().findall("a:category", NS)]
    assert found[0] == {"term": "burglary", "label": "Burglary, theft; and home security"}
    assert len(found) == 2


def test_whole_days_have_no_hour() -> None:
    """A campaign moves from day to day."""
    moved = revision(campaign(first_day=date(2026, 11, 26)), number=2, moved_from=CHANGED)
    assert headline(moved).startswith("Moved to Thursday 26 November 2026: ")
