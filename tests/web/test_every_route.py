"""What must hold of every route, also of one that is added tomorrow: headers, cookies, forms, tokens, redirects.

The addresses lead nowhere or to what everybody may see; those that are mailed to people are walked in test_looking.
"""

from __future__ import annotations

import inspect
import re
from itertools import product
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import engage
from engage.web import ROUTES, create_app
from engage.web.gate import masked
from engage.web.headers import POLICY
from tests.office import apply, settle
from tests.web.conftest import BASE, Browser
from tests.web.test_safety import concrete, live

FEEDS = ("/feeds/all.ics", "/feeds/plain/all.ics", "/feeds/village-talks.jcal", "/feeds/village-talks.json",
         "/feeds/village-talks.atom", "/feeds/village-talks/area/eastfield.ics")  # fmt: skip
PATHS = sorted({route.path for route in ROUTES})
SECRET = [path for path in PATHS if "{token}" in path]
POSTED = sorted(route.path for route in ROUTES if "POST" in (route.methods or ()))
ELSEWHERE = (
    {"Origin": "https://evil.example.org"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": f"{BASE}.evil.example.org"}, {"Origin": "http://127.0.0.1:9999"}, {"Origin": "https://evil.example.org", "Cookie": "a=b"},
)  # fmt: skip
TYPES = {
    ".ics": "text/calendar; charset=utf-8", ".jcal": "application/calendar+json", ".atom": "application/atom+xml; charset=utf-8",
    ".cap.xml": "application/cap+xml; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".csv": "text/csv; charset=utf-8; header=present", ".geojson": "application/geo+json; charset=utf-8",
}  # fmt: skip
UNICODE = re.compile(r"^application/(?:\w+\+)?json$|^application/pdf$")  # UTF-8 by itself (RFC 8259), or no text


def walked() -> list[str]:
    return [*map(concrete, PATHS), *FEEDS, "/nothing", "/feeds/none.ics"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT"])
def test_every_answer_is_typed_and_none_sets_a_cookie(browser: Browser, method: str):
    """S11 to S13: no sniffing, a charset wherever there is text, and nothing by which a browser is known again."""
    for path in walked():
        headers = browser.client.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "set-cookie" not in headers, path
        if kind := headers.get("content-type"):
            assert "charset=utf-8" in kind or UNICODE.search(kind), (path, kind)
        if (headers.get("content-type") or "").startswith("text/html"):
            policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
            assert policy["default-src"] == policy["base-uri"] == "'none'", path
            assert policy["form-action"] in {"'self'", "'none'"}, path
            assert "'unsafe" not in headers["content-security-policy"], path
            assert policy.get("script-src", "'self'") == policy.get("object-src", "'self'") == "'self'", path


def test_files_have_the_type_of_their_name(browser: Browser):
    """S12: calendars, Atom, CAP and open data, whoever asks for them."""
    seen = set()
    for path in walked():
        answer = browser.get(path)
        for name, kind in TYPES.items():
            if path.endswith(name) and answer.status_code == 200:
                assert answer.headers["content-type"] == kind, path
                seen.add(name)
    assert seen == set(TYPES) - {".cap.xml"}, "an alert's own file is asked for in test_alerts"


def test_no_page_runs_what_stands_in_it(browser: Browser):
    """S11, S8: no script in a page but data, no handler, no style of its own, nothing loaded from another site."""
    for path in walked():
        answer = browser.get(path)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        tags = re.findall(r"<[a-zA-Z][^>]*>", answer.text)
        assert len(tags) > 5, path
        for tag in tags:
            assert not re.search(r"""\s(?:on\w+|style)\s*=|javascript:|http-equiv|<base\b""", tag), (path, tag)
            if tag.startswith("<script"):
                assert 'type="application/ld+json"' in tag or re.search(r'\ssrc="/', tag), (path, tag)
            if loaded := re.search(r'\s(?:src|action|srcset|poster|data)="([^"]*)"', tag):
                assert re.match(r"/(?!/)|#|\?|data:image/|$", loaded[1]), (path, tag)
            if tag.startswith("<link"):
                assert re.search(r'\shref="(?:/(?!/)|data:|http://127\.0\.0\.1:8000/)', tag), (path, tag)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PROPFIND"])
def test_every_address_that_is_a_secret_is_kept_one(browser: Browser, method: str):
    """S8, S9: whatever is asked and whatever is answered, neither stored, indexed nor told on; masked in the log."""
    assert len(SECRET) >= 9
    for path in SECRET:
        address = concrete(path)
        headers = browser.client.request(method, address, headers=ELSEWHERE[0]).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["x-robots-tag"] == "noindex", path
        assert "no.such.token" not in masked(address)
        assert "[token]" in masked(address)


def test_every_form_that_asks_for_no_token_refuses_other_sites(browser: Browser):
    """S14, B57: 403 before it is read. There are no cookies to act with, and a form in a frame cannot be shown."""
    before = browser.rows()
    open_to_all = [path for path in POSTED if "{token}" not in path and path != "/hooks/notify"]
    assert len(open_to_all) >= 4
    for path, headers in product(open_to_all, ELSEWHERE):
        for kind in (
            "application/x-www-form-urlencoded",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/json",
        ):
            answer = browser.client.post(concrete(path), content=b"email=x", headers={**headers, "Content-Type": kind})
            assert answer.status_code == 403, (path, headers)
    assert browser.rows() == before


def test_no_page_may_be_read_by_another_site(browser: Browser):
    """CORS: public data may, a page with a form or a secret address may not, and nobody may send anything first."""
    for path in walked():
        answer = browser.get(path, Origin="https://evil.example.org")
        allowed = answer.headers.get("access-control-allow-origin")
        if allowed is not None:
            assert allowed == "*"
            assert concrete(path) not in map(concrete, (*SECRET, *POSTED))
            assert not answer.headers["content-type"].startswith("text/html"), path
        asked = {"Origin": "https://evil.example.org", "Access-Control-Request-Method": "POST"}
        answer = browser.client.options(path, headers=asked)
        assert "access-control-allow-methods" not in answer.headers, path
        assert "access-control-allow-credentials" not in answer.headers, path


def purposes() -> set[str]:
    """Every purpose for which a token is made or read, as the code says it."""
    told = (path.read_text(encoding="utf-8") for path in Path(inspect.getfile(engage)).parent.rglob("*.py"))
    return {found for text in told for found in re.findall(r"""\.(?:token|subject)\(\s*["'](\w+)["']""", text)}


OWN = {"/approve/{token}": "approve", "/confirm/{token}": "confirm", "/devices/{token}": "device", "/texts/{token}": "text",
       "/preferences/{token}": "manage", "/preferences/{token}/texts": "manage", "/unsubscribe/{token}": "unsubscribe"}  # fmt: skip


def test_a_token_of_any_purpose_opens_its_own_page_alone(browser: Browser):
    """S4, S5, B52: every purpose there is at every route that takes a token; the pages that say so are the same."""
    browser.sign_up("ada@example.org")
    browser.client.post(browser.link("confirm"))
    person, links, now = browser.person("ada@example.org").id, browser.app.links, browser.app.now
    assert purposes() == {*OWN.values(), "form"}
    tokens = {purpose: links.token(purpose, person, now) for purpose in purposes()}
    before = browser.rows()
    for path in SECRET:
        said = set()
        for purpose, token in tokens.items():
            if purpose != OWN.get(path):
                address = path.replace("{token}", token)
                shown = browser.get(address)
                assert shown.status_code in {400, 404}, (path, purpose)
                said.add(shown.content.replace(token.encode(), b"TOKEN"))
                assert browser.client.post(address).status_code in {400, 404, 405}, (path, purpose)
        assert len(said) == 1, path
    assert browser.rows() == before


@pytest.mark.parametrize("query", ["next=//evil.example.org", "next=https://evil.example.org/&return=//evil.example.org", "next=%0d%0aSet-Cookie:%20a=b"])  # fmt: skip
def test_nobody_is_led_elsewhere_after_a_form(browser: Browser, query: str):
    """B65: there is no `next`; no header repeats what the address said."""
    for path in walked():
        for method in ("GET", "POST"):
            answer = browser.client.request(method, f"{path}?{query}")
            assert answer.status_code == browser.client.request(method, path).status_code, path
            assert "location" not in answer.headers, path
            assert "set-cookie" not in answer.headers, path
            assert "evil" not in str(answer.headers), path


def test_over_https_every_answer_says_so(browser: Browser, tmp_path, office):
    """S10: pages, feeds, polls that need no answer, refusals and forms of every kind; and cookies there are none (S13)."""
    app = live(browser, tmp_path, office)
    apply(app)
    settle(app)
    with TestClient(create_app(app), base_url="https://pcc.example.org", follow_redirects=False) as client:
        for path, method in product([*walked(), "/feeds/"], ("GET", "HEAD", "POST", "PUT", "OPTIONS")):
            headers = client.request(method, path).headers
            assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains", (method, path)
            assert "set-cookie" not in headers, path
        etag = client.get("/feeds/all.ics").headers["etag"]
        again = client.get("/feeds/all.ics", headers={"If-None-Match": etag})
        assert (again.status_code, "strict-transport-security" in again.headers) == (304, True)
        assert "strict-transport-security" in client.get("/", headers={"Host": "evil.example.org"}).headers
        assert client.get("/").headers["content-security-policy"] == POLICY
    app.database.close()
