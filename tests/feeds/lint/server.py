"""A real web server on loopback that serves one feed well, or misbehaves on command."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/feeds/all.ics"
TOKEN = "/feeds/me/k3J9x0QpL7vB2mN8tR5w.ics"
MODIFIED = "Mon, 02 Nov 2026 10:15:30 GMT"


class Server(ThreadingHTTPServer):
    """*fault* names what goes wrong; an empty one is a server without fault."""

    daemon_threads = True
    fault = ""
    body = b""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(body: bytes, fault: str = "") -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.body, server.fault = body, fault
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""

    def do_HEAD(self) -> None:
        if self.server.fault == "C12":
            self.answer(405, b"", {"Content-Type": "text/plain"})
        else:
            self.do_GET()

    def do_GET(self) -> None:
        fault, path = self.server.fault, self.path.partition("?")[0]
        if path == "/robots.txt":
            rules = b"User-agent: *\nDisallow: " + (b"/feeds\n" if fault == "C14" else b"/admin\n")
            self.answer(200, rules, {"Content-Type": "text/plain"})
        elif path == "/old.ics":
            self.answer(301 if fault == "moved" else 302, b"", {"Location": PATH})
        elif path == "/loop.ics":
            self.answer(302, b"", {"Location": "/loop.ics"})
        elif path == "/file.ics":
            self.answer(302, b"", {"Location": "file:///etc/passwd"})
        elif path in (PATH, TOKEN):
            self.feed()
        else:
            self.answer(404, b"nothing here", {"Content-Type": "text/plain"})

    def feed(self) -> None:
        fault, body, asked = self.server.fault, self.server.body, self.headers
        if fault == "bomb":
            self.answer(200, gzip.compress(bytes(60_000_000), 6), {"Content-Encoding": "gzip"})
            return
        if fault in ("endless", "trickle"):
            self.pour(quickly=fault == "endless")
            return
        if asked["Accept"] is None:
            if fault == "C02":
                self.answer(406, b"say what you want", {"Content-Type": "text/plain"})
                return
            if fault == "slow":
                time.sleep(2)
            body = body.replace(b"DTSTAMP:2026", b"DTSTAMP:2027") if fault == "C09" else body
            body = body.replace(b"UID:", b"UID:x") if fault == "C40" else body
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        headers = {
            "Content-Type": "text/html" if fault == "C01" else "text/calendar; charset=utf-8",
            "Content-Disposition": ("attachment" if fault == "C19" else "inline") + '; filename="all.ics"',
            "Cache-Control": "no-store" if fault == "C10" else "public, max-age=300, must-revalidate",
            "Vary": "Accept-Encoding",
            "Last-Modified": MODIFIED,
            "X-Robots-Tag": "noindex",
        }
        if fault == "C08":
            del headers["Last-Modified"]
        if "gzip" in (asked["Accept-Encoding"] or "") or fault == "gzip for all":
            tag = tag if fault == "C11" else tag[:-1] + '-gzip"'
            headers["Content-Encoding"], body = "gzip", gzip.compress(body)
        headers["ETag"] = tag
        known = {part.strip().removeprefix("W/") for part in (asked["If-None-Match"] or "").split(",")}
        is_known = asked["If-Modified-Since"] == MODIFIED
        if asked["If-None-Match"]:
            is_known = bool({tag, "*"} & known) and fault != "C07"
        if is_known:
            self.answer(304, b"", headers)
        elif fault == "C17" and not (asked["If-None-Match"] or asked["If-Modified-Since"]):
            self.answer(200, body, headers, claimed=len(body) + 500)
        else:
            self.answer(200, body, headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str], claimed: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        if claimed is not None:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)

    def pour(self, *, quickly: bool) -> None:
        """Without end, until the visitor goes away: as fast as it goes, or a byte now and then."""
        self.send_response(200)
        self.send_header("Content-Type", "text/calendar")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"X" * 65536 if quickly else b"X")
                time.sleep(0 if quickly else 0.02)
        except OSError:
            return
