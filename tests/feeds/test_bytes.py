"""The physical lines of a feed: what no consumer complains about and every client depends on."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.feeds.folding import fold
from tests.feeds.samples import GOLDEN, OFFICE, golden, item, meeting, programme, published, unfolded, value, vevent

HOSTILE = "a\r\nBEGIN:VALARM\rX\x00\x07\x1b\x7f\x85\u2028;,\\n\\N \N{TEACUP WITHOUT HANDLE} ŵŷ\t\ufeff"


def test_the_golden_files_are_what_is_written() -> None:
    """`python -m tests.feeds.samples` rewrites them; a difference here is a difference in every reader's calendar."""
    made = golden()
    assert sorted(path.name for path in GOLDEN.glob("*.ics")) == sorted(made)
    for name, body in made.items():
        assert (GOLDEN / name).read_bytes() == body, name


@pytest.mark.parametrize("name", sorted(golden()))
def test_bytes_are_utf8_without_a_mark_and_end_in_crlf(name: str) -> None:
    """C03, C04: no byte-order mark, no bare CR or LF, a CRLF after the last line too."""
    body = golden()[name]
    assert body.decode("utf-8", "strict")[0] == "B"
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", body)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_no_line_is_over_75_octets_and_none_cuts_a_character_or_an_escape(text: str) -> None:
    r"""C05: each physical line decodes by itself, and an even number of backslashes ends it."""
    line = "NOTE:" + text.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\n").replace(",", r"\,")
    folded = fold(line.encode())
    assert folded.replace(b"\r\n ", b"").decode() == line + "\r\n"
    parts = folded.removesuffix(b"\r\n").split(b"\r\n ")
    for number, part in enumerate(parts):
        part.decode()
        assert len(part) <= (74 if number else 75)
        assert (len(part) - len(part.rstrip(b"\\"))) % 2 == 0


def test_folding_uses_the_whole_line() -> None:
    """C05: exactly 75 octets are not folded, 76 are."""
    assert fold(b"x" * 75) == b"x" * 75 + b"\r\n"
    assert fold(b"x" * 76) == b"x" * 75 + b"\r\n x\r\n"
    assert fold(b"\\" * 150) == b"\\" * 74 + b"\r\n " + b"\\" * 74 + b"\r\n \\\\\r\n"


def test_data_cannot_bring_control_characters_or_lines_of_its_own() -> None:
    """C06, C68: in any text, link or parameter; readers written in Python break lines at more than CR and LF."""
    venue = replace(OFFICE.venues[0], name=HOSTILE, address=HOSTILE)
    office = replace(
        OFFICE,
        venues=(venue,),
        short_name=HOSTILE,
        topics=tuple(replace(topic, name=HOSTILE) for topic in OFFICE.topics),
    )
    link = "https://meet.example.org/a b\r\nX:\x07ŵ"
    entry = meeting(
        title=HOSTILE, note=HOSTILE, contact=HOSTILE, online=link, minutes=link, url=link, attending=(HOSTILE,)
    )
    for variant in ("", "plain", "rich"):
        lines = vevent(entry, office=office, variant=variant)
        assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", "".join(lines))
        assert [line for line in lines if line.startswith(("X", "BEGIN:VALARM"))] == []
    assert value(lines, "CONFERENCE").endswith("https://meet.example.org/a%20b%20X:%C5%B5")


def test_a_backslash_before_a_capital_n_stays() -> None:
    r"""C49: icalendar's own escaping would turn C:\News into two lines."""
    assert value(vevent(meeting(title=r"C:\News; a, b")), "SUMMARY") == r"C:\\News\; a\, b"


def test_the_same_data_gives_the_same_bytes_in_another_process() -> None:
    """C09, C66: whatever the hash seed, the host's time zone and its locale."""
    code = (
        "import hashlib; from tests.feeds.samples import golden; "
        "print(hashlib.sha256(b''.join(golden().values())).hexdigest())"
    )
    other = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "cy_GB.UTF-8", "PATH": os.environ["PATH"]}
    root = GOLDEN.parents[2]
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=other, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert told == hashlib.sha256(b"".join(golden().values())).hexdigest()


def test_the_order_of_the_items_does_not_matter() -> None:
    """C66: by DTSTART, then UID."""
    items = [item(entry, **given) for entry, given in programme()]
    assert published(*items, path="all") == published(*reversed(items), path="all")
    found = re.findall(rb"^UID:(.+)@", published(*items, path="all"), re.MULTILINE)
    assert found == [
        b"redcar-2026-10-06",
        b"white-ribbon-2026",
        b"hemlington-winter-2026",
        b"brotton-2027-01-14",
        b"eston-2027-06-08",
    ]


def test_no_property_stands_where_it_must_not() -> None:
    """C22, C23, C29, C57, C58, C65: no METHOD, no calendar UID, no ATTENDEE, no alarm, no recurrence in entries."""
    for body in golden().values():
        lines = unfolded(body)
        names = {re.split("[:;]", line)[0] for line in lines}
        assert not names & {"METHOD", "ATTENDEE", "ORGANIZER", "RECURRENCE-ID", "EXDATE", "RDATE", "DURATION"}
        assert "BEGIN:VALARM" not in lines
        head = lines[: lines.index("BEGIN:VTIMEZONE")]
        assert not [line for line in head if line.startswith("UID")]
        entries = lines[lines.index("END:VTIMEZONE") :]
        assert not [line for line in entries if line.startswith("RRULE")]
