"""`engage feed lint` as a person or a script runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.feeds.lint.faults import BROKEN, GOOD
from tests.feeds.lint.server import PATH, serving

ROOT = Path(__file__).resolve().parents[3]


def lint(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engage", "feed", "lint", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.ics"
    path.write_bytes(GOOD)
    return path


def test_a_clean_file_says_so_and_exits_0(good: Path) -> None:
    """One line: how much was looked at."""
    done = lint(good)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"No problems: 5 entries, {len(GOOD):,} bytes\n", "")


def test_a_problem_is_a_line_and_exits_1() -> None:
    """`line N  C45  problem: sentence`, and the count at the end."""
    done = lint(BROKEN / "C45.ics")
    assert done.returncode == 1
    first, last = done.stdout.splitlines()
    assert first == "line 39   C45  problem: DTEND must be later than DTSTART."
    assert last == f"1 problem: 5 entries, {len(GOOD):,} bytes"


def test_warnings_alone_exit_0() -> None:
    """They are counted beside the problems that are none."""
    done = lint(BROKEN / "C56.ics")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("No problems, 1 warning: 5 entries, ")


def test_json_is_one_document(good: Path) -> None:
    """And nothing else on stdout."""
    done = lint(BROKEN / "C51.ics", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert {name: told[name] for name in ("source", "bytes", "entries")} == {
        "source": str(BROKEN / "C51.ics"),
        "bytes": len(GOOD),
        "entries": 5,
    }
    (finding,) = told["findings"]
    assert [*finding] == ["item", "severity", "line", "sentence"]
    assert (finding["item"], finding["severity"], finding["line"]) == ("C51", "problem", 43)
    assert json.loads(lint(good, "--json").stdout)["findings"] == []


def test_a_url_is_visited(tmp_path: Path) -> None:
    """Its answers are judged beside its bytes; proxies of the environment are not asked for this machine's own."""
    with serving(GOOD, "C10") as server:
        done = lint(server.base + PATH, NO_PROXY="127.0.0.1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("feed      C10  warning: Cache-Control says no-store")


def test_an_earlier_copy_is_compared(good: Path) -> None:
    """--against tells what one copy cannot."""
    later = good.with_name("later.ics")
    later.write_bytes(GOOD.replace(b"SUMMARY:Policing in", b"SUMMARY:Parking in", 1))
    done = lint(later, "--against", good)
    assert done.returncode == 1
    assert "C43  problem" in done.stdout
    assert lint(good, "--against", good).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "Missing argument"),
        (("a.ics", "--colour"), 2, "No such option"),
        (("no-such-file.ics",), 3, "no-such-file.ics cannot be read: No such file or directory."),
        (("http://127.0.0.1:1/a.ics",), 3, "127.0.0.1 could not be asked"),
        (("ftp://www.example.org/a.ics",), 3, "begins with http://"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(arguments: tuple[str, ...], code: int, sentence: str) -> None:
    """2 for wrong usage, 3 for what cannot be had; never a traceback."""
    done = lint(*arguments, NO_PROXY="127.0.0.1")
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_http_client_is_loaded_for_urls_only(good: Path) -> None:
    """Linting a file and `engage --help` start without it."""
    code = (
        "import sys; sys.argv = ['engage', 'feed', 'lint', sys.argv[1]]\n"
        "from engage.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('httpx2', 'asyncio', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(good)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
