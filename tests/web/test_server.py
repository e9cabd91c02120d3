"""The website over real sockets: limits of size and time, a clean stop, and how much it can take."""

from __future__ import annotations

import gc
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from engage.errors import NotNow
from engage.web import forms, protocol
from engage.web.server import listen

ROOT = Path(__file__).resolve().parents[2]
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /subscribe HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def talk(port, *parts: bytes, pause: float = 0.0, patience: float = 5.0) -> bytes:
    """What comes back until the server closes or *patience* is over."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as sock:
        answer = b""
        try:
            for part in parts:
                sock.sendall(part)
                time.sleep(pause)
            while piece := sock.recv(65_536):
                answer += piece
        except (ConnectionError, TimeoutError):
            pass
        return answer


def get(port, path="/", **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=40)) as connection:
        connection.request("GET", path, headers={n.replace("_", "-"): v for n, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"X: " + b"a" * 9_000 + b"\r\n\r\n",
        HEAD + b"User-Agent: " + b"a" * 65_536 + b"\r\n\r\n",
        HEAD + b"Accept-Language: " + b"cy," * 21_845 + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(2_000)) + b"\r\n",
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        HEAD + b"X: " + b"a" * 9_000,
        b"GET /" + b"a" * 9_000,
    ],
    ids=["value", "agent", "language", "many", "address", "endless value", "endless address"],
)
def test_a_head_over_8_kib_is_refused(port, sent):
    """B65: 431 and the connection is closed, finished or not."""
    assert talk(port, sent).startswith(b"HTTP/1.1 431 ")


def test_a_head_just_under_8_kib_is_served(port):
    """Nobody with many cookies of other services is turned away."""
    answer = talk(port, HEAD + b"Connection: close\r\nX: " + b"a" * 8_000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_many_requests_over_one_connection(port):
    """The head's limit is for each request; a pipelined one may not hide behind the first."""
    one = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 500 + b"\r\n\r\n"
    last = one.replace(b"\r\nX:", b"\r\nConnection: close\r\nX:")
    assert talk(port, one * 40 + last).count(b"HTTP/1.1 200 ") == 41
    assert b"HTTP/1.1 431 " in talk(port, one + HEAD + b"X: " + b"a" * 20_000 + b"\r\n\r\n")


@pytest.mark.parametrize(
    "trailer", [b"Host: evil.example.org", b"Origin: https://evil.example.org", b"X-Forwarded-For: 192.0.2.1"]
)
def test_what_follows_a_body_is_no_header(port, trailer):
    """A trailer passes a proxy that looks at headers: here it is read and dropped (RFC 9110 6.5.1)."""
    asked = (
        b"GET /trial/mail HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n"
    )
    assert talk(port, asked + trailer + b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"400"),
        (b"GET http://evil.example.org/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
        (b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"200"),
        (b"CONNECT evil.example.org:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"400"),
        (b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"40"),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"40"),
        (b"GET /%ff%c0%80 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"NONSENSE\r\n\r\n", b"400"),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (POST + b"Content-Length: -1\r\n\r\n", b"400"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", b"4"),
        (HEAD + b"Upgrade: websocket\r\nConnection: upgrade, close\r\n\r\n", b"200"),
        (HEAD + b"Range: bytes=" + b"0-," * 2000 + b"\r\nConnection: close\r\n\r\n", b"200"),
    ],
)
def test_broken_requests_are_refused_and_never_break_us(port, sent, status):
    """B58, B59, B60: a status below 500 for whatever comes."""
    assert talk(port, sent).startswith(b"HTTP/1.1 " + status)
    assert get(port)[0] == 200


@pytest.mark.parametrize(
    "path", [b"/static/engage.css", b"/static/push.js", b"/feeds/all.ics", b"/open-data/meetings.csv"]
)
def test_a_thousand_ranges_are_no_work(port, path):
    """B60: whoever asks for the same bytes a thousand times over gets the file once, as fast as anybody."""
    ranges = b"Range: bytes=" + b",".join(b"%d-" % (n % 9) for n in range(1_500)) + b"\r\n"
    asked = b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n%sConnection: close\r\n\r\n"
    whole = answers(talk(port, asked % b""))
    began = time.monotonic()
    assert answers(talk(port, asked % ranges)) == whole
    assert whole[0][0] == 200
    assert time.monotonic() - began < 2.0


