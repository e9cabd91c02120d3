"""Pages in several languages: which one somebody gets, that it stays with them, and that nothing is left in English."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from engage.app import build
from engage.channels import CHANNELS
from engage.channels.mailbox import list_mail
from engage.channels.push_crypto import new_key
from engage.domain.people import Wanted
from engage.settings import Settings
from engage.web.tongues import preferred
from tests import pseudo
from tests.conftest import NOON, settings_for
from tests.notify_sink import NotifySink
from tests.office import OFFICE_TOML, Clock, add_people, apply, settle, write_office
from tests.web.conftest import BASE, CHOICES, Browser, visiting, words

LANGUAGES = f'languages = ["en", "cy", "{pseudo.TAG}"]\ncolour'
WELSH = {"accept-language": "cy-GB,cy;q=0.9,en;q=0.5"}
CONSENT = "Rwy'n cytuno: caiff Office for Community Safety of Westmark anfon negeseuon ataf"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """An office of three languages, applied; one of them is nobody's."""
    folder = tmp_path_factory.mktemp("languages")
    write_office(folder / "calendars").write("office.toml", OFFICE_TOML.replace("colour", LANGUAGES))
    pseudo.write(folder / "templates" / "locale")
    shutil.copy(sqlite_template, folder / "engage.sqlite3")
    app = build(_settings(folder, folder), clock=Clock(NOON))
    apply(app)
    settle(app)
    app.database.close()
    return folder


def _settings(folder: Path, own: Path, **more: object) -> Settings:
    url = f"sqlite:///{own / 'engage.sqlite3'}"
    return settings_for(url, own, folder / "calendars", templates_dir=folder / "templates", **more)


@pytest.fixture
def town(folder: Path, tmp_path: Path, clock: Clock) -> Iterator[Browser]:
    """With a database that a test may change."""
    shutil.copy(folder / "engage.sqlite3", tmp_path / "engage.sqlite3")
    app = build(_settings(folder, tmp_path), clock=clock)
    with visiting(app, clock) as found:
        yield found
    app.database.close()


@pytest.fixture(scope="module")
def everything(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """With texts and alerts on devices, for pages that are only looked at; Ada is confirmed."""
    own, clock = tmp_path_factory.mktemp("everything"), Clock(NOON)
    shutil.copy(folder / "engage.sqlite3", own / "engage.sqlite3")
    with NotifySink() as sink:
        app = build(_settings(folder, own, **{**sink.settings, "notify_email_template_id": None}), clock=clock)
        push = CHANNELS["webpush"](Settings(_env_file=None, vapid_private_key=new_key()))
        app = replace(app, channels={**app.channels, "webpush": push})
        add_people(app, ("ada", Wanted(areas=("eastfield",), language=pseudo.TAG)))
        with visiting(app, clock) as found:
            yield found
        app.database.close()


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", "en"),
        ("cy", "cy"),
        ("cy-GB", "cy"),
        ("CY-gb;q=0.8, en;q=0.7", "cy"),
        ("en;q=0.5, cy;q=0.6", "cy"),
        ("fr, de, cy;q=0.1", "cy"),
        ("cy;q=0, fr", "en"),
        ("*", "en"),
        ("pt-br", "pt-BR"),
        ("pt", "en"),
        ("cy;q=x", "en"),
        (";;;,,,=,q", "en"),
        ("xx," * 10_000 + "cy", "en"),
    ],
)
def test_the_browser_says_which_language_its_owner_reads(header, found):
    """RFC 4647, lookup, among those the office names; what cannot be read asks for nothing."""
    assert preferred(header, ("en", "cy", "pt-BR")) == found


def test_an_office_of_one_language_offers_none(browser):
    """No switch, nothing that varies with it, English whatever the browser prefers: as before there were others."""
    answer = browser.get("/subscribe?lang=cy", **WELSH)
    assert '<html lang="en-GB">' in answer.text
    assert "lang=" not in answer.text.replace('<html lang="en-GB">', "").replace('value="" lang="en-GB"', "")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-language" not in answer.headers


