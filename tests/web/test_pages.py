"""What the public pages say, in the words residents read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from engage.work import days
from tests.office import meeting, settle
from tests.web.conftest import words

PUBLIC = (
    "/",
    "/?postcode=ZZ2&area=nope&topic=nope&from=x&to=y",
    "/?view=month",
    "/meetings/winter-a",
    "/meetings/winter-a/poster",
    "/said-and-done",
    "/areas/eastfield",
    "/areas/westmark",
    "/feeds",
    "/milestones",
    "/alerts",
    "/subscribe",
    "/preferences",
    "/accessibility",
    "/privacy",
    "/complaints",
    "/open-data",
    "/embed",
)


class Tags(HTMLParser):
    """The attributes of every tag, as a browser reads them."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, _tag, attrs):
        self.found.append(attrs)

    @classmethod
    def of(cls, html):
        parser = cls()
        parser.feed(html)
        return parser.found


def test_a_new_form_is_filled_with_what_most_people_want(browser):
    """Every kind, a resident, as they come; and what was chosen is ticked again after a mistake."""
    ticked = {dict(tag).get("value") for tag in Tags.of(browser.get("/subscribe").text) if "checked" in dict(tag)}
    assert ticked == {"meetings", "alerts", "tips", "milestones", "resident", "immediate"}
    again = browser.sign_up("nobody", kinds=["tips"], topics=["fraud"], audience="watch", frequency="weekly", day="5")
    tags = [dict(tag) for tag in Tags.of(again.text)]
    assert {tag["value"] for tag in tags if "checked" in tag} == {"tips", "fraud", "watch", "weekly"}
    assert {tag["value"] for tag in tags if "selected" in tag} == {"eastfield", "5", "9"}


@pytest.mark.parametrize("path", [*PUBLIC, "/nothing", "/confirm/x", "/trial/mail"])
def test_every_page_has_what_assistive_technology_needs(browser, path):
    """A language, a title, one h1, landmarks, a skip link; ids once; every field has a label; headings in order."""
    html = browser.get(path).text
    assert '<html lang="en-GB">' in html
    assert re.search(r"<title>\w[^<]* \N{EN DASH} Westmark OCS</title>", html)
    assert len(re.findall(r"<h1[ >]", html)) == 1
    for landmark in ("<header", "<nav", '<main id="main"', "<footer", 'href="#main"'):
        assert landmark in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for field in re.findall(r"<(?:input|select)\b[^>]*>", html):
        named = re.search(r'\sid="([^"]+)"', field)
        assert 'type="hidden"' in field or (named and f'for="{named[1]}"' in html), field
    for wanted in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html):
        assert set(wanted.split()) <= set(ids)
    named = [name for tag in Tags.of(html) for name, _ in tag]
    assert not [name for name in named if re.search(r"(checked|selected)\w|\W\W", name)], named
    assert not re.search(r"[a-z][.!?][A-Z0-9]", words(html).replace("ocs@example.org", ""))
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", PUBLIC)
def test_pages_need_no_script_and_nothing_from_elsewhere(browser, path):
    """No script, no inline style, no font or image of somebody else: the policy would refuse them."""
    html = browser.get(path).text
    assert not re.search(r'<script(?! type="application/ld\+json">)|\sstyle=|\son\w+=|<style', html)
    ours = ("/static/", "data:", "/feeds/", "/meetings/", "/alerts")
    assert all(found.startswith(ours) for found in re.findall(r'<link[^>]*href="([^"]+)"', html))


def test_meetings_come_by_month_with_their_place(browser):
    """The start page: the month, the day in words, the hours, the venue, the area."""
    text = browser.text("/")
    assert "November 2026" in text
    assert "Tuesday 24 November 2026, 6:30pm to 8pm Village Hall \N{MIDDLE DOT} Eastfield" in text
    assert text.index("November 2026") < text.index("December 2026") < text.index("Quay House")


def test_what_is_over_is_not_upcoming(browser):
    """A meeting leaves the start page when it ends; its own page stays."""
    browser.clock.move(days=2)
    assert "winter-a" not in browser.get("/").text
    assert browser.get("/meetings/winter-a").status_code == 200


