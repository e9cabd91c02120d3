"""A resident's way from finding a meeting to leaving again, by mouse, by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.living import Living

pytestmark = pytest.mark.timeout(300)
FOCUSED = "document.activeElement"
VISIBLE = """() => {
  const style = getComputedStyle(document.activeElement), box = document.activeElement.getBoundingClientRect();
  const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || style.backgroundColor !== 'rgba(0, 0, 0, 0)';
  return marked && box.width > 0 && box.height > 0;
}"""
MOST_TABS = 150


@pytest.fixture(params=[(320, True), (1280, True), (320, False)], ids=["phone", "desktop", "without scripts"])
def page(chromium: Any, site: Living, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, scripts = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 720}, base_url=site.base, java_script_enabled=scripts
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """Somebody new for each test."""
    return f"walk-{abs(hash(request.node.name)) % 10**6}@example.org"


def heading(page: Any) -> str:
    return str(page.locator("h1").inner_text())


def test_the_whole_way_by_mouse(page: Any, site: Living, address: str):
    """Find, read, sign up, confirm, choose otherwise, leave."""
    page.goto("/")
    page.get_by_label("Area", exact=False).first.select_option("hartlepool")
    page.locator("main form button").first.click()
    first = page.locator("main a[href^='/meetings/']").first
    title = first.inner_text()
    first.click()
    assert heading(page).startswith(title)
    page.get_by_role("link", name="Get messages").first.click()
    page.get_by_label("E-mail address").fill(address)
    page.locator("#area").select_option("hartlepool")
    page.locator("main form[method=post] button").last.click()
    assert heading(page) == "Check your e-mail"
    link = site.link("confirm", address)
    page.goto(link)
    assert site.state_of(address) == "pending", "opening a link does nothing: scanners open links"
    page.get_by_role("button", name="Yes, send me messages").click()
    assert (heading(page), site.state_of(address)) == ("Thank you. You will get our messages", "confirmed")
    page.get_by_role("link", name="change what you get", exact=True).click()
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Send me the link").click()
    page.goto(site.link("preferences", address))
    page.get_by_label("Middlesbrough", exact=True).check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_label("Hartlepool", exact=True).is_checked()
    assert page.get_by_label("Middlesbrough", exact=True).is_checked()
    page.goto(site.alerted(address))
    assert site.state_of(address) == "confirmed"
    page.get_by_role("button", name="Stop all messages").click()
    assert (heading(page), site.state_of(address)) == ("You are unsubscribed", "left")


class Keys:
    """Somebody who has no mouse. Where they are must be visible at every step (2.4.7, 2.4.11)."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def to(self, selector: str) -> None:
        """Tab until the element is focused."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(VISIBLE), self.page.evaluate(f"{FOCUSED}.outerHTML")[:200]
            if self.page.evaluate(f"(s) => {FOCUSED}.matches(s)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached by keyboard.")

    def press(self, selector: str, key: str = "Enter") -> None:
        self.to(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def write(self, selector: str, text: str) -> None:
        self.to(selector)
        self.page.keyboard.type(text)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_whole_way_by_keyboard_alone(chromium: Any, site: Living, width: int):
    """Tab, Enter, Space and letters; past the menu by the first link of the page."""
    address = f"keys-{width}@example.org"
    context = chromium.new_context(viewport={"width": width, "height": 720}, base_url=site.base)
    context.set_default_timeout(60_000)
    page = context.new_page()
    keys = Keys(page)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate(f"{FOCUSED}.id") == "main"
    keys.press("main a[href^='/meetings/']")
    assert "/meetings/" in page.url
    page.goto("/subscribe")
    keys.write("#email", address)
    keys.write("#area", "Hartlepool")
    keys.press("main form[method=post] button[type=submit]")
    assert heading(page) == "Check your e-mail"
    page.goto(site.link("confirm", address))
    keys.press("main button", "Space")
    assert site.state_of(address) == "confirmed"
    page.goto(site.alerted(address))
    keys.press("main button")
    assert site.state_of(address) == "left"
    context.close()


def test_a_refused_form_takes_one_to_the_mistake(chromium: Any, site: Living):
    """The summary's link leads to the field, and what was filled in is kept."""
    page = chromium.new_page(base_url=site.base)
    page.goto("/subscribe")
    page.get_by_label("E-mail address").fill("nobody at example")
    page.locator("#area").select_option("hartlepool")
    page.locator("main form[method=post] button").last.click()
    page.locator(".error-summary a").first.click()
    assert page.evaluate(f"{FOCUSED}.id") == "email"
    assert page.locator("#email").input_value() == "nobody at example"
    assert page.locator("#area").input_value() == "hartlepool"
    page.close()