def test_a_form_of_a_hundred_thousand_fields_is_not_read(port):
    """B56: it is larger than any form; one that hides its size is cut where ours would end."""
    fields = b"&".join(b"%x=" % n for n in range(100_000))
    assert talk(port, POST + b"Content-Length: %d\r\n\r\n" % len(fields) + fields).startswith(b"HTTP/1.1 413 ")
    small = b"&" * 16_000
    sent = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(small) + small
    assert talk(port, sent)[:12] in {b"HTTP/1.1 413", b"HTTP/1.1 422"}


def test_a_large_body_is_not_read(port):
    """B56: 10 MB are announced, or sent without end: 413, and the connection is closed."""
    assert talk(port, POST + b"Content-Length: 10000000\r\n\r\n" + b"a=" * 20_000).startswith(b"HTTP/1.1 413 ")
    endless = (b"1000\r\n" + b"a" * 4096 + b"\r\n" for _ in range(5))
    assert talk(port, POST + b"Transfer-Encoding: chunked\r\n\r\n", *endless).startswith(b"HTTP/1.1 413 ")


def test_a_slow_body_is_cut(port, monkeypatch):
    """B56: 408 once patience is over (30 s; shortened here), and others are served meanwhile."""
    assert forms.PATIENCE <= 30
    monkeypatch.setattr(forms, "PATIENCE", 0.5)
    answers = []

    def trickle() -> None:
        answers.append(talk(port, POST + b"Content-Length: 100\r\n\r\n", b"a", b"b", patience=60))

    slow = [threading.Thread(target=trickle) for _ in range(50)]  # more than there are threads for pages
    for thread in slow:
        thread.start()
    started = time.monotonic()
    assert get(port)[0] == 200
    assert time.monotonic() - started < 40
    for thread in slow:
        thread.join(60)
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    assert len(answers) == 50


PATIENCE = 60.0  # seconds; what the server itself ends, it ends long before


@pytest.mark.parametrize("begun", [b"", b"\r\n", HEAD + b"X: "])
def test_an_unfinished_head_is_cut(port, monkeypatch, begun):
    """Slowloris: a head that does not end, or never begins, costs a connection for a while (shortened here)."""
    monkeypatch.setattr(protocol, "UNFINISHED", 0.5)
    monkeypatch.setattr(protocol, "IDLE", 0.5)
    started = time.monotonic()
    assert talk(port, begun, patience=PATIENCE) == b""
    assert time.monotonic() - started < PATIENCE


def test_a_connection_that_asks_no_more_is_closed(port, monkeypatch):
    """Polls set no timer: the look at all connections, once a second, closes those that are idle (15 s)."""
    monkeypatch.setattr(protocol, "IDLE", 0.5)
    started = time.monotonic()
    assert talk(port, FEED + b"\r\n", FEED + b"\r\n", patience=PATIENCE).count(b"HTTP/1.1 200 OK") == 2
    assert time.monotonic() - started < PATIENCE


def test_gzip_and_not_modified_over_the_wire(port):
    """The bytes that go out are the stored ones, with Date and without Server."""
    status, body, headers = get(port, "/feeds/all.ics", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], len(body)) == (200, "gzip", int(headers["Content-Length"]))
    assert headers["Date"]
    assert headers["Server"] is None
    status, body, headers = get(port, "/feeds/all.ics", Accept_Encoding="gzip", If_None_Match=headers["ETag"])
    assert (status, body, headers["Content-Length"]) == (304, b"", None)