def test_a_long_programme_goes_on_behind_a_link(browser, office):
    """More than a page's worth is cut at a month, and the rest is one link away."""
    days = [f"2027-0{month}-{day:02}" for month in (1, 2, 3, 4) for day in range(1, 26)]
    office.talks(*(meeting(f"day-{day}", f"{day}T18:30:00") for day in days))
    browser.publish()
    later = re.search(r'href="(/\?later=[0-9-]+)"', browser.get("/").text)[1]
    assert later == "/?later=2027-04-01"
    assert "Later: from" not in browser.text(later)
    assert "Back to the first of them" in browser.text(later)


@pytest.mark.parametrize("value", ["", "2026-13", "zzzz", "9999-99", "%00", "2026-12' OR 1=1"])
def test_a_strange_month_is_no_error(browser, value):
    """What people type into addresses is ignored when it means nothing."""
    assert browser.get(f"/?from={value}").status_code == 200


def test_an_area_shows_what_covers_it_and_what_lies_within(browser, office):
    """Mill Lane sees Eastfield's and the whole's; the harbour next door it does not."""
    office.talks(
        meeting("eastfield-talk", "2026-12-01T18:30:00"),
        meeting("mill-lane-talk", "2026-12-02T18:30:00", areas=["mill-lane"]),
        meeting(
            "whole-talk", "2026-12-03T18:30:00", venue=None, areas=["westmark"], online="https://meet.example.org/x"
        ),
        meeting("harbour-talk", "2026-12-04T18:30:00", venue="quay"),
    )
    browser.publish()
    shown = {
        area: set(re.findall(r"/meetings/([a-z-]+)-talk", browser.get(f"/areas/{area}").text))
        for area in ("mill-lane", "eastfield", "westmark", "harbour")
    }
    assert shown["mill-lane"] == shown["eastfield"] == {"eastfield", "mill-lane", "whole"}
    assert shown["westmark"] == {"eastfield", "mill-lane", "whole", "harbour"}
    assert shown["harbour"] == {"whole", "harbour"}


def test_a_meeting_says_how_to_get_there_and_in(browser):
    """Venue, map, access, contact, the calendar file and the feeds that hold it."""
    html, text = browser.get("/meetings/winter-a").text, browser.text("/meetings/winter-a")
    assert "Village Hall 1 Green Street, Eastfield ZZ1 4AA" in text
    assert "https://www.openstreetmap.org/?mlat=54.50000&amp;mlon=-1.20000#map=17/54.50000/-1.20000" in html
    assert "step-free, hearing loop" in text
    assert 'href="/meetings/winter-a.ics"' in html
    assert "calendar=village-talks&amp;part=area/eastfield" in html
    assert 'Westmark OCS, <a href="mailto:ocs@example.org">ocs@example.org</a>, 01632 960001' in html
    assert "We have no access information" in browser.text("/meetings/harbour-a")


def test_a_change_comes_first_and_stays_in_the_history(browser, office):
    """Moved, then cancelled: the notice says what is so now, the history what was when."""
    rest = [meeting("winter-b", "2026-12-08T18:30:00"), meeting("harbour-a", "2026-12-15T18:30:00", venue="quay")]
    office.talks(meeting("winter-a", "2026-11-25T19:00:00", venue="quay"), *rest)
    browser.publish()
    text = browser.text("/meetings/winter-a")
    assert "This has moved. It was to be on Tuesday 24 November 2026 at 6:30pm." in text
    assert "New date or time" in text
    assert "Moved from Tuesday 24 November 2026, 6:30pm to 8pm to Wednesday 25 November 2026, 7pm to 8:30pm." in text
    assert "The place changed from Village Hall to Quay House." in text
    browser.clock.move(hours=1)
    office.talks(meeting("winter-a", "2026-11-25T19:00:00", venue="quay", status="cancelled", reason="Snow."), *rest)
    browser.publish()
    text = browser.text("/meetings/winter-a")
    assert text.index("This meeting is cancelled. Snow.") < text.index("Talk winter-a", 40)
    assert text.index("Cancelled: Snow.") < text.index("Moved from")
    assert "Add to your calendar" not in text.partition("This meeting is cancelled.")[2].partition("Where")[0]


