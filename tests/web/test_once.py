"""Parts of pages that are drawn once."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from engage.web import once as onces
from engage.web.once import Once

LIST = "{% macro rows(names, chosen) %}{% for name in names %}<b>{{ name }}{{ '!' if name == chosen }}</b>{% endfor %}{% endmacro %}"
PAGE = '{% from "list.html" import rows %}{{ once(rows, names, chosen) }}'


@pytest.fixture
def drawn():
    """A page that lists names, what it is drawn with, and its templates."""
    once, files = Once(), {"list.html": LIST, "page.html": PAGE}
    environment = ImmutableSandboxedEnvironment(loader=DictLoader(files), autoescape=lambda _: True)

    def draw(*names, chosen=""):
        return environment.get_template("page.html").render(once=once, names=names, chosen=chosen)

    return draw, once, files


def test_a_fragment_is_drawn_once_for_the_same_facts(drawn):
    """And again for others; what people typed stays text."""
    draw, once, _ = drawn
    assert draw("a", "<i>", chosen="a") == draw("a", "<i>", chosen="a") == "<b>a!</b><b>&lt;i&gt;</b>"
    assert len(once._drawn) == 1
    assert draw("a", "<i>") == "<b>a</b><b>&lt;i&gt;</b>"
    assert len(once._drawn) == 2
    assert isinstance(next(iter(once._drawn.values())), Markup)


def test_a_template_that_changed_is_drawn_anew(drawn):
    """Staff change a file and see it, as everywhere else."""
    draw, _, files = drawn
    assert draw("a") == "<b>a</b>"
    files["list.html"] = LIST.replace("<b>", "<p>")
    assert draw("a") == "<p>a</b>"


def test_so_many_fragments_are_kept_and_no_more(drawn, monkeypatch):
    """However many things a stranger chooses in an address."""
    monkeypatch.setattr(onces, "MOST", 5)
    draw, once, _ = drawn
    for number in range(50):
        assert draw(str(number)) == f"<b>{number}</b>"
        assert len(once._drawn) <= 5


def test_pages_add_no_fragment_when_they_are_made_again(browser):
    """A macro imported with its context would be another one on each page, and push out what is used."""
    paths = ("/", "/?view=month", "/feeds", "/subscribe", "/said-and-done", "/meetings/winter-a")
    for path in paths:
        browser.get(path)
    before = len(browser.site.site.once._drawn)
    browser.clock.move(minutes=2)
    for path in paths:
        browser.get(path)
    assert before == len(browser.site.site.once._drawn) > 5
