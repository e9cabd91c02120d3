"""Alerts as CAP 1.2, held against a schema written from the standard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engage.domain.alerts import Alert, Issue, PublicAlert, Severity
from engage.feeds.cap import cap, parts
from tests.feeds.samples import BASE, OFFICE

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("cap-1.2.xsd")))
NS = "{urn:oasis:names:tc:emergency:cap:1.2}"
WENT = datetime(2026, 11, 23, 12, 0, 0, 500, tzinfo=UTC)


def public(alert: dict[str, Any] | None = None, **more: Any) -> PublicAlert:
    """An alert issued at noon in November, which ends two days later."""
    usual = {"id": "sheds", "title": "Sheds broken into", "text": "Lock up.", "expires": WENT + timedelta(days=2)}
    given = {"version": 1, "issued_at": WENT, "withdrawn": False, **more}
    return PublicAlert(alert=Alert(**{**usual, **(alert or {})}), **given)


def message(found: PublicAlert, **more: Any) -> dict[str, list[str]]:
    """Every element's texts by name; the message must be valid."""
    root = etree.fromstring(cap(found, OFFICE, base_url=BASE, is_live=more.get("is_live", True)))
    SCHEMA.assertValid(root)
    told: dict[str, list[str]] = {}
    for element in root.iter():
        told.setdefault(element.tag.removeprefix(NS), []).append((element.text or "").strip())
    return told


def test_the_schema_refuses_what_cap_forbids() -> None:
    """Else nothing here would prove anything: a Z, an order turned round, a word that CAP does not know."""
    body = cap(public(), OFFICE, base_url=BASE, is_live=True).decode()
    assert SCHEMA.validate(etree.fromstring(body.encode()))
    for right, wrong in (
        ("-00:00</sent>", "Z</sent>"),
        ("<status>Actual", "<status>Real"),
        ("<scope>Public</scope>\n", ""),
        ("<urgency>", "<web>x</web><urgency>"),
        ("<identifier>", "<identifier>a, "),
    ):
        assert right in body
        assert not SCHEMA.validate(etree.fromstring(body.replace(right, wrong, 1).encode())), wrong


def test_an_alert_says_what_staff_said_and_no_more() -> None:
    """Names, texts, moments and the page; nobody knows how certain it is, and areas have no outline."""
    told = message(public({"areas": ("hemlington", "hartlepool"), "topics": ("burglary",), "audience": ("business",)}))
    assert told["identifier"] == ["sheds.1@pcc.example.org"]
    assert told["sender"] == ["pcc.example.org"]
    assert told["msgType"] == ["Alert"]
    assert told["language"] == ["en-GB"]
    assert told["event"] == ["Burglary, theft; and home security"]
    assert told["certainty"] == ["Unknown"]
    assert told["audience"] == ["business"]
    assert told["senderName"] == [OFFICE.name]
    assert told["headline"] == ["Sheds broken into"]
    assert told["description"] == ["Lock up."]
    assert told["web"] == [f"{BASE}/alerts/sheds"]
    assert told["contact"] == ["Cleveland PCC, pcc@example.org, 01632 960000"]
    assert told["areaDesc"] == ["Hemlington", "Hartlepool"]
    assert {"instruction", "onset", "references", "polygon", "circle", "note"}.isdisjoint(told)


def test_without_areas_it_is_for_the_whole() -> None:
    """CAP wants an area in words."""
    assert message(public())["areaDesc"] == ["Cleveland"]


def test_a_rehearsal_is_an_exercise() -> None:
    """Nobody downstream may take it for real; the note says so to people."""
    told = message(public(), is_live=False)
    assert told["status"] == ["Exercise"]
    assert "rehearsal" in told["note"][0]
    assert message(public())["status"] == ["Actual"]


@pytest.mark.parametrize(
    ("severity", "word", "urgency"),
    [
        (Severity.URGENT, "Severe", "Immediate"),
        (Severity.WARNING, "Moderate", "Expected"),
        (Severity.ADVICE, "Minor", "Unknown"),
    ],
)
def test_severity_in_the_words_of_cap(severity: Severity, word: str, urgency: str) -> None:
    """DESIGN section 6; what begins later is no longer urgent now, what was withdrawn asks for nothing."""
    told = message(public({"severity": severity}))
    assert (told["severity"], told["urgency"]) == ([word], [urgency])
    assert message(public({"severity": severity, "starts": WENT + timedelta(hours=5)}))["urgency"] == ["Future"]
    assert message(public({"severity": severity}, withdrawn=True, version=2))["urgency"] == ["Past"]


