"""Hostile and clumsy requests (SECURITY B51 to B65, S1 to S20): nothing changes, nothing breaks, nothing leaks."""

from __future__ import annotations

import re
from urllib.robotparser import RobotFileParser

import pytest
from starlette.testclient import TestClient

from engage.web import ROUTES, create_app
from engage.web.gate import masked
from tests.conftest import settings_for
from tests.web.conftest import BASE, CHOICES, words

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HOSTILE_PATHS = (
    "/%00", "/meetings/%00", "/%2e%2e/%2e%2e/etc/passwd", "/static/%2e%2e/%2e%2e/settings.py", "/feeds/..%2f..%2fx.ics",
    "/meetings/%c0%ae%c0%ae", "/meetings/%ff%fe", "/areas/" + "a" * 4000, "/confirm/" + "A" * 7000, "/confirm/%F0%9F%92%A9",
    "/unsubscribe/..", "/preferences/a.b.c", "/trial/mail/99999999999999999999999999", "/trial/mail/" + "9" * 5000,
    "/meetings/x'; DROP TABLE entry;--", "/alerts/<script>", "/feeds/me/x.ics", "//evil.example.org/", "/feeds//", "/\\evil",
    "/meetings/\u202egnp.exe", "/?a=1&a=2&a=3", "/?" + "x=1&" * 1500, "/feeds?calendar=" + "y" * 5000,
)  # fmt: skip


def concrete(path: str) -> str:
    """A route's path with something that may exist in each hole."""
    known = {
        "entry_id": "winter-a",
        "area_id": "eastfield",
        "area": "eastfield",
        "concern_id": "none",
        "topics": "fraud",
        "alert_id": "none",
        "mail_id": "1",
        "token": "no.such.token",
    }
    return re.sub(r"{(\w+)}", lambda hole: known[hole[1]], path)


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_no_page_changes_anything_when_it_is_looked_at(browser, path):
    """Every route there is, by every method but POST, leaves every row of every table as it was (S1)."""
    before = browser.rows()
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"):
        answer = browser.client.request(method, concrete(path))
        assert answer.status_code < 500, method
        if method == "HEAD":
            assert answer.content == b""
        if method not in {"GET", "HEAD", "OPTIONS"}:
            assert answer.status_code == 405
            assert "GET" in answer.headers["allow"]
    assert browser.rows() == before


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_hostile_addresses_are_not_found_or_refused(browser, path):
    """Never 500, never the address repeated in the page, no row changed (B59)."""
    before = browser.rows()
    for method in ("GET", "POST"):
        answer = browser.client.request(method, path)
        assert answer.status_code in {200, 301, 400, 403, 404, 405, 422}, answer.status_code
        assert "Traceback" not in answer.text
        assert "<script" not in answer.text
    assert browser.rows() == before


@pytest.mark.parametrize("path", ["/feeds/", "/milestones/", "/areas/eastfield/"])
def test_a_slash_too_many_is_mended_on_this_site(browser, path):
    """The redirect names no host, so nobody can be led elsewhere."""
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, path.rstrip("/"))


@pytest.mark.parametrize(
    "path", ["//evil.example.org/", "/%5cevil.example.org/", "/\\evil.example.org/", "/%0d%0aX:y/"]
)
def test_no_address_redirects_off_the_site(browser, path):
    """`//host/` and `/\\host/` are other hosts to a browser."""
    answer = browser.client.send(browser.client.build_request("GET", BASE + path))
    assert answer.status_code in {200, 400, 404}
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/nothing", "/subscribe", "/feeds/all.ics", "/static/engage.css", "/healthz"])
def test_headers_of_every_response(browser, path):
    """S8, S10 to S12: a policy without scripts, no sniffing, a type with a charset; no HSTS over plain http (S13)."""
    headers = browser.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "charset=utf-8" in headers["content-type"]
    assert "strict-transport-security" not in headers
    assert "server" not in headers
    assert "set-cookie" not in headers
    if not path.endswith(".ics"):
        assert headers["content-security-policy"] == CSP
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/approve/x",
        "/confirm/x",
        "/unsubscribe/x",
        "/preferences/x",
        "/devices/x",
        "/texts/x",
        "/feeds/me/x.ics",
        "/feeds/plain/me/x.ics",
    ],
)
def test_pages_whose_address_is_a_secret(browser, path):
    """S8: not stored, not indexed, and told to no other site, whatever the answer."""
    headers = browser.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex"


