"""Each item of the checklist, broken once: the linter names exactly that item, and the line where there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.feeds.lint import lint_bytes, lint_url
from engage.feeds.lint.against import lint_against
from engage.feeds.lint.unseen import ELSEWHERE, OVER_TIME
from tests.feeds.lint.faults import BROKEN, FAULTS, GOOD, UID, broken, line_of
from tests.feeds.lint.server import PATH, TOKEN, serving
from tests.feeds.samples import golden

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = {"C13": "/old.ics", "C15": f"{PATH}?filter[area]=eston", "C71": TOKEN}  # elsewhere the feed's own path
SERVED = ("C01", "C02", "C07", "C08", "C09", "C10", "C11", "C12", "C13", "C15", "C19", "C40", "C71")

# item: what the later copy of the good feed did wrong
CHANGES = {
    "C42": [
        (
            "DTSTAMP:20261102T101530Z\r\nCREATED:20260901T090000Z\r\nLAST-MODIFIED:20261102",
            "DTSTAMP:20261122T101530Z\r\nCREATED:20260901T090000Z\r\nLAST-MODIFIED:20261122",
        )
    ],
    "C43": [("SUMMARY:Policing in", "SUMMARY:Parking in")],
    "C44": [
        ("DTSTAMP:20261102", "DTSTAMP:20261103"),
        ("LAST-MODIFIED:20261102T101530Z\r\nSEQUENCE:0", "LAST-MODIFIED:20261103T101530Z\r\nSEQUENCE:0"),
        ("T183000\r\nDTEND", "T184500\r\nDTEND"),
    ],
    "C55": [
        ("UID:white-ribbon-2026", "UID:ribbon"),
        ("DATE:20261125", "DATE:20261126"),
        ("DATE:20261211", "DATE:20261212"),
    ],
}


def entry(uid: str) -> str:
    """The whole VEVENT of that UID in the good feed."""
    _, _, rest = GOOD.decode().partition(f"BEGIN:VEVENT\r\nUID:{uid}")
    body, end, _ = rest.partition("END:VEVENT\r\n")
    return f"BEGIN:VEVENT\r\nUID:{uid}{body}{end}"


CHANGES["C40"] = [(UID, "UID:redcar@pcc.example.org")]
CHANGES["C54"] = [(entry("hemlington-winter-2026@"), "")]
CHANGES["C67"] = [(entry("redcar-2026-10-06@"), "")]


def later(item: str) -> bytes:
    body = GOOD.decode()
    for old, new in CHANGES[item]:
        assert old in body, (item, old)
        body = body.replace(old, new, 1)
    return body.encode()


@pytest.mark.parametrize("name", sorted(golden()))
def test_a_good_feed_has_no_finding_at_all(name: str) -> None:
    """Warnings included, in every variant, empty feeds too."""
    assert [str(finding) for finding in lint_bytes(golden()[name])] == []


@pytest.mark.parametrize("item", sorted(FAULTS))
def test_one_fault_in_a_file_is_found_at_its_line(item: str) -> None:
    """The stored file is the good feed with one small change, and gives one finding."""
    body = (BROKEN / f"{item}.ics").read_bytes()
    assert body == broken(item)
    assert [(found.item, found.line) for found in lint_bytes(body)] == [(item, line_of(item))]


def test_a_feed_that_grows_is_warned_of_and_then_refused() -> None:
    """C18: above 800 entries a warning, from 1,000 on a problem. A file of that size is not kept."""
    one = entry("white-ribbon-2026@")
    for count, severity in ((800, None), (801, "warning"), (1_000, "problem")):
        entries = [one.replace("UID:white", f"UID:{number:04}-white") for number in range(count)]
        body = GOOD.decode().partition("BEGIN:VEVENT")[0] + "".join(entries) + "END:VCALENDAR\r\n"
        found = lint_bytes(body.encode())
        assert [(f.item, f.severity) for f in found] == ([("C18", severity)] if severity else []), count


def test_a_good_server_has_no_finding_at_all() -> None:
    """Also at a personal address that says private, and after a redirect for ever."""
    with serving(GOOD) as server:
        assert [str(f) for f in lint_url(server.base + PATH)[1].findings] == []
    with serving(GOOD, "moved") as server:
        assert lint_url(f"{server.base}/old.ics")[1].findings == []


@pytest.mark.parametrize("item", [*SERVED, "C14", "C17"])
def test_one_fault_of_a_server_is_found(item: str) -> None:
    """A real server that does one thing wrong gives one finding."""
    with serving(GOOD, item) as server:
        found = lint_url(server.base + AT.get(item, PATH))[1].findings
    assert {f.item for f in found} == {item}, [str(f) for f in found]
    assert {f.line for f in found} == {None}


def test_gzip_that_nobody_asked_for_is_found() -> None:
    """C11: it broke Outlook."""
    with serving(GOOD, "gzip for all") as server:
        found = lint_url(server.base + PATH)[1].findings
    assert [(f.item, f.severity) for f in found] == [("C11", "problem")]


@pytest.mark.parametrize("item", sorted(CHANGES))
def test_one_fault_between_two_copies_is_found(item: str) -> None:
    """What the later copy did to a subscriber of the earlier one."""
    assert [f.item for f in lint_against(GOOD, later(item), NOW)] == [item]


def test_a_change_done_right_has_no_finding() -> None:
    """LAST-MODIFIED and SEQUENCE rise with the new start, and what is long past may leave."""
    edits = [*CHANGES["C44"], ("SEQUENCE:0", "SEQUENCE:1")]
    body = GOOD.decode()
    for old, new in edits:
        body = body.replace(old, new, 1)
    assert lint_against(GOOD, body.encode(), NOW) == []
    assert lint_against(GOOD, later("C67"), NOW + timedelta(days=500)) == []
    assert lint_against(GOOD, GOOD, NOW) == []


def test_a_sequence_that_falls_is_a_problem() -> None:
    """C44: apps keep what they have."""
    before = GOOD.replace(b"SEQUENCE:0", b"SEQUENCE:4")
    found = lint_against(before, GOOD, NOW)
    assert {(f.item, f.severity) for f in found} == {("C44", "problem")}
    assert "fell from 4 to 0" in found[0].sentence


def test_every_item_can_be_broken_or_says_why_not() -> None:
    """C01 to C72, each once seen broken or explained; what shows only over time has a second look or a symptom."""
    seen = {*FAULTS, *SERVED, *CHANGES, "C18"}
    assert {*ELSEWHERE} & seen == set()
    assert {*ELSEWHERE} | seen == {f"C{number:02}" for number in range(1, 73)}
    assert {*OVER_TIME} <= seen
    assert {path.stem for path in BROKEN.glob("*.ics")} == {*FAULTS}
