"""Whether time tells who subscribes: forms sent for people we know and for strangers, turn by turn (SECURITY B54, S15)."""

from __future__ import annotations

import http.client
import random
import re
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode, urlsplit

from tests.bench.size import scaled
from tests.bench.table import Benchmark, Row, at_most, percentile
from tests.bench.town import AREA, PEOPLE, Town, town

TRIES, APART = scaled(400), 20  # of each sort; milliseconds between their 95th percentiles
CHOICES = {"area": AREA, "kinds": "meetings", "audience": "resident", "frequency": "immediate"}


def run() -> Iterator[Row]:
    with town(scaled(PEOPLE)) as here:
        forms = {
            "sign-up": ("/subscribe", {**CHOICES, "token": _token(here, "/subscribe")}),
            "asking for the link to one's choices": ("/preferences", {}),
            "following a concern": _concern(here),
        }
        for number, (what, (path, form)) in enumerate(forms.items()):
            took = _tried(here, path, form, start=number * TRIES)
            strangers, known = (percentile(took[sort], 0.95) for sort in ("new", "person"))
            apart = abs(strangers - known)
            beside = f"{known:.1f} ms known, {strangers:.1f} not"
            yield at_most(f"{what}: p95 of {TRIES} each, apart by", [apart], "ms", APART, beside)


def _tried(here: Town, path: str, form: Mapping[str, str], *, start: int) -> dict[str, list[float]]:
    """Milliseconds of each answer; each from a network and for a mailbox of its own, or limits would answer."""
    took: dict[str, list[float]] = {"new": [], "person": []}
    connection = http.client.HTTPConnection(urlsplit(here.base).netloc, timeout=60)
    for n in range(start, start + TRIES):
        for sort in random.sample(sorted(took), 2):
            network = f"198.{18 + (sort == 'new')}.{n // 256}.{n % 256}"
            headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": network}
            body = urlencode({**form, "email": f"{sort}{n}@example.org"})
            began = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            took[sort].append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return took


def _concern(here: Town) -> tuple[str, dict[str, str]]:
    found = re.search(r"/meetings/[\w-]+/concerns/[\w-]+", here.system.fetch("/said-and-done?state=open")[1].decode())
    assert found
    return found[0], {"token": _token(here, found[0])}


def _token(here: Town, path: str) -> str:
    """Of a form that has been open for as long as a person needs."""
    found = re.search(r'name="token"\s+value="([^"]+)"', here.system.fetch(path)[1].decode())
    assert found
    time.sleep(3)
    return found[1]


BENCHMARK = Benchmark(name="enumeration", run=run)