def test_one_connection_is_kept_for_many_polls(port):
    """A calendar app asks again without a new handshake; every answer is whole."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        sizes = set()
        for _ in range(20):
            connection.request("GET", "/feeds/all.ics", headers={"Accept-Encoding": "gzip"})
            sizes.add(len(connection.getresponse().read()))
    assert len(sizes) == 1


FEED = b"GET /feeds/all.ics HTTP/1.1\r\nHost: 127.0.0.1\r\n"
PAGE = b"GET /privacy HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LAST = b"Connection: close\r\n"


def answers(raw: bytes) -> list[tuple[int, bytes]]:
    """Every response in what came back, by its Content-Length."""
    found = []
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        length = next(
            (int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")), 0
        )
        found.append((int(head[9:12]), rest[:length]))
        raw = rest[length:]
    return found


def test_polls_and_pages_on_one_connection_are_answered_in_order(port):
    """Polls are answered before any routing; a page that was asked for first must still come first."""
    found = answers(talk(port, FEED + b"\r\n" + PAGE + b"\r\n" + FEED + b"\r\n" + PAGE + LAST + b"\r\n"))
    assert [status for status, _ in found] == [200] * 4
    assert [body.startswith(b"BEGIN:VCALENDAR") for _, body in found] == [True, False, True, False]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /feeds/all.ics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
        FEED + LAST + b"\r\n",
        FEED + b"Content-Length: 3\r\n" + LAST + b"\r\nabc",
        FEED + b"Transfer-Encoding: chunked\r\n" + LAST + b"\r\n3\r\nabc\r\n0\r\n\r\n",
        FEED + b"Expect: 100-continue\r\n" + LAST + b"\r\n",
        FEED + b"Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
        b"GET /feeds/all.ics?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n" + LAST + b"\r\n",
        b"GET /feeds/%61ll.ics HTTP/1.1\r\nHost: 127.0.0.1\r\n" + LAST + b"\r\n",
    ],
)
def test_an_unusual_poll_gets_the_same_answer(port, request_):
    """What is not a plain poll takes the usual way through the application."""
    status, body = answers(talk(port, request_))[-1]
    assert status == 200
    assert body == get(port, "/feeds/all.ics")[1]


def test_a_poll_says_the_same_whichever_way_it_takes(port):
    """Every header but Date, over the wire and through ASGI."""
    usual = talk(port, FEED + b"\r\n", patience=1).partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    other = talk(port, FEED + LAST + b"\r\n").partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    ours = {line for line in usual if not line.startswith(b"date:")}
    assert ours == {line for line in other if not line.startswith((b"date:", b"connection:"))}
    assert any(line.startswith(b"date: ") for line in usual)


def test_a_poll_under_another_name_is_refused(port):
    """S20: the quick way asks for the host as the usual one does."""
    sent = b"GET /feeds/all.ics HTTP/1.1\r\nHost: elsewhere.example.com\r\n\r\n"
    assert answers(talk(port, sent, patience=1))[0][0] == 400


def test_a_client_that_takes_nothing_cannot_make_answers_pile_up(port):
    """10,000 polls in one go are some 30 MB of answers; they wait for the client, not in our memory."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.settimeout(3)
        with suppress(TimeoutError):
            sock.sendall((FEED + b"\r\n") * 10_000)
        assert get(port, "/healthz")[0] == 200
        writing = [
            c.transport.get_write_buffer_size() for c in gc.get_objects() if isinstance(c, protocol.GuardedProtocol)
        ]
        assert max(writing) < 4_000_000


@contextmanager
def launched(browser, *, free: int):
    """`engage web` as a process of its own."""
    code = f"from engage.web.server import serve; from engage.settings import Settings; serve(Settings.read(), port={free})"
    settings = browser.app.settings
    environment = {
        **os.environ,
        "ENGAGE_DATA_DIR": str(settings.data),
        "ENGAGE_DATABASE_URL": settings.database,
        "ENGAGE_LOG_FORMAT": "json",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_sigterm_stops_it_cleanly(browser):
    """Exit code 0, and the log says so; requests under way are finished first."""
    with listen("127.0.0.1", 0) as taken:
        free = taken.getsockname()[1]
    with launched(browser, free=free) as process:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if get(free, "/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=15)
        assert process.returncode == 0
    assert '"event": "web listening"' in said
    assert '"path": "/readyz"' in said
    assert '"event": "web stopped"' in said


def test_a_port_in_use_is_said_in_a_sentence():
    """NotNow, which the command turns into exit code 3."""
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(NotNow, match=r"choose another with --port"):
            listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(NotNow):
        listen("127.0.0.1", 70_000)