def test_robots_are_asked_away_from_pages_with_a_secret_address_and_from_no_feed(browser):
    """Every route with a token is one or the other; FEEDS C14: Google fetches no calendar that robots.txt forbids."""
    rules = RobotFileParser()
    rules.parse(browser.get("/robots.txt").text.splitlines())
    secret = [route.path.replace("{token}", "x") for route in ROUTES if "{token}" in route.path]
    fetched = {path for path in [*secret, "/", "/subscribe", "/feeds/all.ics"] if rules.can_fetch("Googlebot", path)}
    assert fetched == {"/", "/subscribe", "/feeds/all.ics", "/feeds/me/x.ics", "/feeds/plain/me/x.ics"}


def live(browser, tmp_path, office, **more):
    """The same site behind https, in live mode."""
    from engage.app import build
    from engage.store.migrate import migrate
    from engage.store.unit import Database

    given = {
        "mode": "live", "base_url": "https://pcc.example.org", "secret_key": "x" * 40, "mail_from": "pcc@example.org",
        "smtp_url": "smtp://127.0.0.1:1", "bounce_domain": "bounce.example.org", **more,
    }  # fmt: skip
    url = f"sqlite:///{tmp_path / 'live.sqlite3'}"
    database = Database(url, browser.clock)
    migrate(database)
    database.close()
    return build(settings_for(url, tmp_path, office.folder, **given), clock=browser.clock)


def test_https_says_so_for_a_year(browser, tmp_path, office):
    """S10: every response, feeds included, once the configured address is https."""
    from tests.office import apply, settle

    app = live(browser, tmp_path, office)
    apply(app)
    settle(app)
    with TestClient(create_app(app), base_url="https://pcc.example.org") as client:
        for path in ("/", "/feeds/all.ics", "/nothing"):
            assert client.get(path).headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert client.get("/").headers["cache-control"] == "public, max-age=60"
        assert "rehearsal" not in client.get("/").text
        assert client.get("/trial/mail").status_code == 404
        assert client.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 400
    with TestClient(create_app(app), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 1)) as local:
        assert local.get("/readyz").status_code == 200
        assert local.get("/metrics").status_code == 200
        assert local.get("/trial/mail").status_code == 404
    app.database.close()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org",
        "127.0.0.1.evil.example.org",
        "127.0.0.1@evil.example.org",
        "",
        "[::2]",
        "a" * 4000,
        "\xff",
        "127.0.0.1:1/alerts?",
        "127.0.0.1:@evil.example.org",
        "localhost:x",
        "localhost/",
    ],
)
def test_a_host_that_is_not_ours_is_refused(browser, host):
    """S20: 400 for pages and feeds, whatever X-Forwarded-Host says."""
    for path in ("/", "/feeds/all.ics", "/confirm/x"):
        headers = [(b"Host", host.encode("latin-1")), (b"X-Forwarded-Host", b"127.0.0.1")]
        assert browser.client.get(path, headers=headers).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9999", "LOCALHOST:1", "localhost.", "[::1]:8000"])
def test_names_of_this_machine_are_ours_in_a_rehearsal(browser, host):
    """The port does not matter: a tunnel may change it."""
    assert browser.get("/", Host=host).status_code == 200


