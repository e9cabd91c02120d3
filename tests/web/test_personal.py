"""A person's own calendar on the wire and on the page where its address is made (FEEDS C71)."""

from __future__ import annotations

import re

import pytest

from engage.domain.people import Wanted
from engage.web import personal_answers as answers
from engage.work import people, personal
from tests.office import add_people, apply, meeting, settle
from tests.web.conftest import CHOICES, words

PLAIN = {"Accept-Encoding": "identity"}
TOKEN = re.compile(r'value="http://127\.0\.0\.1:8000(/feeds/me/([\w-]{40})\.ics)"')
EASTFIELD, HARBOUR = Wanted(areas=("eastfield",)), Wanted(areas=("harbour",))


def fetch(browser, path, method="GET", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.client.request(method, path, headers={**PLAIN, **named})


def uids(answer) -> set[str]:
    assert answer.status_code == 200, answer.text
    return set(re.findall(r"^UID:([\w-]+)@", answer.text, re.MULTILINE))


def owner(browser, name="ada", wanted=EASTFIELD) -> tuple[int, str]:
    """Somebody confirmed, and the path of their calendar."""
    (person,) = add_people(browser.app, (name, wanted)).values()
    return person, f"/feeds/me/{personal.make(browser.app, person)}.ics"


def manage(browser, person: int) -> str:
    return browser.app.links.preferences(person, browser.app.now).removeprefix(browser.app.base_url)


def test_a_person_makes_uses_replaces_and_stops_an_address(anywhere):
    """All of it from the page of their choices; each new address is shown once and ends the one before."""
    (person,) = add_people(anywhere.app, ("ada", EASTFIELD)).values()
    page = manage(anywhere, person)
    assert "Stop this address" not in anywhere.get(page).text
    made = anywhere.client.post(page, data={"calendar": "new"})
    path, token = TOKEN.search(made.text).groups()
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    for link in (f'href="webcal://127.0.0.1:8000{path}"', "calendar.google.com", "outlook.live.com", f"/feeds/plain/me/{token}.ics"):  # fmt: skip
        assert link in made.text
    assert uids(fetch(anywhere, path)) == {"winter-a", "winter-b"}
    again = anywhere.get(page).text
    assert token not in again
    assert "You made an address on Monday 23 November 2026" in again

    assert "Your choices are saved" in anywhere.client.post(page, data={**CHOICES, "areas": ["harbour"]}).text
    assert uids(fetch(anywhere, path)) == {"harbour-a"}

    newer = TOKEN.search(anywhere.client.post(page, data={"calendar": "new"}).text)[1]
    assert fetch(anywhere, path).status_code == 404
    assert uids(fetch(anywhere, newer)) == {"harbour-a"}
    stopped = anywhere.client.post(page, data={"calendar": "stop"})
    assert "address has stopped" in words(stopped.text)
    assert "Stop this address" not in stopped.text
    gone = fetch(anywhere, newer)
    assert gone.status_code == 404
    assert "Ask for a link" in gone.text
    assert 'href="/preferences"' in gone.text


def test_it_is_private_and_found_by_no_search_engine(browser):
    """C01, C11, C12, C19, C71."""
    _, path = owner(browser)
    get, head = fetch(browser, path), fetch(browser, path, "HEAD")
    assert {**get.headers} == {**head.headers}
    assert head.content == b""
    assert get.headers["content-type"] == "text/calendar; charset=utf-8"
    assert get.headers["cache-control"] == "private, no-cache"
    assert get.headers["x-robots-tag"] == "noindex"
    assert get.headers["referrer-policy"] == "no-referrer"
    assert get.headers["content-disposition"] == 'inline; filename="me.ics"'
    assert "last-modified" in get.headers
    zipped = fetch(browser, path, Accept_Encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == get.content
    for answer in (get, zipped):
        same = fetch(browser, path, If_None_Match=answer.headers["etag"])
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", answer.headers["etag"])
        assert same.headers["cache-control"] == "private, no-cache"


def test_a_date_does_not_tell_that_nothing_changed(browser):
    """Whoever follows a quieter area gets its calendar, although no entry in it is newer than the copy they have."""
    person, path = owner(browser, wanted=Wanted())
    modified = fetch(browser, path).headers["last-modified"]
    people.change(browser.app, person, HARBOUR)
    answer = fetch(browser, path, If_Modified_Since=modified)
    assert uids(answer) == {"harbour-a"}


def test_people_who_follow_the_same_share_bytes_tag_and_memory(browser):
    """And nothing in it is about either of them."""
    paths = [owner(browser, name)[1] for name in ("ada", "ben")]
    one, other = (fetch(browser, path) for path in paths)
    assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])
    for secret in ("ada", "ben@", "example.org/feeds", *(path[10:30] for path in paths)):
        assert secret not in one.text
    info = shelf(browser).cache_info()
    assert (info.hits, info.misses) == (1, 1)


