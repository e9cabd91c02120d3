"""A real Chromium before the running sample office. Without one nothing here runs, and the summary says so loudly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import verdicts
from tests.browser.living import SANDBOX, UNSEEN, Living, find_chromium, living
from tests.conftest import EVERYTHING


def _have(there: object, otherwise: str) -> None:
    """With ALL=1 what is missing is a failure: .ci/run must not pass without having looked."""
    if there:
        return
    if EVERYTHING:
        pytest.fail(otherwise)
    pytest.skip(otherwise)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser, gone before the next file: Playwright keeps an event loop running, which others start themselves."""
    path = find_chromium()
    _have(path, UNSEEN)
    _have(verdicts.are_here(), verdicts.LACKING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SANDBOX)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """The sample office; a test leaves it as it was but for people of its own."""
    folder: Path = tmp_path_factory.mktemp("living")
    with living(folder) as found:
        yield found