def test_mail_links_to_the_configured_address_only(browser):
    """B58: a spoofed Host or X-Forwarded-Host never reaches a mail."""
    token = browser.form_token()
    form = {"email": "ada@example.org", "area": "harbour", "token": token, **CHOICES}
    spoof = {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example.org"}
    assert browser.client.post("/subscribe", data=form, headers={"Host": "localhost:1", **spoof}).status_code == 200
    assert browser.link("confirm")
    folder = browser.app.settings.data / "trial-mail"
    assert b"evil" not in b"".join(path.read_bytes() for path in folder.glob("*.eml"))


@pytest.mark.parametrize("path", ["/trial/mail", "/trial/mail/1", "/trial/mail/1/html", "/metrics"])
def test_what_is_for_this_machine_only(browser, path):
    """S43: 404 to other machines, through proxies, and under a name that a stranger's DNS may point here."""
    browser.sign_up("ada@example.org")
    browser.link("confirm")
    assert browser.get(path).status_code == 200
    assert browser.get(path, X_Forwarded_For="127.0.0.1").status_code == 404
    assert browser.get(path, Forwarded="for=127.0.0.1").status_code == 404
    far = TestClient(browser.site, base_url=BASE, client=("192.0.2.7", 1))
    assert far.get(path).status_code == 404


def test_a_failing_page_shows_a_reference_and_no_traceback(browser, monkeypatch, listen):
    """S36: the reference on the page is the one in the log."""
    from engage.work import people

    def broken(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(people, "request_link", broken)
    heard = listen()
    answer = browser.client.post("/preferences", data={"email": "ada@example.org"})
    assert answer.status_code == 500
    assert browser.site._pages.debug is False
    reference = re.search(r"reference ([0-9a-f]{8})", words(answer.text))[1]
    assert "secret detail" not in answer.text
    logged = heard()
    assert reference in logged
    assert "ada@example.org" not in logged


def test_a_database_that_is_locked_asks_to_try_again(browser, monkeypatch):
    """503, not 500: waiting helps."""
    from sqlalchemy.exc import OperationalError

    from engage.work import people

    def locked(*_args, **_kwargs):
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(people, "request_link", locked)
    answer = browser.client.post("/preferences", data={"email": "ada@example.org"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/confirm/abc.def", "/confirm/[token]"),
        ("/unsubscribe/abc/def", "/unsubscribe/[token]"),
        ("/preferences/x", "/preferences/[token]"),
        ("/Preferences/x", "/preferences/[token]"),
        ("/feeds/me/abc.ics", "/feeds/me/[token]"),
        ("/feeds/plain/me/abc.ics", "/feeds/plain/me/[token]"),
        ("/feeds//ME/abc\n.ics", "/feeds//me/[token]"),
        ("/app/feeds/me/abc.ics", "/app/feeds/me/[token]"),
        ("/feeds/me.ics", "/feeds/me.ics"),
        ("/preferences", "/preferences"),
        ("/meetings/a", "/meetings/a"),
        ("/a\nb\x1b[31m", "/a?b?[31m"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_the_log_never_holds_a_token(path, shown):
    """S9, S35: masked, cut, and without control characters."""
    assert masked(path) == shown


def test_neither_log_nor_metrics_hold_a_person(browser, listen):
    """S33: a canary walks through every form, and is found nowhere but in the database and the mail."""
    heard = listen()
    browser.sign_up("canary@example.org", postcode="ZZ1 4AA", area="")
    links = [browser.link("confirm")]
    browser.client.post(links[0])
    browser.client.post("/preferences", data={"email": "canary@example.org"})
    links.append(browser.link("preferences"))
    browser.get(links[1])
    browser.client.post(links[1], data={"leave": "yes"})
    said = heard() + browser.get("/metrics").text
    assert "request answered" in said
    for secret in ("canary", "ZZ1 4AA", *(link.rpartition("/")[2] for link in links)):
        assert secret not in said


def test_metrics_count(anywhere):
    """Prometheus text: counts by state, nothing else."""
    anywhere.sign_up("ada@example.org")
    anywhere.get("/feeds/all.ics")
    text = anywhere.get("/metrics").text
    assert 'engage_meetings_held{calendar="village-talks"} 695' in text
    assert 'engage_subscribers{state="pending"} 1' in text
    assert 'engage_feed_polls_total{client="other",status="200"} 1' in text
    assert "# TYPE engage_deliveries gauge" in text
    assert all(
        re.fullmatch(r"# TYPE \w+ \w+|\w+({\w+=\"[\w./-]+\"(,\w+=\"\w+\")?})? -?[\d.]+", line)
        for line in text.splitlines()
    )
