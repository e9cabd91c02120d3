"""Logging: one shape to stderr, and a last net for what must never be in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from engage.log import configure, mask, where


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    """Logging belongs to the whole process."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    known = structlog.get_config()
    yield
    root.handlers[:], root.level, logging.raiseExceptions = before
    structlog.configure(**known)


@pytest.mark.parametrize(
    "private",
    [
        "ada@example.org",
        "a.d+x@mail.example.org",
        "ada@@example",
        "01632 960123",
        "+44 1632 960123",
        "07700900123",
        "/confirm/" + "aB3_-." * 8,
    ],
)
def test_addresses_numbers_and_tokens_are_masked(private: str):
    """Wherever they stand in a line; the words around them stay."""
    line = mask(None, "", {"event": f"gave up on {private}, sadly", "to": private})
    told = private.rpartition("/")[2]
    assert told not in line["event"] + line["to"]
    assert line["event"].startswith("gave up on ")
    assert line["event"].endswith(", sadly")


@pytest.mark.parametrize(
    "text",
    ["delivery sent", "reminder:hemlington-winter-2026:7 days@18:00", "/feeds/your-force-your-voice.ics", "2026-11-23", "12 of 13000"],
)  # fmt: skip
def test_ids_paths_and_dates_stay_readable(text: str):
    """Otherwise nobody could follow a delivery."""
    assert mask(None, "", {"event": text, "n": 13000}) == {"event": text, "n": 13000}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out, err = capsys.readouterr()
    assert out == "", "stdout is for results"
    return [json.loads(line) for line in err.splitlines()]


def test_a_line_is_one_json_object_with_its_fields(capsys: pytest.CaptureFixture[str]):
    """Libraries' warnings have the same shape as ours."""
    configure("json")
    structlog.get_logger("engage.test").info("delivery sent", delivery_id=7, channel="email")
    logging.getLogger("some.library").warning("it is %s", "late")
    ours, theirs = lines(capsys)
    assert (ours["event"], ours["delivery_id"], ours["level"]) == ("delivery sent", 7, "info")
    assert str(ours["timestamp"]).endswith("Z")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("it is late", "warning", "some.library")


def test_a_traceback_is_masked_too(capsys: pytest.CaptureFixture[str]):
    """Exceptions of libraries quote what they were given."""
    configure("json")
    try:
        raise ValueError("no such mailbox: ada@example.org")
    except ValueError:
        structlog.get_logger().exception("letter not sent")
    (line,) = lines(capsys)
    assert "ValueError" in str(line["exception"])
    assert "ada@example.org" not in json.dumps(line)


def test_where_it_went_wrong_is_told_without_the_words():
    """Each exception of a chain by its name and its lines, first causes first."""
    try:
        try:
            int("Ada of Mill Lane")
        except ValueError as error:
            raise KeyError("Ada") from error
    except KeyError as error:
        said = where(error)
    assert said.index("builtins.ValueError\n") < said.index("builtins.KeyError\n")
    assert 'int("Ada of Mill Lane")' in said, "the line as it stands in the file"
    assert "invalid literal" not in said


@pytest.mark.parametrize("library", ["alembic.runtime", "httpx2", "httpx", "of.the.future"])
def test_libraries_are_quiet_about_ordinary_work(capsys: pytest.CaptureFixture[str], library: str):
    """S33: an HTTP client tells whom it asked, and with the address of a browser's push service its secret."""
    configure("json")
    logging.getLogger(library).info("HTTP Request: POST https://push.example.org/p/k3y-of-ada")
    logging.getLogger("dramatiq.worker").warning("connection lost")
    assert [line["event"] for line in lines(capsys)] == ["connection lost"]


@pytest.mark.parametrize("ours", ["engage.work.alerts", "actors.relay", "__main__", "uvicorn.error"])
def test_what_we_say_of_ordinary_work_is_written(capsys: pytest.CaptureFixture[str], ours: str):
    """A process that runs as `python -m actors.relay` is called __main__."""
    configure("json")
    structlog.get_logger(ours).info("relay started")
    assert [line["logger"] for line in lines(capsys)] == [ours]


def test_on_a_console_a_line_is_for_people(capsys: pytest.CaptureFixture[str]):
    """Words and fields, no braces."""
    configure("console")
    structlog.get_logger("actors.relay").info("relay started", process="relay-1")
    _, err = capsys.readouterr()
    assert "relay started" in err
    assert "{" not in err


FORGED = "gone\n2026-11-23 [info] all is well\r\x1b[2J\x85\u2028\u202eend"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_text_begins_a_line_or_steers_a_terminal(capsys: pytest.CaptureFixture[str], log_format: str):
    """S35: whoever said it, in words or in a field, of ours or of a library; a traceback alone has lines of its own."""
    configure(log_format)
    structlog.get_logger("engage.test").info(FORGED, path=FORGED, short="\x1b[2J")
    logging.getLogger("some.library").warning("%s", FORGED)
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2
    assert said.count("all is well") == 3
    assert all(line.isprintable() for line in said.splitlines())
    configure(log_format)
    structlog.get_logger("engage.test").error("page failed", exception="one\ntwo\n")  # the console ends it with a line
    assert len(capsys.readouterr().err.splitlines()) == (1 if log_format == "json" else 4)
