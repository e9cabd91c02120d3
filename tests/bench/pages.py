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
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from tests.bench.polls import needs_of, serving_nginx
from tests.bench.size import scaled
from tests.bench.table import Benchmark, Row, at_most, known
from tests.bench.town import PEOPLE, Town, town

CONNECTIONS, SECONDS, RUNS = 32, 3, 3
DISTINCT = 4000  # addresses, twice as many as the website keeps
EVENING = 5000  # requests, over and over
MOST, HEAVY = 50, 100_000  # milliseconds at the 95th percentile, bytes without pictures
SCRIPT = """\
local asked, at = {asked}, 0
request = function()
  at = at % #asked + 1
  return wrk.format(asked[at][1], asked[at][2], asked[at][3], asked[at][4])
end
done = function(summary, latency)
  io.write(string.format("\\nfound %d %d %d %d %d\\n", latency:percentile(50), latency:percentile(95),
    summary.requests, summary.duration, summary.errors.status + summary.errors.connect + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Asked:
    """One request to be sent."""

    path: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None

    def in_lua(self) -> str:
        method, body = ("GET", "nil") if self.form is None else ("POST", json.dumps(urlencode(self.form)))
        sent = {
            "Accept-Encoding": "gzip",
            **(self.headers or {}),
            **({"Content-Type": "application/x-www-form-urlencoded"} if self.form else {}),
        }
        said = ", ".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in sent.items())
        return f"{{{json.dumps(method)}, {json.dumps(self.path)}, {{{said}}}, {body}}}"


@dataclass(frozen=True)
class Speed:
    """Milliseconds at two percentiles, and answers a second."""

    p50: float
    p95: float
    rate: float


def run() -> Iterator[Row]:
    with town(scaled(PEOPLE)) as here:
        body = _get(here.base, "/")
        ways = {f"{name}, {how}": asked for name, hows in _pages(here).items() for how, asked in hows.items()}
        folder = here.system.data
        with serving_nginx(folder, body, gzip.compress(body)) as nginx:
            limits = {nginx.url: [Asked(urlsplit(nginx.url).path)], here.base: [Asked("/healthz")]}
            for (base, asked), what in zip(
                limits.items(), ("nginx, the start page as a file", "/healthz"), strict=True
            ):
                yield known(f"{what}, p95", [_wrk(base, asked, folder).p95], "ms")
        for name, asked in {"an evening of residents": _evening(here), **ways}.items():
            speeds = [_wrk(here.base, asked, folder) for _ in range(RUNS)]
            beside = f"p50 {median(s.p50 for s in speeds):.1f} ms, {median(s.rate for s in speeds):,.0f}/s"
            yield at_most(f"{name}, p95", [speed.p95 for speed in speeds], "ms", MOST, beside)
        signed = _wrk(here.base, _signups(here), folder)
        yield known("sign-up by form, p95", [signed.p95], "ms", f"p50 {signed.p50:.1f} ms, {signed.rate:,.0f}/s")
        weights = {name: _weight(here.base, asked[0].path) for name, asked in ways.items()}
        heaviest = max(weights, key=lambda name: weights[name])
        yield at_most("heaviest page with its styles", [weights[heaviest]], "bytes", HEAVY, heaviest)


def _pages(here: Town) -> dict[str, dict[str, list[Asked]]]:
    """Each page kept warm, and one address after the other; a page that takes no question has strangers' ones."""
    areas, topics = [area.id for area in here.office.areas], _topics(here)
    today = date.today()
    days = [str(today + timedelta(n)) for n in range(200)]
    months = [f"{today.year + (today.month + n) // 12}-{(today.month + n) % 12 + 1:02}" for n in range(20)]
    pages = [str(number) for number in range(1, 20)]
    tail = [str(number) for number in range(DISTINCT)]
    return {
        "start page": {"warm": [Asked("/")], "first asked": _each("/", {"from": days, "topic": ["", *topics]})},
        "meetings of an area": {
            "warm": [Asked("/?area=hartlepool")],
            "first asked": _each("/", {"from": days, "area": areas}),
        },
        "month": {
            "warm": [Asked("/?view=month")],
            "first asked": _each("/", {"month": months, "area": areas, "topic": topics, "view": ["month"]}),
        },
        "meeting": {
            "warm": [Asked(f"/meetings/{here.coming[0]}")],
            "first asked": [Asked(f"/meetings/{one}") for one in (*here.coming, *here.held)],
        },
        "milestones": {"warm": [Asked("/milestones")], "from links": _each("/milestones", {"utm_source": tail})},
        "sign-up form": {
            "warm": [Asked("/subscribe")],
            "first asked": _each("/subscribe", {"area": areas, "topics": topics, "lang": ["", "en"]}),
        },
        "feeds": {"warm": [Asked("/feeds")], "first asked": _each("/feeds", {"area": areas, "topics": topics})},
        "alerts": {"warm": [Asked("/alerts")], "from links": _each("/alerts", {"fbclid": tail})},
        "said and done": {
            "warm": [Asked("/said-and-done")],
            "first asked": _each("/said-and-done", {"page": pages, "area": areas, "topic": ["", *topics]}),
        },
    }


def _evening(here: Town) -> list[Asked]:
    """Meetings come up as they are near; areas and topics as people live and care, evenly."""
    chance, pages = random.Random(650), _pages(here)
    ways = [
        (30, pages["start page"]["warm"]),
        (15, _each("/", {"area": [area.id for area in here.office.areas], "topic": ["", *_topics(here)]})),
        (15, [Asked(f"/meetings/{one}") for one in here.coming[:40]]),
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


def _each(path: str, fields: Mapping[str, Sequence[str]]) -> list[Asked]:
    """Every combination, up to a number that no shelf holds."""
    chosen = itertools.islice(itertools.product(*fields.values()), DISTINCT)
    return [Asked(f"{path}?{urlencode({n: v for n, v in zip(fields, values, strict=True) if v})}") for values in chosen]


def _signups(here: Town) -> list[Asked]:
    """Somebody new from another network each time; the form has been open long enough."""
    found = re.search(rb'name="token"\s+value="([^"]+)"', _get(here.base, "/subscribe"))
    assert found
    time.sleep(3)
    usual = {"area": "hartlepool", "kinds": "meetings", "audience": "resident", "frequency": "immediate"}
    return [
        Asked(
            "/subscribe",
            {"email": f"new{n}@example.org", "token": found[1].decode(), **usual},
            {"X-Forwarded-For": f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}"},
        )
        for n in range(DISTINCT)
    ]


def _wrk(base: str, asked: Sequence[Asked], folder: Path) -> Speed:
    script = folder / "asked.lua"
    script.write_text(SCRIPT.replace("{asked}", "{" + ",\n".join(one.in_lua() for one in asked) + "}"))
    origin = base.rpartition("/")[0] if base.count("/") > 2 else base
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s", "-s", str(script), origin]
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