def test_a_page_is_in_the_language_of_its_reader(town):
    """By the browser, and by the address before it; caches are told."""
    by_browser, by_address = town.get("/subscribe", **WELSH), town.get("/subscribe?lang=cy")
    for answer in (by_browser, by_address):
        assert "Cael negeseuon am eich ardal" in words(answer.text)
        assert '<html lang="cy">' in answer.text
        assert answer.headers["content-language"] == "cy"
        assert answer.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert "Get messages about your area" in words(town.get("/subscribe?lang=en", **WELSH).text)
    assert "Get messages about your area" in words(town.get("/subscribe?lang=xx").text)


def test_a_public_page_kept_for_one_is_not_shown_to_another(town):
    """The shelf of pages that are the same for everybody knows their language."""
    for _ in range(2):
        assert '<html lang="cy">' in town.get("/", **WELSH).text
        assert '<html lang="en-GB">' in town.get("/").text
        assert 'dir="rtl"' in town.get(f"/?lang={pseudo.TAG}").text


def test_a_page_that_is_not_translated_says_so(town):
    """Its frame is Welsh, what is in it English and marked as English; so is what the office wrote."""
    html = town.get("/privacy", **WELSH).text
    assert re.search(r'<main id="main"[^>]* lang="en-GB" dir="ltr">', html)
    assert "Preifatrwydd" in words(html)
    assert "How we use your details" in words(html)
    form = " ".join(town.get("/subscribe", **WELSH).text.split())
    assert '<div class="columns" lang="en-GB">' in form
    assert '<a class="office" href="/" lang="en-GB">' in form
    assert '<div class="columns">' in town.get("/subscribe").text


def test_the_footer_leads_to_the_same_page_in_each_language(town):
    """Under the names that their speakers give them; what was asked stays asked."""
    html = town.get("/?area=eastfield&lang=cy").text
    switch = re.findall(r'<a href="([^"]*lang=([^"&]*))"\s+lang="([^"]+)"\s+hreflang="[^"]+"\s*(aria-current)?', html)
    assert [(unescape(address), tag, current) for address, _, tag, current in switch] == [
        ("/?area=eastfield&lang=en", "en-GB", ""),
        ("/?area=eastfield&lang=cy", "cy", "aria-current"),
        (f"/?area=eastfield&lang={pseudo.TAG}", pseudo.TAG, ""),
    ]
    assert ["English" in html, "Cymraeg" in html, "العربية" in html] == [True, True, True]


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example.org/x",
        "/%09/evil.example.org/x",
        "/%0a//evil.example.org",
        "///evil.example.org",
        "/%22%3E%3Cscript%3E",
    ],
)
def test_the_footer_never_leads_to_another_site(town, path):
    """The page of an address that is not there offers its languages too; a stranger may have made that address."""
    answer = town.client.send(town.client.build_request("GET", f"{BASE}{path}?lang=cy"))
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    links = [unescape(found) for found in re.findall(r'(?:href|action)="([^"]*)"', answer.text)]
    assert any("evil" in link or "script" in link for link in links)
    elsewhere = [link for link in links if re.match(r"/[\s\x00-\x20]*[/\\]", link)]
    assert elsewhere == []


