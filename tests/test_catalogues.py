"""Catalogues: that what is translated is what the sources say, and that a bad translation harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from engage import catalogues
from engage.catalogues import forms, sources
from engage.errors import SettingsError
from engage.languages import Languages
from engage.web.tongues import TRANSLATED
from tests.catalogues import TEMPLATE, begun, gathered, lacking, written

OURS = sorted(catalogues.OURS.glob("*.po"))
# What somebody meets between the form and the first message; sentences made in Python belong to it.
JOURNEY = (
    "engage/",
    *(f"templates/web/{name}" for name in (*TRANSLATED, "base.html", "forms.html", "ways.html", "concerns.html")),
    *(f"templates/notices/{kind}." for kind in ("already", "base", "code", "confirm", "follow", "manage")),
)


@pytest.fixture(scope="module")
def source() -> Catalog:
    return gathered()


@pytest.fixture
def own(tmp_path: Path):
    """A folder for the office's own catalogues, and a way to write one."""

    def write(*pairs: tuple[str, str], head: str = "") -> Path:
        entries = [f'{head}msgid "{sentence}"\nmsgstr "{translation}"\n' for sentence, translation in pairs]
        text = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + "\n".join(entries)
        (tmp_path / "cy.po").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_the_template_is_what_the_sources_say(source):
    """Whoever changes a sentence runs `make catalogues`, so that translators see it."""
    assert TEMPLATE.read_text(encoding="utf-8") == written(source), "Run: make catalogues"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_every_language_has_the_sentences_of_the_sources(path, source):
    """Nothing stale: its sentences are those of the sources, in the form that `make catalogues` writes."""
    found = catalogues.read(path)
    assert {sources(m) for m in found if m.id} == {sources(m) for m in source if m.id}, "Run: make catalogues"
    assert path.read_text(encoding="utf-8") == written(found)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_no_translation_harms_its_sentence(path):
    """Values, tags and links are those of the source, and a plural has as many forms as the language."""
    found = catalogues.read(path)
    assert [(m.id, fault) for m in found if m.id for fault in catalogues.faults(m)] == []
    assert all(len(forms(m)) == found.num_plurals for m in found if m.id and len(sources(m)) == 2)


def test_the_sign_up_journey_is_translated_into_welsh(source):
    """The form with its mistakes, the pages after it, the mails, the choices and leaving: every sentence."""
    needed = {m.id for m in source if m.id and any(name.startswith(JOURNEY) for name, _ in m.locations)}
    assert len(needed) > 200
    missing = {message.id for message in lacking(catalogues.read(catalogues.OURS / "cy.po"))}
    assert needed & missing == set()


def test_a_language_begins_with_every_sentence_to_translate(source, tmp_path):
    """What `make catalogues NEW=fr` writes can be read again, with the plurals of the language."""
    french = begun("fr")
    french.update(source)
    (tmp_path / "fr.po").write_text(written(french), encoding="utf-8")
    found = catalogues.read(tmp_path / "fr.po")
    assert len(lacking(found)) == len(found) == len(source)
    assert found.num_plurals == 2


@pytest.mark.parametrize(
    ("translation", "fault"),
    [
        ("Mae'r ddolen yn gweithio.", "%(hours)s is missing"),
        ("%(hours)s %(oriau)s <b>x</b>", "%(oriau)s has no value"),
        ("%(hours)s, 100% <b>x</b>", "a per cent sign must be written %%"),
        ("%(hours)s awr", "its tags and links are not those of the source"),
        ("%(hours)s <b>x</b><a href='https://example.com'>x</a>", "its tags and links are not those of the source"),
    ],
)
def test_a_translation_that_harms_its_sentence_is_passed_over(own, translation, fault):
    """The English sentence is shown, whole, and `make catalogues` says why."""
    sentence = "Works for %(hours)s <b>hours</b>"
    folder = own((sentence, translation))
    assert Languages(folder).get("cy").say(sentence, hours=72) == "Works for 72 <b>hours</b>"
    (message,) = (m for m in catalogues.read(folder / "cy.po") if m.id)
    assert fault in catalogues.faults(message)


def test_a_translation_that_wants_another_look_is_not_shown(own):
    """Fuzzy: made for an older sentence, or a guess of a tool."""
    assert Languages(own(("Save", "Arbed"), head="#, fuzzy\n")).get("cy").translate("Save") == "Cadw"


def test_the_offices_own_catalogue_goes_before_ours(own):
    """An office corrects one word and keeps the rest."""
    welsh = Languages(own(("Save", "Arbed"))).get("cy")
    assert (welsh.translate("Save"), welsh.translate("Your choices")) == ("Arbed", "Eich dewisiadau")


def test_an_own_catalogue_that_cannot_be_read_is_said_at_the_start(tmp_path):
    """With its line, to whoever starts the programs, not to a resident."""
    (tmp_path / "cy.po").write_text('msgid "Save"\nmgsstr "Cadw"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"cy\.po:2"):
        Languages(tmp_path)


def test_values_are_filled_in_without_widths():
    """`%(n)999999999s` is text: Python would make a gigabyte of it."""
    assert catalogues.filled("%(n)s of %(n)999999999s, 100%%", {"n": 3}) == "3 of %(n)999999999s, 100%"
