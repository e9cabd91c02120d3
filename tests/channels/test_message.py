"""Mail as bytes: what is filled in can never become structure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.channels.message import LONGEST_LINE, Headings, build
from engage.domain.slots import token
from engage.rendering import Templates
from engage.sample_facts import SAMPLES

HEADINGS = Headings(
    from_name="Sampleshire PCC",
    from_address="pcc@example.org",
    date=datetime(2026, 12, 3, 18, 30, tzinfo=UTC),
    boundary="notice-1-2",
    list_id="alerts.example.org",
)
VALUES = {
    "to": "ada@example.org",
    "message_id": "<1.2@example.org>",
    "unsubscribe_url": "https://engage.example.org/unsubscribe/" + "a" * 200,
    "manage_url": "https://engage.example.org/preferences",
    "why": "You get this because you follow Burglary in Sampleton.",
    "action_url": "https://engage.example.org/confirm/b",
    "code": "123456",
}
BODY_SLOTS = ("why", "manage_url", "action_url")
HOSTILE = (
    "\r\n.\r\n", "\r\n\r\n--=_engage_notice-1-2--\r\n", "=?utf-8?q?x?=", "=0D=0A", ".", "..\n", "From here", " \t", "=",
    "<script>", "&amp;", '"onclick="', "\x00", "\u2028", "\r", "é", "\U0001f600", "x" * 80, token("why"),
)  # fmt: skip
hostile = st.lists(
    st.sampled_from(HOSTILE) | st.text(alphabet=st.characters(codec="utf-8"), max_size=6), max_size=6
).map("".join)
words = st.text(alphabet=st.sampled_from("ab é=.<&\n \t"), max_size=90)


def parsed(content):
    message = message_from_bytes(content, policy=default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return message, text.get_content(), html.get_content()


@given(pieces=st.lists(words, min_size=3, max_size=3), first=hostile, second=hostile)
@settings(max_examples=300, deadline=None)
def test_whatever_fills_a_text_slot_is_read_back_exactly(pieces, first, second):
    """At every offset, with every neighbour: quoted-printable carries the value and nothing else (SECURITY S26, S27)."""
    values = {**VALUES, "why": first, "manage_url": second}
    template = f"{pieces[0]}{token('why')}{pieces[1]}{token('manage_url')}{token('why')}{pieces[2]}"
    skeleton = build("Subject", template, "<p>x</p>", HEADINGS)
    content = skeleton.fill(values)
    message, _, _ = parsed(content)
    given_text = template.replace("\n", "\r\n")
    pattern = {token("why"): first, token("manage_url"): second}
    intended = re.sub("|".join(pattern), lambda found: pattern[found[0]], given_text)
    assert message.get_body(("plain",)).get_payload(decode=True).decode() == intended
    assert message.keys() == INTENDED
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", content)
    assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    body = content.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76


@given(value=hostile)
@settings(max_examples=200, deadline=None)
def test_whatever_fills_an_html_slot_is_text(value):
    """In an element and in an attribute alike: unescaped once, it is the value."""
    page = f'<p id="a">{token("why")}</p><p><a href="{token("manage_url")}">x</a></p>'
    skeleton = build("Subject", "x", page, HEADINGS)
    content = skeleton.fill({**VALUES, "why": value, "manage_url": value})
    html = message_from_bytes(content, policy=default).get_body(("html",)).get_payload(decode=True).decode()
    escaped = re.search(r'<p id="a">(.*?)</p>', html, re.DOTALL)[1]
    attribute = re.search(r'href="([^"]*)"', html, re.DOTALL)[1]
    assert unescape(escaped) == unescape(attribute) == value
    assert not set(escaped) & set("<>\"'")


def unescape(text):
    """Exactly what `html.escape` did, undone: html.unescape knows more names than it writes."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


INTENDED = [
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted",
    "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type",
]  # fmt: skip


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_notice_of_ours_makes_a_mail(kind):
    """Text part, HTML part, both with what the person needs, no slot left, and one person in `To` (S28)."""
    templates = Templates()
    facts = SAMPLES[kind]
    parts = [templates.render_notice(kind, part, **facts) for part in ("subject.txt", "long.txt", "long.html")]
    skeleton = build(*parts, HEADINGS)
    content = skeleton.fill(VALUES)
    message, text, html = parsed(content)
    assert message["Subject"] == parts[0]
    assert [address.addr_spec for address in message["To"].addresses] == [VALUES["to"]]
    assert text.replace("\r\n", "\n") == re.sub(r"ENGAGESLOT(\w+?)X", lambda m: slot_value(m[1]), parts[1])
    assert b"ENGAGESLOT" not in content
    assert "prefers-color-scheme: dark" in html
    assert 'style="' in html


def slot_value(squeezed):
    return next(value for name, value in VALUES.items() if name.replace("_", "") == squeezed)