def test_moments_carry_the_offset_of_the_office() -> None:
    """Summer is +01:00; an offset of nothing is written -00:00, never Z nor fractions of a second."""
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    told = message(public({"starts": summer, "expires": summer + timedelta(hours=3)}))
    assert told["sent"] == told["effective"] == ["2026-11-23T12:00:00-00:00"]
    assert told["onset"] == ["2026-07-01T13:00:00+01:00"]
    assert told["expires"] == ["2026-07-01T16:00:00+01:00"]
    assert message(public({"send_at": WENT + timedelta(hours=6)}))["effective"] == ["2026-11-23T18:00:00-00:00"]


def test_a_correction_and_a_withdrawal_name_every_message_before() -> None:
    """Update and Cancel: exactly the identifiers and moments that those messages had."""
    first = message(public())
    fixed_at = WENT + timedelta(hours=1)
    fixed = message(public(version=2, issued_at=fixed_at, before=(Issue(1, WENT),)))
    assert fixed["msgType"] == ["Update"]
    assert fixed["references"] == [",".join(first[name][0] for name in ("sender", "identifier", "sent"))]
    before = (Issue(1, WENT), Issue(2, fixed_at))
    gone = message(public(version=3, issued_at=WENT + timedelta(hours=2), before=before, withdrawn=True))
    assert gone["msgType"] == ["Cancel"]
    assert gone["references"] == [
        " ".join(",".join(told[name][0] for name in ("sender", "identifier", "sent")) for told in (first, fixed))
    ]
    assert gone["headline"] == ["Withdrawn: Sheds broken into"]


@pytest.mark.parametrize(
    "text",
    [
        "Two sheds.\n\n## What to do\n\n- Lock up\n- Call 101\n\n## More\n\nThanks.",
        "Two sheds.\n\n**What you can do**\n\n- Lock up\n- Call 101\n\n**More**\n\nThanks.",
        "Two sheds.\n\nWhat to do now:\n\n- Lock up\n- Call 101\n\n# More\n\nThanks.",
        "Two sheds.\n\n### WHAT WE ASK YOU TO DO this week\n- Lock up\n- Call 101\n\n## More\n\nThanks.",
    ],
)
def test_what_to_do_is_the_instruction(text: str) -> None:
    """As a heading, in bold or as a line of its own; what follows under another heading is description again."""
    told = message(public({"text": text}))
    assert told["instruction"] == ["- Lock up\n\n- Call 101"]
    assert told["description"] == ["Two sheds.\n\nMore\n\nThanks."]


def test_what_to_do_may_go_on_in_its_own_line() -> None:
    """And a sentence that only begins so is none."""
    assert parts("Two sheds.\n\n**What to do:** lock up.") == ("Two sheds.", "lock up.")
    assert parts("What to do: lock up.") == ("", "lock up.")
    assert parts("What to do about it is unclear.") == ("What to do about it is unclear.", "")


def test_hostile_texts_stay_texts() -> None:
    """B16 to B18, S24: markup is escaped, control characters go, the message stays valid."""
    nasty = "<script>&amp;]]>\x00\x0b\ud800\uffff\u202e {{7*7}} \"'"
    told = message(public({"title": nasty, "text": nasty, "topics": ("<x>&",), "areas": ("<&,",)}))
    assert told["headline"][0].startswith("<script>&amp;]]>")
    assert "{{7*7}}" in told["headline"][0]
    assert not {"\x00", "\x0b", "\u202e"} & set("".join(map("".join, told.values())))


@given(st.text(), st.text())
def test_any_text_yields_a_valid_message(title: str, text: str) -> None:
    """Staff may paste what they like."""
    message(public({"title": title, "text": text}))


def test_looking_for_what_to_do_takes_no_time() -> None:
    """S52: 100,000 characters made to confuse the search."""
    for text in ("what to do " * 9_000, "**" * 50_000, "#" * 100_000, "**what to do" * 8_000, "what to do:" * 9_000):
        began = perf_counter()
        parts(text[:100_000])
        assert perf_counter() - began < 2.0


def test_equal_input_gives_equal_bytes() -> None:
    """No clock, no chance."""
    one, other = public(), replace(public())
    assert cap(one, OFFICE, base_url=BASE, is_live=True) == cap(other, OFFICE, base_url=f"{BASE}/", is_live=True)
