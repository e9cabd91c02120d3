"""Everything the website publishes, before the linter: the invented office, and the sample calendars of this project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engage.feeds.lint import lint_bytes, lint_url
from tests.conftest import EVERYTHING

SAMPLES = Path(__file__).resolve().parents[2] / "calendars"


def test_every_feed_of_the_sample_calendars_is_without_a_finding(empty, office):
    """Each path in each variant, as stored and served, warnings included; a fifth of them unless with `ALL=1`."""
    for path in office.folder.iterdir():
        path.unlink()
    for path in SAMPLES.glob("*.toml"):
        shutil.copy(path, office.folder)
    empty.publish()
    answers = [path for path in empty.site.snapshot.feeds.answers if path.endswith(".ics")]
    assert len(answers) > 100
    answers = answers if EVERYTHING else answers[::5]
    found = {path: [str(f) for f in lint_bytes(empty.get(path).content)] for path in answers}
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.parametrize("path", ["/feeds/all.ics", "/feeds/plain/all.ics", "/feeds/rich/village-talks.ics"])
def test_the_real_server_hands_feeds_out_without_a_finding(port, path):
    """C01 to C19 over a real socket: conditions, gzip, HEAD, robots.txt."""
    fetched, linted = lint_url(f"http://127.0.0.1:{port}{path}")
    assert fetched.body.startswith(b"BEGIN:VCALENDAR")
    assert [str(f) for f in linted.findings] == []
    assert linted.entries == 3