def test_a_language_chosen_in_the_footer_stays_on_the_way(town):
    """No cookie is set: links and forms carry it. Files, other sites and mail addresses are left alone."""
    html = town.get("/?lang=cy").text
    assert "set-cookie" not in town.get("/?lang=cy").headers
    addresses = [unescape(found) for found in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', html)]
    pages = [one for one in addresses if one.startswith("/") and "lang=" not in one]
    assert [one for one in pages if not re.search(r"\.(ics|json|csv|atom)$", one)] == []
    assert "mailto:ocs@example.org" in addresses
    assert re.search(r'<form[^>]*><input type="hidden" name="lang" value="cy">', html)
    assert 'action="/subscribe?lang=cy"' in town.get("/subscribe?lang=cy").text
    assert "lang=cy" not in re.sub(r'<a href="[^"]*"\s+lang=', "", town.get("/", **WELSH).text)


def test_a_mistake_is_explained_in_the_language_of_the_form(town):
    """Sentences made in Python too; what was typed stays."""
    form = {"email": "nobody", "postcode": "XX9 9XX", "token": town.form_token()}
    said = words(town.client.post("/subscribe?lang=cy", data=form).text)
    for sentence in (
        "Mae problem",
        "Mae gan gyfeiriad e-bost un @, megis name@example.org.",
        "Nid ydym yn adnabod y cod post hwn. Gwiriwch ef, neu dewiswch eich ardal o'r rhestr.",
        "Dewiswch o leiaf un math o neges.",
        "Gwall:",
    ):
        assert sentence in said, said
    assert "Rhowch eich cyfeiriad e-bost." in words(town.client.post("/preferences", headers=WELSH).text)
    assert "Heb ddod o hyd i'r dudalen" in words(town.get("/nothing", **WELSH).text)


def test_a_welsh_speaker_goes_the_whole_way_in_welsh(town):
    """Form, mail, confirming, choices and leaving; consent is kept in the words that were shown."""
    form = {"email": "ada@example.org", "area": "eastfield", "token": town.form_token(), **CHOICES}
    assert CONSENT in words(town.get("/subscribe", **WELSH).text)
    assert "Edrychwch ar eich e-bost" in words(town.client.post("/subscribe?lang=cy", data=form).text)
    confirm = town.link("confirm")
    mail = list_mail(town.app.settings.data / "trial-mail")[0]
    assert mail.subject == "Cadarnhewch eich bod am gael negeseuon gan Westmark OCS"
    assert "Mae'r ddolen yn gweithio am 72 awr." in mail.text
    assert '<html lang="cy"' in mail.html
    assert confirm.endswith("?lang=cy")

    assert "Iawn, anfonwch negeseuon ataf" in words(town.get(confirm).text)
    assert "Diolch. Byddwch yn cael ein negeseuon" in words(town.client.post(confirm).text)
    with town.app.database.engine.connect() as conn:
        kept = conn.exec_driver_sql("select wording from consent").scalar_one()
    assert kept.startswith(CONSENT)

    town.client.post("/preferences", data={"email": "ada@example.org"})
    preferences = town.link("preferences")
    assert list_mail(town.app.settings.data / "trial-mail")[0].subject.startswith("Eich dolen i newid")
    page = town.get(preferences).text
    assert {"Eich dewisiadau", "Dydd Mercher", "09:00"} <= set(re.findall(r">([^<]+)<", page))
    assert re.search(r'value="cy"\s+checked', page)

    unsubscribe = town.app.links.unsubscribe(town.person("ada@example.org").id).removeprefix(BASE)
    assert "Atal pob neges" in words(town.get(unsubscribe, **WELSH).text)
    assert "Rydych wedi dad-danysgrifio" in words(town.client.post(f"{unsubscribe}?lang=cy").text)


def test_a_person_changes_their_language_among_their_choices(town):
    """The answer is in the new one, and so is the next message; a language that is not offered changes nothing."""
    person = add_people(town.app, ("ada", Wanted(areas=("eastfield",))))["ada"]
    address = town.app.links.preferences(person, town.app.now).removeprefix(BASE)
    form = {**CHOICES, "areas": ["eastfield"], "language": "cy"}
    answer = town.client.post(address, data=form)
    assert "Mae eich dewisiadau wedi'u cadw." in words(answer.text)
    assert answer.headers["content-language"] == "cy"
    assert f'<form method="post" novalidate action="{address}?lang=cy">' in answer.text
    town.client.post("/preferences", data={"email": "ada@example.org"})
    assert town.link("preferences").endswith("?lang=cy")
    for other in ("xx", ""):
        town.client.post(address, data={**form, "language": other})
        with town.app.reading() as unit:
            assert unit.people.find(person).language == "cy"


def test_an_address_that_is_known_is_written_to_as_its_owner_chose(town):
    """Whoever types it into a form in another language."""
    add_people(town.app, ("ada", Wanted(areas=("eastfield",), language="cy")))
    town.sign_up("ada@example.org")
    settle(town.app)
    assert list_mail(town.app.settings.data / "trial-mail")[0].subject.startswith("Rydych eisoes yn cael negeseuon")


def test_who_has_not_confirmed_yet_is_written_to_in_the_language_of_the_form(town):
    """Nothing is kept of somebody who may never have asked: the newest form says which language it was."""
    town.sign_up("ada@example.org")
    form = {"email": "ada@example.org", "area": "eastfield", "token": town.form_token(), **CHOICES}
    town.client.post("/subscribe?lang=cy", data=form)
    settle(town.app)
    subjects = {mail.subject for mail in list_mail(town.app.settings.data / "trial-mail")}
    assert subjects == {
        "Please confirm that you want messages from Westmark OCS",
        "Cadarnhewch eich bod am gael negeseuon gan Westmark OCS",
    }


def _journey(town: Browser) -> list[str]:
    """The path of each page between the form and the goodbye."""
    app = town.app
    links = app.links
    with app.reading() as unit:
        ada = unit.people.by_address("email", "ada@example.org").id
    preferences = links.preferences(ada, app.now)
    absolute = [preferences, f"{preferences}/texts", links.device(ada, app.now), links.unsubscribe(ada)]
    return [
        "/subscribe",
        "/subscribe?area=eastfield",
        "/preferences",
        "/confirm/broken",
        "/preferences/broken",
        "/unsubscribe/broken",
        "/devices/broken",
        "/nothing",
        f"/texts/{links.token('text', 'made-up', app.now)}",
        *(one.removeprefix(app.base_url) for one in absolute),
    ]


# What no catalogue has: names of the office, of its areas and topics, of programs and of languages; addresses.
NAMES = re.compile(
    r"Office for Community Safety of Westmark|Westmark OCS|Westmark|Eastfield|Mill Lane|Harbour|Burglary|Fraud|"
    r"Community|English|Cymraeg|Google Calendar|Outlook\.com|https?://\S+|\S+@\S+"
)


def left_in_english(html: str) -> list[str]:
    """Words in Latin letters that a reader or a screen reader meets."""
    spoken = " ".join(re.findall(r'(?:aria-label|placeholder|alt|title)="([^"]*)"', html))
    titled = re.search(r"<title>([^<]*)</title>", html)
    return re.findall(r"[A-Za-z]{2,}", NAMES.sub("", f"{words(html)} {spoken} {titled[1] if titled else ''}"))


def test_nothing_on_the_journey_is_left_in_english(everything):
    """Every sentence was marked: in a language made of Arabic letters no Latin one is left, and pages read from right
    to left.
    """
    for path in _journey(everything):
        answer = everything.get(path, accept_language=pseudo.TAG)
        assert answer.status_code in {200, 400, 404}, path
        assert f'<html lang="{pseudo.TAG}" dir="rtl">' in answer.text
        assert left_in_english(answer.text) == [], path


def test_no_answer_on_the_journey_is_left_in_english(town):
    """What follows a button, and what follows a mistake."""
    said = {"accept-language": pseudo.TAG}

    def sent(path: str, **form: object) -> str:
        answer = town.client.post(path, data=form, headers=said)
        assert left_in_english(answer.text) == [], path
        return answer.text

    token = town.form_token()
    sent("/subscribe", email="name", postcode="XX9")
    sent("/subscribe", email="ada@example.org", postcode="ZZ2 1AA", token=token, **CHOICES)
    sent("/subscribe", email="ada@example.org", area="eastfield", token=token, **CHOICES)
    confirm = town.link("confirm").partition("?")[0]
    assert left_in_english(town.get(confirm, **said).text) == []
    sent(confirm)
    sent("/preferences", email="")
    sent("/preferences", email="ada@example.org")
    preferences = town.link("preferences").partition("?")[0]
    sent(preferences, **CHOICES)
    sent(preferences, areas="eastfield", **CHOICES)
    sent(preferences, calendar="new")
    sent(preferences, calendar="stop")
    sent(town.app.links.unsubscribe(town.person("ada@example.org").id).removeprefix(BASE))
    town.client.post(confirm)
    with town.app.unit() as unit:
        unit.people.confirm(town.person("ada@example.org").id, "email")
    sent(preferences, leave="yes")


def test_the_mails_of_the_journey_are_not_left_in_english(town):
    """Text and HTML, subject included; the layout is mirrored."""
    said = {"accept-language": pseudo.TAG}
    form = {"email": "ada@example.org", "area": "eastfield", "token": town.form_token(), **CHOICES}
    town.client.post("/subscribe", data=form, headers=said)
    town.client.post(town.link("confirm"))
    town.client.post("/subscribe", data={**form, "token": town.form_token()}, headers=said)
    town.client.post("/preferences", data={"email": "ada@example.org"})
    settle(town.app)
    mails = list_mail(town.app.settings.data / "trial-mail")
    assert len(mails) == 3
    for mail in mails:
        assert left_in_english(f"<p>{mail.subject} {mail.text}</p>") == [], mail.text
        assert left_in_english(f"</head>{mail.html.partition('</head>')[2]}") == []
        assert f'<html lang="{pseudo.TAG}" dir="rtl"' in mail.html
        assert "border-left" not in mail.html
