"""The small parts of the website, each on its own."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from engage.errors import SettingsError
from engage.web.clients import is_local, network_of, proxies
from engage.web.hosts import host_name
from engage.web.styles import Styles, contrast


# who asks
@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),  # not a proxy of ours: anybody can write that header
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # what the client claimed is left of what we saw
        ("10.0.0.1", ["203.0.113.9", "10.0.0.7"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9 , 10.0.0.7"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["garbage"], "unknown"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("testclient", [], "unknown"),
        (None, [], "unknown"),
    ],
)
def test_the_network_that_sign_ups_are_counted_by(peer, forwarded, network):
    """S17: the peer, or what trusted proxies wrote; IPv6 by its /64."""
    headers = Headers(raw=[(b"x-forwarded-for", value.encode()) for value in forwarded])
    assert network_of(peer, headers, proxies(["10.0.0.0/8"])) == network


def test_a_proxy_that_is_no_address_stops_the_start():
    """The operator reads which setting is wrong."""
    with pytest.raises(SettingsError, match="ENGAGE_TRUSTED_PROXIES"):
        proxies(["proxy.example.org"])


def test_behind_a_proxy_nobody_is_local():
    """A proxy on this machine must not open the trial mail to the world."""
    assert is_local("127.0.0.1", Headers())
    assert is_local("::1", Headers())
    assert is_local("::ffff:127.0.0.1", Headers())
    assert not is_local("192.0.2.1", Headers())
    assert not is_local("127.0.0.1", Headers({"X-Forwarded-For": "127.0.0.1"}))
    assert not is_local("127.0.0.1", Headers({"Via": "1.1 x"}))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"a.example.org", "a.example.org"),
        (b"A.Example.org:80", "a.example.org"),
        (b"a.example.org.", "a.example.org"),
        (b"[::1]", "[::1]"),
        (b"[::1]:80", "[::1]"),
        (b"", ""),
        (b":", ""),
        (b"a.example.org:", "a.example.org"),
        (b"a.example.org:80.", ""),
        (b"a.example.org:1/alerts?", ""),
        (b"a.example.org:@evil.example.org", ""),
        (b"evil.example.org@a.example.org", ""),
        (b"a.example.org:\xff", ""),
        (b"a.example.org:1 ", ""),
        (b"[::1]:1#", ""),
        (b"[::1]evil", ""),
    ],
)
def test_the_name_in_a_host_header(header, name):
    """Without port, final dot and capitals."""
    assert host_name(header) == name


# colours
@pytest.mark.parametrize("colour", ["#1d3f6e", "#ffdd00", "#ffffff", "#000000", "#808080", "red;}body{", ""])
def test_any_colour_of_an_office_stays_readable(browser, colour):
    """WCAG 1.4.3: at least 4.5 to 1 for what stands on it and for links on white; nothing else gets into the sheet."""
    from dataclasses import replace

    office = replace(browser.site.snapshot.shown.office, colour=colour)
    sheet = Styles().office_sheet(office).decode()
    values = dict(part.split(":") for part in sheet.strip().removeprefix(":root{").removesuffix("}").split(";"))
    assert set(values) == {"--office", "--office-ink", "--office-link"}
    assert contrast(values["--office"], values["--office-ink"]) >= 4.5
    assert contrast(values["--office-link"], "#ffffff") >= 4.5


def test_style_sheets_may_be_kept_while_they_are_current(browser):
    """The address changes with the content, so a year is safe; an old address is looked at again."""
    page = browser.get("/").text
    address = page.partition('href="/static/engage.css')[2].partition('"')[0]
    assert "immutable" in browser.get(f"/static/engage.css{address}").headers["cache-control"]
    assert browser.get("/static/engage.css?v=old").headers["cache-control"] == "public, max-age=300"
    assert len(browser.get("/static/engage.css").content) < 20_000
    assert "#00703c" in browser.get("/static/office.css").text


# the rehearsal's mail
def test_a_rehearsal_shows_its_mail_as_people_would_get_it(browser):
    """The list, the text with its links, the HTML in a frame that may do nothing, the headers."""
    browser.sign_up("ada@example.org")
    link = browser.link("confirm")
    listed = browser.get("/trial/mail").text
    number = listed.partition('href="/trial/mail/')[2].partition('"')[0]
    page = browser.get(f"/trial/mail/{number}")
    assert f'href="http://127.0.0.1:8000{link}"' in page.text
    assert "Message-ID" in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    framed = browser.get(f"/trial/mail/{number}/html")
    assert "sandbox" in framed.headers["content-security-policy"]
    assert "default-src 'none'" in framed.headers["content-security-policy"]
    assert framed.headers["cache-control"] == page.headers["cache-control"] == "no-store"
    assert browser.get("/trial/mail/999").status_code == 404
