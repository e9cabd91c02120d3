"""Markdown that staff write, as mail and pages may show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.prose import to_html, to_text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Lock *your* **door**.", "<p>Lock <em>your</em> <strong>door</strong>.</p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("## Now", "<h2>Now</h2>"),
        ("[us](https://www.example.org)", '<p><a href="https://www.example.org" rel="noopener">us</a></p>'),
        ("[call](tel:01632960000)", '<p><a href="tel:01632960000" rel="noopener">call</a></p>'),
    ],
)
def test_what_staff_type_becomes_html(text: str, html: str):
    """Emphasis, lists, headings, links."""
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://www.example.org/track.gif)",
        "<a href='https://www.example.org' onclick='alert(1)'>x</a>",
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_that_acts_survives(text: str):
    """Raw HTML is shown as typed; links of other kinds and images are dropped."""
    html = to_html(text)
    for word in ("<script", "<img", "<style", 'href="javascript', 'href="data', "<a href='"):
        assert word not in html
    assert "onclick" not in html or "&lt;a" in html


@given(st.text(alphabet=st.sampled_from("<>&\"'[]()*_#`!-\n abcjavscript:/="), max_size=120))
def test_whatever_is_typed_no_tag_but_ours_comes_out(text: str):
    """Never an exception either."""
    html = to_html(text)
    for word in ("<script", "<iframe", "<img", "<svg", 'href="javascript'):
        assert word not in html.lower()
    to_text(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Lock *your* **door**.", "Lock your door."),
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("one\ntwo", "one\ntwo"),
        ("[Our page](https://www.example.org)", "Our page (https://www.example.org)"),
        ("<https://www.example.org>", "https://www.example.org"),
        ("Tom & <b>Jerry</b>", "Tom & <b>Jerry</b>"),
        ("# Now\n\nCall 101.", "Now\n\nCall 101."),
        ("Call `101`.", "Call 101."),
    ],
)
def test_plain_text_keeps_the_words(text: str, plain: str):
    """Marks go, addresses are written out once."""
    assert to_text(text) == plain


def test_lists_keep_their_bullets():
    """One line each."""
    assert [line for line in to_text("- one\n- two").splitlines() if line] == ["- one", "- two"]


@pytest.mark.parametrize("text", ["    Ring 101 now", "```\nRing 101 now\n```", "> Ring 101 now"])
def test_no_words_are_lost_from_the_text_part(text: str):
    """Somebody indents a paragraph: it must not vanish from plain-text mail and SMS."""
    assert "Ring 101 now" in to_text(text)
    assert "Ring 101 now" in to_html(text)