def test_a_meeting_as_a_file(browser):
    """An attachment with the entry's own UID; whole, and not a subscription."""
    answer = browser.get("/meetings/winter-a.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="winter-a.ics"'
    assert b"UID:winter-a@westmark.example.org\r\n" in answer.content
    assert b"REFRESH-INTERVAL" not in answer.content
    assert browser.get("/meetings/none.ics").status_code == 404


def test_hostile_words_of_staff_are_shown_not_obeyed(browser, office):
    """Markup in a title is text (SECURITY B64)."""
    office.talks(meeting("winter-a", "2026-11-24T18:30:00", title="<img src=x onerror=alert(1)> & {{ 7*7 }}"))
    browser.publish()
    for path in ("/", "/meetings/winter-a", "/areas/eastfield"):
        html = browser.get(path).text
        assert "<img" not in html
        assert "&lt;img src=x onerror=alert(1)&gt; &amp; {{ 7*7 }}" in html


def test_the_chooser_gives_each_app_its_link(browser):
    """C72: webcal for desktops, webcal inside Google's, https inside Outlook's, and the address to copy."""
    html = browser.get("/feeds?calendar=village-talks&part=area/harbour").text
    path = "/feeds/village-talks/area/harbour.ics"
    quoted = "%3A%2F%2F127.0.0.1%3A8000" + path.replace("/", "%2F")
    assert f'href="webcal://127.0.0.1:8000{path}"' in html
    assert f'href="https://calendar.google.com/calendar/r?cid=webcal{quoted}"' in html
    assert f'href="https://outlook.live.com/calendar/0/addfromweb?url=http{quoted}&amp;name=' in html
    assert f'value="http://127.0.0.1:8000{path}"' in html
    assert f'value="http://127.0.0.1:8000/feeds/plain{path.removeprefix("/feeds")}"' in html
    assert browser.get(path).status_code == browser.get(f"/feeds/plain{path.removeprefix('/feeds')}").status_code == 200
    assert "8 to 24 hours" in html
    assert "13 months" in html


@pytest.mark.parametrize(
    "query", ["calendar=nope", "part=area/nope", "calendar=&part=", "calendar=all&part=venue/quay", "x=%00"]
)
def test_the_chooser_survives_any_query(browser, query):
    """Unknown names fall back on everything."""
    assert browser.get(f"/feeds?{query}").status_code == 200


def test_milestones_say_where_the_programme_stands(browser):
    """695 at the opening: five to go, and only three are planned; then the 700th is projected, then reached."""
    text = browser.text("/milestones")
    assert "695 meetings held" in text
    assert "5 to go until the 700th meeting" in text
    assert "3 meetings are confirmed so far, which does not reach it yet" in text
    assert "650" in text
    assert "695 held by Saturday 31 October 2026" in text


def test_a_milestone_is_projected_and_then_reached(browser, office):
    """The projected meeting is a link; once held, it is listed with its date."""
    ahead = [meeting(f"week-{n}", f"2026-12-{n:02}T18:30:00") for n in range(1, 7)]
    office.talks(*ahead)
    browser.publish()
    text = browser.text("/milestones")
    assert "it will be on Saturday 5 December 2026, 6:30pm to 8pm : Talk week-5" in text
    assert "expected" not in text
    browser.clock.move(days=14)
    settle(browser.app)
    browser.site.snapshot.refresh()
    text = browser.text("/milestones")
    assert "700th Saturday 5 December 2026 Talk week-5" in text
    assert re.search(
        r'<title id="t1">\s*701 of 750 meetings: 2% of the way from 700 to 750\s*</title>',
        browser.get("/milestones").text,
    )


def test_before_the_first_apply_pages_say_to_come_back(empty):
    """503 with Retry-After, in words; the process lives and is not ready."""
    for path in ("/", "/feeds", "/subscribe", "/milestones"):
        answer = empty.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "try again in a few minutes" in words(answer.text)
    assert empty.get("/healthz").status_code == 200
    assert empty.get("/readyz").status_code == 503
    assert empty.client.post("/unsubscribe/x").status_code == 400


def test_staff_may_override_a_page(browser, tmp_path):
    """A file of the same name in the office's own templates folder comes first."""
    from engage.rendering import Templates

    (tmp_path / "own" / "web").mkdir(parents=True)
    (tmp_path / "own" / "web" / "complaints.html").write_text("<h1>Ours</h1>")
    assert Templates(tmp_path / "own").environment.get_template("web/complaints.html").render() == "<h1>Ours</h1>"


def test_the_footer_and_about_pages_name_the_office(browser):
    """Another office replaces its files, and every page speaks for it."""
    for path in ("/privacy", "/complaints", "/accessibility"):
        text = browser.text(path)
        assert "ocs@example.org" in text
        assert "01632 960001" in text
        assert "Cleveland" not in text


def test_a_public_page_is_rendered_once_in_a_while(browser, monkeypatch):
    """Thousands follow the link of an alert at once; after a minute it is made anew, for a template may have changed."""
    rendered = []
    real = browser.app.templates.environment.get_template
    monkeypatch.setattr(browser.app.templates.environment, "get_template", lambda *a: rendered.append(a[0]) or real(*a))
    for _ in range(5):
        assert browser.get("/").status_code == 200
    assert rendered.count("web/upcoming.html") == 1
    browser.clock.move(minutes=1)
    browser.get("/")
    assert rendered.count("web/upcoming.html") == 2


@pytest.mark.parametrize("path", ["/", "/milestones", "/alerts", "/subscribe", "/feeds", "/privacy"])
def test_what_others_append_to_a_link_makes_no_page_of_its_own(browser, monkeypatch, path):
    """Newsletters and social media mark each reader's link: the page stays one, and repeats nothing of the mark."""
    rendered = []
    real = browser.app.templates.environment.get_template
    monkeypatch.setattr(browser.app.templates.environment, "get_template", lambda *a: rendered.append(a[0]) or real(*a))
    answers = [browser.get(f"{path}?utm_source={n}&fbclid=zq{n}").text for n in range(3)]
    assert len(set(answers)) == 1
    assert "zq" not in answers[0]
    assert rendered.count("web/base.html") == 1
    if path == "/":
        assert browser.get("/?x=1&area=eastfield&topic=fraud").text == browser.get("/?topic=fraud&area=eastfield").text
        assert browser.get("/?area=eastfield").text != browser.get("/?area=harbour").text


@pytest.mark.parametrize("path", ["/subscribe", "/complaints"])
def test_a_form_that_is_kept_has_a_token_of_its_own_for_everybody(browser, path):
    """It tells since when the form lies open; the rest of the page is the same."""
    hidden = re.compile(r'name="token" value="([^"]+)"')
    first = browser.get(path).text
    browser.clock.move(seconds=1)
    second = browser.get(path).text
    tokens = [hidden.search(html)[1] for html in (first, second)]
    assert tokens[0] != tokens[1]
    assert hidden.sub("", first) == hidden.sub("", second)
    assert all(browser.app.links.subject("form", token, now=browser.app.now, within=None) for token in tokens)


def test_a_card_is_drawn_again_when_what_it_shows_has_changed(browser, office):
    """Kept by the entry, the office, whether it has begun, and the template's file."""
    site, shown = browser.site.site, browser.site.snapshot.shown
    one = shown.revisions["winter-a"]
    kept = site.cards.of(one, shown.office, browser.app.now)
    html = site.cards.drawing("card")([kept])
    assert site.cards.of(one, shown.office, browser.app.now) is kept
    assert site.cards.drawing("card")([kept, kept]) == html + html
    assert "<li" in site.cards.drawing("line")([kept])
    rest = [meeting("winter-b", "2026-12-08T18:30:00"), meeting("harbour-a", "2026-12-15T18:30:00", venue="quay")]
    office.talks(meeting("winter-a", "2026-11-25T19:00:00"), *rest)
    browser.publish()
    moved = site.cards_of([site.shown.revisions["winter-a"]])[0]
    assert "New date or time" in site.cards.drawing("card")([moved])
    browser.clock.move(days=3)
    assert "New date or time" not in site.cards.drawing("card")(site.cards_of([site.shown.revisions["winter-a"]]))


def test_the_chooser_leads_to_the_archives(browser):
    """C67: feeds hold 13 months back; the years before stay under addresses of their own."""
    browser.clock.move(days=500)
    days.keep_day(browser.app)
    browser.publish()
    page = browser.get("/feeds").text
    assert 'href="/feeds/village-talks/archive/2026.ics"' in page
    assert b"UID:winter-a@" in browser.get("/feeds/village-talks/archive/2026.ics").content
    assert b"UID:winter-a@" not in browser.get("/feeds/village-talks.ics").content