def shelf(browser):
    """The answers in memory."""
    return browser.site.site.personal.kept


def test_memory_is_bounded(browser, monkeypatch):
    """Those asked for longest ago go first."""
    assert shelf(browser).cache_info().maxsize == answers.SETS == 256
    monkeypatch.setattr(answers, "SETS", 2)
    small = answers.PersonalAnswers(browser.app, browser.site.snapshot)
    for wanted in (EASTFIELD, HARBOUR, Wanted()):
        (person,) = add_people(browser.app, (f"x{wanted.areas}", wanted)).values()
        small.find(personal.followed(browser.app, personal.make(browser.app, person)), "")
    assert small.kept.cache_info().currsize == 2


def test_an_edit_is_served_with_the_next_look_at_the_store(browser, office):
    """Under a new tag; an edit elsewhere leaves bytes and tag as they were."""
    (_, mine), (_, other) = owner(browser), owner(browser, "ben", HARBOUR)
    before, quiet = fetch(browser, mine), fetch(browser, other)
    office.talks(
        meeting("winter-a", "2026-11-24T19:15:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
    )
    apply(browser.app)
    browser.site.snapshot.refresh()
    after = fetch(browser, mine, If_None_Match=before.headers["etag"])
    assert after.status_code == 200
    assert "DTSTART;TZID=Europe/London:20261124T191500" in after.text
    assert fetch(browser, other).headers["etag"] == quiet.headers["etag"]


def test_an_edit_between_two_looks_is_not_missed(browser, office):
    """Joining takes in the newest state by itself, and never puts new bytes under an old one."""
    browser.site.snapshot.stop()
    _, path = owner(browser)
    office.talks(meeting("winter-a", "2026-11-24T19:15:00"), meeting("winter-b", "2026-12-08T18:30:00"))
    apply(browser.app)
    assert "20261124T191500" in fetch(browser, path).text


def test_a_new_day_moves_the_window(browser):
    """C67: what is 13 months old leaves, also when nothing else happens."""
    _, path = owner(browser)
    tag = fetch(browser, path).headers["etag"]
    browser.clock.move(days=31 * 14)
    assert uids(fetch(browser, path, If_None_Match=tag)) == set()


def test_entries_are_the_same_as_everywhere(browser):
    """C41: UIDs and all other bytes of an entry; only the head is its own."""
    _, path = owner(browser, wanted=Wanted())

    def entries(text: str) -> list[str]:
        return re.findall(r"BEGIN:VEVENT.*?END:VEVENT", text, re.DOTALL)

    mine, everybodys = fetch(browser, path), fetch(browser, "/feeds/all.ics")
    assert entries(mine.text) == entries(everybodys.text)
    assert "SOURCE" not in mine.text
    assert "VALARM" not in mine.text


def test_plain_has_an_address_of_its_own(browser, office):
    """Google hides what is cancelled."""
    _, path = owner(browser)
    office.talks(meeting("winter-a", "2026-11-24T18:30:00", status="cancelled", reason="Snow"))
    browser.publish()
    plain = fetch(browser, path.replace("/feeds/", "/feeds/plain/"))
    assert "STATUS:CANCELLED" in fetch(browser, path).text
    assert "STATUS:CANCELLED" not in plain.text
    assert plain.headers["content-disposition"] == 'inline; filename="plain-me.ics"'
    assert plain.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("ends", ["leave", "forget", "unsubscribe"])
def test_it_ends_with_its_owner(browser, ends):
    """Whichever way they leave."""
    person, path = owner(browser)
    if ends == "unsubscribe":
        browser.client.post(browser.app.links.unsubscribe(person).removeprefix(browser.app.base_url))
    elif ends == "forget":
        browser.client.post(manage(browser, person), data={"leave": "yes"})
    else:
        people.leave(browser.app, person, how="staff")
    assert fetch(browser, path).status_code == 404
    assert browser.client.post(manage(browser, person), data={"calendar": "new"}).status_code == 400


@pytest.mark.parametrize(
    "token", ["x", "A" * 40, "A" * 5000, "%00", "%ff", "..%2f..%2fall", "%F0%9F%92%A9", "a.b", "x'%20OR%201=1--", "%20"]
)
def test_what_is_nobodys_is_answered_like_what_was_stopped(browser, token):
    """Unknown, malformed and stopped: one page, by which nothing can be told."""
    person, path = owner(browser)
    personal.stop(browser.app, person)
    stopped = fetch(browser, path)
    answer = fetch(browser, f"/feeds/me/{token}.ics")
    assert stopped.status_code == answer.status_code == 404
    if "%2f" not in token:  # a slash leads to the page for addresses that never were
        assert answer.text.replace(answer.request.url.path, "") == stopped.text.replace(path, "")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"


def test_no_line_of_the_log_holds_a_token(browser, listen, monkeypatch):
    """S9: made, used, mistyped, stopped, and when it fails; the route is said instead."""
    heard = listen()
    person, path = owner(browser)
    shown = TOKEN.search(browser.client.post(manage(browser, person), data={"calendar": "new"}).text)[1]
    broken = ("/feeds//me/", "/feeds/ME/", "/feeds/rich/me/", "/old/feeds/me/")
    for token_path in (path, shown):
        for head in ("/feeds/me/", "/feeds/plain/me/", *broken):
            for tail in ("", "/", "?x=1"):
                fetch(browser, token_path.replace("/feeds/me/", head) + tail)
    monkeypatch.setattr(personal, "prepare", lambda *_: 1 / 0)
    shelf(browser).cache_clear()
    assert fetch(browser, shown).status_code == 500
    said = heard()
    assert "/feeds/me/[token]" in said
    assert "ZeroDivisionError" in said
    for token_path in (path, shown):
        assert token_path.removeprefix("/feeds/me/").removesuffix(".ics")[:20] not in said


def test_polls_are_counted(browser):
    """With those of public feeds, all people's together."""
    _, path = owner(browser)
    fetch(browser, path)
    fetch(browser, path, If_None_Match="*")
    polls = browser.site.snapshot.feeds.polls
    assert polls.total == {("other", 200): 1, ("other", 304): 1}
    polls.save(browser.app)
    with browser.app.reading() as unit:
        assert {poll.path for poll, _ in unit.feeds.polls("2000-01-01")} == {"me.ics"}


def test_before_the_first_apply_it_is_not_ready(empty):
    """503, and apps keep what they have."""
    _, path = owner(empty)
    assert fetch(empty, path).status_code == 503


def test_the_store_and_the_mail_hold_no_token(browser):
    """The address is known to the person alone."""
    _, path = owner(browser)
    settle(browser.app)
    assert path.removeprefix("/feeds/me/").removesuffix(".ics") not in repr(browser.rows())