@pytest.mark.parametrize("length", range(70, 80))
@pytest.mark.parametrize("before", ["", "x" * 75, "x" * 76, "x" * 77])
def test_a_line_holds_at_most_76_characters_with_its_soft_break(length, before):
    """The encoder alone writes 77 where a value ends at the margin (RFC 2045 6.7)."""
    content = build("Subject", f"{before}{token('why')}x", "<p>x</p>", HEADINGS).fill({**VALUES, "why": "y" * length})
    assert max(map(len, content.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert parsed(content)[1] == f"{before}{'y' * length}x"


def test_list_unsubscribe_is_the_intended_url_byte_for_byte():
    """Neither folded nor encoded, or Gmail and Outlook lose the one-click button (RFC 8058)."""
    content = build("Subject", "x", "<p>x</p>", HEADINGS).fill(VALUES)
    assert b"\r\nList-Unsubscribe: <%s>\r\n" % VALUES["unsubscribe_url"].encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_service_mail_carries_all_but_the_list_headers():
    """Nobody can unsubscribe from the link they asked for."""
    service = Headings(from_name="A", from_address="pcc@example.org", date=HEADINGS.date, boundary="b")
    skeleton = build("Subject", "x", "<p>x</p>", service)
    message, _, _ = parsed(skeleton.fill(VALUES))
    assert message.keys() == [name for name in INTENDED if not name.startswith("List-")]
    assert skeleton.needs == {"to", "message_id"}


@pytest.mark.parametrize("name", ["to", "message_id", "unsubscribe_url"])
@pytest.mark.parametrize(
    "value",
    ["", "a@b", "ada@example.org\r\nBcc: ben@example.org", "ada@example.org, ben@example.org", "é@example.org",
     "=?utf-8?q?Hi=0d=0aBcc:_x@y?=@example.org", "https://example.org/=?x", "https://example.org/\n", "<a@b>\x00",
     "https://example.org/ x", "https://example.org/>,<mailto:x@example.org", "<1@example.org> x", "javascript:1",
     "https://example.org/" + "a" * 1000],
)  # fmt: skip
def test_a_value_that_could_change_a_header_is_refused(name, value):
    """CR, LF, controls, encoded words, a second recipient: ValueError, and nothing is sent (CVE-2024-6923)."""
    with pytest.raises(ValueError, match="may not stand in a mail header"):
        build("Subject", "x", "<p>x</p>", HEADINGS).fill({**VALUES, name: value})


@pytest.mark.parametrize(
    "subject",
    [
        "Plain words",
        "=?utf-8?q?Hi=0d=0aBcc:_x@y?=",
        "Ünïcode ☂ " * 12,
        "日本語" * 30,
        "a =?b? c",
        'quotes " and \\ too',
        "",
    ],
)
def test_a_subject_is_read_as_it_was_written(subject):
    """Encoded words only where needed, whole characters in each, and what looks encoded is not decoded by anybody."""
    message, _, _ = parsed(build(subject, "x", "<p>x</p>", HEADINGS).fill(VALUES))
    assert message["Subject"] == " ".join(subject.split())
    assert message.keys() == INTENDED


@given(subject=hostile, name=hostile)
@settings(max_examples=100, deadline=None)
def test_no_subject_and_no_name_adds_a_header(subject, name):
    """Any Unicode in a title or an office's name leaves the header names as intended."""
    if "ENGAGESLOT" in subject:
        return
    headings = Headings(from_name=name, from_address="pcc@example.org", date=HEADINGS.date, boundary="b", list_id="a.b")
    message = message_from_bytes(build(subject, "x", "<p>x</p>", headings).fill(VALUES))
    assert message.keys() == INTENDED


def test_a_subject_is_cut_at_two_hundred_characters():
    """With an ellipsis, so that nobody thinks it ends there (B16)."""
    message, _, _ = parsed(build("x" * 10_000, "x", "<p>x</p>", HEADINGS).fill(VALUES))
    assert message["Subject"] == "x" * 199 + "…"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"boundary": "a b"}, "boundary"),
        ({"boundary": ""}, "boundary"),
        ({"from_address": "a@b, c@d"}, "ENGAGE_MAIL_FROM"),
        ({"list_id": "a>\r\nBcc: b"}, "list id"),
    ],
)
def test_headings_that_could_change_a_header_are_refused(changed, words):
    """What is the same for everybody is checked once, when the mail is built."""
    with pytest.raises(ValueError, match=words):
        build("Subject", "x", "<p>x</p>", Headings(**{**vars(HEADINGS), **changed}))


def test_a_slot_in_a_subject_is_refused():
    """A subject is the same for everybody."""
    with pytest.raises(ValueError, match="no slots"):
        build(token("why"), "x", "<p>x</p>", HEADINGS)


def test_the_same_notice_gives_the_same_bytes():
    """A retry is identical, its Message-ID and boundary included."""
    built = [build("Subject", token("why"), "<p>x</p>", HEADINGS).fill(VALUES) for _ in range(2)]
    assert built[0] == built[1]


def test_a_missing_value_is_an_error_and_not_a_blank():
    """Nobody gets a mail without a way out of it."""
    given_values = {name: value for name, value in VALUES.items() if name != "manage_url"}
    with pytest.raises(KeyError, match="manage_url"):
        build("Subject", token("manage_url"), "<p>x</p>", HEADINGS).fill(given_values)


def test_no_stylesheet_is_fetched():
    """A link to a stylesheet stays as it is; composing a mail opens no connection."""
    page = '<html><head><link rel="stylesheet" href="http://127.0.0.1:9/x.css"></head><body><p>x</p></body></html>'
    content = build("Subject", "x", page, HEADINGS).fill(VALUES)
    assert "<p>x</p>" in parsed(content)[2]
