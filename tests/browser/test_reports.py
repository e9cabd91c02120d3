"""Reports as pages: valid, legible on a phone, and without a barrier."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engage.work.reports.drafting import REPORTS, draft
from tests.browser import verdicts
from tests.browser.living import Living

pytestmark = pytest.mark.timeout(300)
PHONE = {"width": 375, "height": 720}
PERIODS = ((date(2018, 9, 1), date(2019, 2, 5)), (date(2025, 12, 1), date(2026, 11, 30)))


def test_reports_are_pages_that_everybody_can_read(chromium: Any, site: Living, tmp_path: Path):
    """Nothing is loaded from anywhere; no scrolling sideways but inside a table's own box."""
    pages = {
        f"{report} from {first}": draft(site.app, report, form="html", first=first, last=last).decode()
        for report in REPORTS
        for first, last in PERIODS
    }
    found = verdicts.mistakes(pages, tmp_path)
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, html in pages.items():
        page.set_content(html)
        found += [f"{name}: {one}" for one in verdicts.barriers(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name}: wider than a phone")
    context.close()
    assert (found, asked) == ([], [])
