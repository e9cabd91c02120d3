"""What the source itself must hold: who may open a connection, what reads XML, how secrets are compared, which versions."""

from __future__ import annotations

import ast
import hmac
import re
from datetime import UTC, datetime, timedelta
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engage.links import Links
from engage.rendering import Templates

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

# Each of them is bounded, and tested for it, beside the reason why it may lead out of the house.
OUTWARD = {
    "engage/channels/imap.py": "the mailbox of ENGAGE_BOUNCE_IMAP_URL",
    "engage/channels/notify_api.py": "GOV.UK Notify, at an address of its own",
    "engage/channels/sender.py": "addresses of sockets",
    "engage/channels/smtp.py": "the server of ENGAGE_SMTP_URL",
    "engage/channels/webpush.py": "push services that are known by name, over TLS",
    "engage/cli/up.py": "our own website",
    "engage/feeds/lint/fetching.py": "an address that staff give to the linter: the guarded client",
    "engage/feeds/lint/transport.py": "the same, through the same guarded client",
    "engage/networks.py": "looks names up and opens nothing",
    "engage/testing.py": "servers of tests",
    "engage/web/server.py": "the port that we listen on",
}
CLIENTS = {"aiohttp", "ftplib", "http.client", "httpx", "httpx2", "imaplib", "poplib", "requests", "smtplib", "socket",
           "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc.client"}  # fmt: skip
XML = {"defusedxml", "lxml", "xml", "xmltodict", "bs4"}


def sources() -> dict[str, ast.Module]:
    paths = (path for folder in ("engage", "actors") for path in (ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def imported(tree: ast.Module) -> set[str]:
    """Every module that is imported anywhere in it, `a.b` and what is taken from it as `a.b.c`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_who_may_open_a_connection_is_known_by_name() -> None:
    """S23: a new way out of the house is a decision, not an import."""
    assert {path for path, tree in sources().items() if imported(tree) & CLIENTS} == set(OUTWARD)


def test_only_the_linter_fetches_what_somebody_names() -> None:
    """S23: it follows redirects by hand and looks at each; no client here follows one by itself."""
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"httpx2.Client", "httpx2.AsyncClient"}:
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert given.get("follow_redirects") == "False", path
                assert "timeout" in given, path
                assert "verify" not in given, path


def test_xml_is_read_in_one_place_which_takes_no_declarations() -> None:
    """S24: tests/imports/test_sheets.py hands it entities of its own, a bomb and a damaged part."""
    readers = {path for path, tree in sources().items() if {name.partition(".")[0] for name in imported(tree)} & XML}
    assert readers == {"engage/imports/sheet/repack.py"}
    assert "StartDoctypeDeclHandler = _no_doctype" in (ROOT / "engage/imports/sheet/repack.py").read_text()


def test_every_template_is_rendered_in_the_sandbox() -> None:
    """S25: one environment for notices, pages and every language; no other is made, and no text is made a template."""
    for language in ("en", "cy"):
        environment = Templates().environment_in(language)
        assert isinstance(environment, ImmutableSandboxedEnvironment)
        assert environment.undefined is StrictUndefined
        assert environment.intercepted_binops >= {"*", "**", "%"}
        assert environment.autoescape("web/a.html")
        assert environment.autoescape(None)
        assert not environment.autoescape("notices/a.txt")
    made = {
        path
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and re.search(r"(Environment|Template|from_string)$", ast.unparse(node.func))
    }
    assert made <= {"engage/rendering.py"}, "templates are files of ours or of staff, never a text that came in"


def test_the_framework_is_one_in_which_known_holes_are_closed() -> None:
    """S21, B60: Starlette 1.3.1 or newer, which the bound of the project demands as well."""
    assert tuple(int(n) for n in version("starlette").split(".")[:3]) >= (1, 3, 1)
    bound = next(line for line in requires("engage") or () if re.match(r"starlette\b", line))
    (least,) = re.findall(r">=\s*([\d.]+)", bound)
    assert tuple(map(int, least.split("."))) >= (1, 3)


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """S4, B52: what was made here meets what was sent in `hmac.compare_digest`, and nowhere before."""
    met: list[tuple[object, object]] = []
    real = hmac.compare_digest

    def compare(one, other):
        met.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    links = Links("https://www.example.org", ["k" * 40])
    payload, _, right = links.token("manage", 7, NOW).rpartition(".")
    wrong = f"{'A' if right[0] != 'A' else 'B'}{right[1:]}"
    for signature, found in ((right, "7"), (wrong, None)):
        met.clear()
        token = f"{payload}.{signature}"
        assert links.subject("manage", token, now=NOW, within=timedelta(hours=1)) == found
        assert len(met) == 1
        assert {len(side) for side in met[0]} == {32}, "whole digests of SHA-256"
    met.clear()
    proof = links.proof("bounce", "7.x")
    assert links.proves("bounce", "7.x", proof)
    assert met == [(proof.encode(), proof.encode())]
