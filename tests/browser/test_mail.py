"""E-mails as a phone shows them: text and HTML, light and dark, each small and legible."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from engage.channels.message import Headings, compose
from engage.domain import slots
from engage.rendering import OURS, Templates
from engage.sample_facts import SAMPLES
from tests.browser import verdicts

pytestmark = pytest.mark.timeout(300)
PHONE = {"width": 375, "height": 720}
HEAVY = 100_000  # bytes; Gmail cuts longer ones
VALUES = {
    **{name: f"https://engage.example.org/{name}" for name in slots.IN_TEMPLATES},
    "why": "You get this because you follow Burglary in Sampleton.",
    "code": "123456",
    "to": "ada@example.org",
    "message_id": "<1.2@example.org>",
}


def mail_of(kind: str) -> bytes:
    templates = Templates()
    headings = Headings(
        from_name="Sampleshire PCC",
        from_address="pcc@example.org",
        date=datetime(2026, 12, 3, 18, 30, tzinfo=UTC),
        boundary="notice-1-2",
        list_id="alerts.example.org",
    )
    return compose(lambda part: templates.render_notice(kind, part, **SAMPLES[kind]), headings).fill(VALUES)


def test_every_kind_of_mail_is_looked_at():
    """A new kind has sample facts, or this fails: what staff, approvers and complainants get included."""
    assert set(SAMPLES) == {path.name.partition(".")[0] for path in (OURS / "notices").iterdir()} - {"base"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mail_is_legible_on_a_phone(chromium: Any, scheme: str):
    """No scrolling sideways, no barrier, enough contrast in either scheme; under 100 kB."""
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme, java_script_enabled=True)
    page, found = context.new_page(), []
    for kind in SAMPLES:
        content = mail_of(kind)
        if len(content) > HEAVY:
            found.append(f"{kind}: {len(content):,} bytes")
        message = message_from_bytes(content, policy=default)
        html, text = message.get_body(("html",)), message.get_body(("plain",))
        page.set_content(html.get_content())
        found += [f"{kind}: {one}" for one in verdicts.barriers(page, verdicts.WCAG)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{kind}: the HTML is wider than a phone")
        page.set_content("<pre style='white-space: pre-wrap; overflow-wrap: anywhere'></pre>")
        page.evaluate("(text) => document.querySelector('pre').append(text)", text.get_content())
        assert page.inner_text("pre").strip(), kind
    context.close()
    assert found == []


def test_dark_mail_is_dark(chromium: Any):
    """The scheme is followed at all: otherwise the test above would look at light mail twice."""
    shades = {}
    for scheme in ("light", "dark"):
        context = chromium.new_context(viewport=PHONE, color_scheme=scheme)
        page = context.new_page()
        page.set_content(message_from_bytes(mail_of("alert"), policy=default).get_body(("html",)).get_content())
        shades[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
    assert shades["light"] != shades["dark"]
