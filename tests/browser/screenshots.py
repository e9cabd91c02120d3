"""`make screenshots`: the six main pages, on a phone and on a desktop, as PNG files to be looked at."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.living import ROOT, SANDBOX, UNSEEN, find_chromium, living

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"phone": {"width": 375, "height": 812}, "desktop": {"width": 1280, "height": 900}}
PAGES = {
    "meetings": "/",
    "meeting": "/meetings/{entry_id}",
    "calendars": "/feeds?area=hartlepool",
    "milestones": "/milestones",
    "alerts": "/alerts",
    "messages": "/subscribe",
}


def main() -> int:
    path = find_chromium()
    if path is None:
        print(UNSEEN, file=sys.stderr)
        return 3
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, living(Path(folder)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SANDBOX)
        for size, viewport in SIZES.items():
            page = browser.new_page(viewport=viewport, base_url=site.base)
            page.goto("/")
            entry_id = str(page.locator("main a[href^='/meetings/']").first.get_attribute("href")).rpartition("/")[2]
            for name, address in PAGES.items():
                page.goto(address.format(entry_id=entry_id), wait_until="networkidle")
                page.screenshot(path=FOLDER / f"{name}-{size}.png")
            page.close()
        browser.close()
    print(f"screenshots: {len(PAGES) * len(SIZES)} in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
