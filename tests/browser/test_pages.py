"""Every page as a browser has it: no barrier, valid HTML, no scrolling sideways, nothing from elsewhere, little weight."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from engage.channels.mailbox import list_mail
from engage.domain.notices import SUBSCRIPTION_KINDS
from engage.web import ROUTES
from tests.browser import verdicts
from tests.browser.living import Living
from tests.office import settle
from tests.work.notices import issue

pytestmark = pytest.mark.timeout(600)  # each opens dozens of pages, on machines that others use too
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
HEAVY = 100_000  # bytes of a page with its styles and scripts, pictures apart

# What each route for people is asked for; `{...}` is filled in from the running office.
PAGES = {
    "/": ["/", "/?area=hartlepool&view=month", "/?postcode=nowhere&from=yesterday", "/?area=owton-manor&topic=drugs"],
    "/meetings/{entry_id}": ["/meetings/{coming}", "/meetings/{held}"],
    "/meetings/{entry_id}/concerns/{concern_id}": ["{concern}"],
    "/meetings/{entry_id}/poster": ["/meetings/{coming}/poster"],
    "/areas/{area_id}": ["/areas/hartlepool"],
    "/feeds": ["/feeds", "/feeds?area=hartlepool"],
    "/milestones": ["/milestones"],
    "/said-and-done": ["/said-and-done"],
    "/alerts": ["/alerts"],
    "/alerts/{alert_id}": ["/alerts/shed-breaks", "/alerts/road", "/alerts/doors"],
    "/embed": ["/embed"],
    "/embed/area/{area_id}": ["/embed/area/hartlepool"],
    "/open-data": ["/open-data"],
    "/subscribe": ["/subscribe", "/subscribe?area=hartlepool"],
    "/confirm/{token}": ["{confirm}", "/confirm/nonsense"],
    "/preferences": ["/preferences"],
    "/preferences/{token}": ["{preferences}", "/preferences/nonsense"],
    "/devices/{token}": ["/devices/nonsense"],
    "/preferences/{token}/texts": [],  # only where text messages are offered
    "/texts/{token}": [],
    "/approve/{token}": ["{approve}", "/approve/nonsense"],
    "/unsubscribe/{token}": ["{unsubscribe}", "/unsubscribe/nonsense"],
    "/accessibility": ["/accessibility"],
    "/privacy": ["/privacy"],
    "/complaints": ["/complaints"],
    "/trial/mail": ["/trial/mail"],
    "/trial/mail/{mail_id}": ["{mail}"],
    "/no-such-page": ["/no-such-page"],
}
MACHINES = re.compile(
    r"\.(ics|atom|xml|json|csv|geojson|css|js|txt|pdf|svg)$|^/(healthz|readyz|metrics|hooks/notify)$|/html$"
)


def test_every_page_for_people_is_looked_at():
    """A new page is looked at too, or this fails."""
    assert {route.path for route in ROUTES if isinstance(route, Route) and not MACHINES.search(route.path)} <= set(
        PAGES
    )


@pytest.fixture(scope="module")
def addresses(site: Living) -> list[str]:
    """Every page, by its path."""
    from engage.domain.people import Wanted
    from engage.work import people

    people.sign_up(site.app, "email", "new@example.org", Wanted(areas=("hartlepool",)), network="192.0.2.7")
    people.request_link(site.app, "email", "p0@example.org", network="192.0.2.7")
    issue(site.app, "waits", title="Phones stolen", areas=("hartlepool",), asks=True)
    settle(site.app)
    with site.app.reading() as unit:
        stored = [revision.entry for revision in unit.schedule.revisions()]
    today = site.clock.now.date()
    stored = [e for e in stored if e.first_day is None]
    held = [e for e in stored if e.starts_local.date() < today and e.concerns]
    coming = [e for e in stored if e.starts_local.date() > today and e.venue]
    found = {
        "coming": coming[0].id,
        "held": held[-1].id,
        "concern": f"/meetings/{held[-1].id}/concerns/{held[-1].concerns[0].id}",
        "approve": site.link("approve", "deputy@example.org").removeprefix(site.base),
        "confirm": site.link("confirm", "new@example.org").removeprefix(site.base),
        "preferences": site.link("preferences", "p0@example.org").removeprefix(site.base),
        "unsubscribe": site.link("unsubscribe", "p0@example.org").removeprefix(site.base),
        "mail": f"/trial/mail/{list_mail(site.app.settings.data / 'trial-mail')[0].id}",
    }
    return [path.format(**found) for paths in PAGES.values() for path in paths]


@dataclass
class Look:
    """What was seen of every page in one window."""

    barriers: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    html: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module", params=[NARROW, WIDE], ids=["phone", "desktop"])
def look(chromium: Any, site: Living, addresses: list[str], request: pytest.FixtureRequest) -> Look:
    """Every page opened once."""
    context = chromium.new_context(viewport=request.param, base_url=site.base)
    page, found, came = context.new_page(), Look(), []

    def note(answer: Any) -> None:
        came.append(answer)

    page.on("response", note)
    for path in addresses:
        came.clear()
        answer = page.goto(path)
        found.html[path] = answer.text()
        found.weights[path] = sum(len(one.body()) for one in came)
        found.elsewhere += [one.url for one in came if not one.url.startswith((site.base, "data:"))]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.wide.append(path)
        found.barriers += [f"{path}: {one}" for one in verdicts.barriers(page)]
    context.close()
    return found


def test_no_page_has_a_barrier(look: Look):
    """WCAG 2.2 AA and good practice, as far as axe sees them."""
    assert look.barriers == []


def test_no_page_scrolls_sideways(look: Look):
    """Reflow at 320 CSS pixels (1.4.10)."""
    assert look.wide == []


def test_every_page_is_html_as_the_standard_has_it(look: Look, tmp_path: Path):
    """Duplicate ids, wrong nesting, labels of nothing."""
    assert verdicts.mistakes(look.html, tmp_path) == []


def test_no_page_asks_anybody_else(look: Look):
    """No third party learns who reads what."""
    assert look.elsewhere == []


def test_no_page_weighs_much(look: Look):
    """An old phone has it soon: a page with its styles and scripts."""
    assert {path: size for path, size in look.weights.items() if size > HEAVY} == {}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desktop"])
def test_every_form_with_mistakes_has_no_barrier(chromium: Any, site: Living, size: dict[str, int]):
    """The error summary, the fields and the title of a form that was refused (3.3.1)."""
    page, found = chromium.new_page(viewport=size, base_url=site.base), []
    for path in ("/subscribe", "/complaints", "/preferences"):
        page.goto(path)
        page.locator("main form[method=post] button").last.click()
        assert page.locator(".error-summary").count(), path
        assert page.title().startswith("Error: "), path
        found += [f"{path}: {one}" for one in verdicts.barriers(page)]
    page.close()
    assert found == []


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desktop"])
def test_every_answer_to_a_form_has_no_barrier(chromium: Any, site: Living, size: dict[str, int], tmp_path: Path):
    """Sent, confirmed, saved, refused, stopped, forgotten, complained, decided: what stands after a button was pressed."""
    context = chromium.new_context(viewport=size, base_url=site.base)
    page, who = context.new_page(), f"answers-{size['width']}@example.org"
    found, html, wide = [], {}, []

    def look(what: str) -> None:
        found.extend(f"{what}: {one}" for one in verdicts.barriers(page))
        html[what] = page.content()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(what)

    def press(what: str, button: str) -> None:
        with page.expect_navigation():
            page.locator(f"main {button}").last.click()
        look(what)

    page.goto("/subscribe")
    page.get_by_label("E-mail address").fill(who)
    page.locator("#area").select_option("hartlepool")
    press("sign-up sent", "form[method=post] button")
    page.goto(site.link("confirm", who))
    press("confirmed", "form button")
    page.goto("/preferences")
    page.get_by_label("E-mail address").fill(who)
    press("link sent", "form[method=post] button")
    page.goto(site.link("preferences", who))
    for kind in SUBSCRIPTION_KINDS:
        page.locator(f"#kinds-{kind}").uncheck()
    save = "button:text-is('Save')"
    press("choices refused", save)
    assert page.locator(".error-summary").count()
    page.locator("#kinds-alerts").check()
    press("choices saved", save)
    press("own calendar", "button:text-is('Make an address')")
    press("forgotten", "button.warn")
    page.goto(site.link("unsubscribe", "p1@example.org"))
    press("unsubscribed", "form button")
    page.goto("/complaints")
    page.locator("input[name=about]").first.check()
    page.locator("textarea").fill("The hall was closed.")
    page.locator("#email").fill(who)
    press("complaint sent", "form[method=post] button")
    issue(site.app, f"over-{size['width']}", areas=("middlesbrough",), asks=True)
    page.goto(site.link("approve", "deputy@example.org"))
    page.locator("[name=reason]").fill("Not now")
    press("declined", "button[value=decline]")
    context.close()
    assert (found, wide, verdicts.mistakes(html, tmp_path)) == ([], [], [])


@pytest.mark.parametrize(("width", "text"), [(640, "100%"), (1280, "200%")], ids=["zoom", "text alone"])
def test_at_twice_the_size_nothing_scrolls_sideways(
    chromium: Any, site: Living, addresses: list[str], width: int, text: str
):
    """200 % zoom of a desktop leaves 640 CSS pixels; text alone may be doubled too (1.4.4)."""
    context = chromium.new_context(viewport={"width": width, "height": 450}, base_url=site.base)
    page = context.new_page()
    wide = []
    for path in addresses:
        page.goto(path)
        page.evaluate("(size) => { document.documentElement.style.fontSize = size }", text)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    context.close()
    assert wide == []


def test_the_judges_see_what_is_wrong(chromium: Any, tmp_path: Any):
    """A verdict that finds nothing anywhere would be worth nothing."""
    page = chromium.new_page()
    broken = '<!DOCTYPE html><html><body><img src="data:,"><p id="a"></p><p id="a"></p></body></html>'
    page.set_content(broken)
    assert any(one.startswith("image-alt") for one in verdicts.barriers(page))
    page.close()
    assert any("no-dup-id" in one for one in verdicts.mistakes({"broken": broken}, tmp_path))
