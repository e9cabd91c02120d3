"""Pages as residents ask for them, each kept warm and everything asked for the first time, and their weight.

An evening is what residents do after a message: most open the same few pages, and each of them some that are their own.
The limit of the same run is nginx with the start page as a file, and `/healthz`, which is all that a request costs
before a page begins.
"""

from __future__ import annotations

import gzip
import http.client
import itertools
import json
import random
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.bench.polls import needs_of, serving_nginx
from tests.bench.size import scaled
from tests.bench.table import Benchmark, Row, at_most, known
from tests.bench.town import PEOPLE, Town, town

CONNECTIONS, SECONDS, RUNS, LONG = 32, 3, 3, 20
DISTINCT = 4000  # addresses, twice as many as the website keeps
EVENING = 5000  # requests, over and over
MOST, HEAVY = 50, 100_000  # milliseconds at the 95th percentile, bytes without pictures
SCRIPT = """\
local asked, at = {asked}, 0
wrk.headers["Accept-Encoding"] = "gzip"
request = function()
  at = at % #asked + 1
  return wrk.format("GET", asked[at])
end
done = function(summary, latency)
  io.write(string.format("\\nfound %d %d %d %d %d\\n", latency:percentile(50), latency:percentile(95),
    summary.requests, summary.duration, summary.errors.status + summary.errors.connect + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Speed:
    """Milliseconds at two percentiles, and answers a second."""

    p50: float
    p95: float
    rate: float

    @property
    def beside(self) -> str:
        return f"p50 {self.p50:.1f} ms, {self.rate:,.0f}/s"


def run() -> Iterator[Row]:
    with town(scaled(PEOPLE)) as here:
        body = _get(here.base, "/")
        ways = {f"{name}, {how}": asked for name, hows in _pages(here).items() for how, asked in hows.items()}
        folder = here.system.data
        with serving_nginx(folder, body, gzip.compress(body)) as nginx:
            limits = {nginx.url: [urlsplit(nginx.url).path], here.base: ["/healthz"]}
            names = ("nginx, the start page as a file", "/healthz")
            for (base, asked), what in zip(limits.items(), names, strict=True):
                limit = _wrk(base, asked, folder)
                yield known(f"{what}, p95", [limit.p95], "ms", limit.beside)
        evening = _wrk(here.base, _evening(here), folder, seconds=LONG)
        yield at_most(f"{LONG} s of an evening, nothing kept before, p95", [evening.p95], "ms", MOST, evening.beside)
        for name, asked in ways.items():
            speeds = sorted((_wrk(here.base, asked, folder) for _ in range(RUNS)), key=lambda speed: speed.p95)
            yield at_most(f"{name}, p95", [speed.p95 for speed in speeds], "ms", MOST, speeds[RUNS // 2].beside)
        weights = {name: _weight(here.base, asked[0]) for name, asked in ways.items()}
        heaviest = max(weights, key=lambda name: weights[name])
        yield at_most("heaviest page with its styles", [weights[heaviest]], "bytes", HEAVY, heaviest)


def _pages(here: Town) -> dict[str, dict[str, list[str]]]:
    """Each page kept warm, and one address after the other; a page that takes no question has strangers' ones."""
    areas, topics = [area.id for area in here.office.areas], _topics(here)
    today = date.today()
    days = [str(today + timedelta(n)) for n in range(200)]
    months = [f"{today.year + (today.month + n) // 12}-{(today.month + n) % 12 + 1:02}" for n in range(20)]
    pages = [str(number) for number in range(1, 20)]
    tail = [str(number) for number in range(DISTINCT)]
    return {
        "start page": {"warm": ["/"], "first asked": _each("/", {"from": days, "topic": ["", *topics]})},
        "meetings of an area": {
            "warm": ["/?area=hartlepool"],
            "first asked": _each("/", {"from": days, "area": areas}),
        },
        "month": {
            "warm": ["/?view=month"],
            "first asked": _each("/", {"month": months, "area": areas, "topic": topics, "view": ["month"]}),
        },
        "meeting": {
            "warm": [f"/meetings/{here.coming[0]}"],
            "first asked": [f"/meetings/{one}" for one in (*here.coming, *here.held)],
        },
        "milestones": {"warm": ["/milestones"], "from links": _each("/milestones", {"utm_source": tail})},
        "sign-up form": {
            "warm": ["/subscribe"],
            "first asked": _each("/subscribe", {"area": areas, "topics": topics, "lang": ["", "en"]}),
        },
        "feeds": {"warm": ["/feeds"], "first asked": _each("/feeds", {"area": areas, "topics": topics})},
        "alerts": {"warm": ["/alerts"], "from links": _each("/alerts", {"fbclid": tail})},
        "said and done": {
            "warm": ["/said-and-done"],
            "first asked": _each("/said-and-done", {"page": pages, "area": areas, "topic": ["", *topics]}),
        },
    }


def _evening(here: Town) -> list[str]:
    """Meetings come up as they are near; areas and topics as people live and care, evenly."""
    chance, pages = random.Random(650), _pages(here)
    ways = [
        (30, pages["start page"]["warm"]),
        (15, _each("/", {"area": [area.id for area in here.office.areas], "topic": ["", *_topics(here)]})),
        (15, [f"/meetings/{one}" for one in here.coming[:40]]),
        (10, pages["meeting"]["first asked"]),
        (8, pages["feeds"]["first asked"]),
        (7, pages["sign-up form"]["warm"]),
        (6, pages["alerts"]["warm"]),
        (5, pages["month"]["first asked"][:200]),
        (4, pages["milestones"]["warm"]),
    ]
    chosen = chance.choices([asked for _, asked in ways], weights=[weight for weight, _ in ways], k=EVENING)
    return [chance.choice(asked) for asked in chosen]


def _topics(here: Town) -> list[str]:
    return [topic.id for topic in here.office.topics]


def _each(path: str, fields: Mapping[str, Sequence[str]]) -> list[str]:
    """Every combination, up to a number that no shelf holds."""
    chosen = itertools.islice(itertools.product(*fields.values()), DISTINCT)
    return [f"{path}?{urlencode({n: v for n, v in zip(fields, values, strict=True) if v})}" for values in chosen]


def _wrk(base: str, asked: Sequence[str], folder: Path, seconds: int = SECONDS) -> Speed:
    script = folder / "asked.lua"
    script.write_text(SCRIPT.replace("{asked}", "{" + ",\n".join(map(json.dumps, asked)) + "}"))
    origin = base.rpartition("/")[0] if base.count("/") > 2 else base
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), origin]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"found (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if found is None or int(found[5]):
        raise RuntimeError(said)
    p50, p95, requests, took = (int(number) for number in found.groups()[:4])
    return Speed(p50 / 1000, p95 / 1000, requests / (took / 1_000_000))


def _weight(base: str, path: str) -> int:
    """Bytes of a page and of the style sheets it names, as if nothing were compressed."""
    html = _get(base, path)
    sheets = re.findall(rb'<link rel="stylesheet"\s+href="([^"]+)"', html)
    return len(html) + sum(len(_get(base, sheet.decode())) for sheet in sheets)


def _get(base: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return body


BENCHMARK = Benchmark(name="pages", run=run, needs=lambda: needs_of("nginx", "wrk"))
