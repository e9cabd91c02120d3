"""Signed links: who they speak for, for what, and for how long."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.links import LASTING, Links, named_in
from engage.log import mask

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW = "o" * 40, "n" * 40
LINKS = Links("https://www.example.org/", [NEW])


def read(token: str, purpose: str = "manage", *, links: Links = LINKS, now: datetime = NOW, within=HOUR) -> str | None:
    return links.subject(purpose, token, now=now, within=within)


def test_a_token_says_who_it_speaks_for():
    """A number comes back as its text."""
    assert read(LINKS.token("manage", 7, NOW)) == "7"
    assert read(LINKS.token("manage", "a.b-c_d", NOW)) == "a.b-c_d"


@pytest.mark.parametrize(
    ("after", "holds"),
    [(0 * HOUR, True), (HOUR, True), (HOUR + timedelta(seconds=1), False), (-timedelta(minutes=4), True), (-timedelta(minutes=6), False)],
)  # fmt: skip
def test_a_link_holds_for_its_time(after: timedelta, holds: bool):
    """Two hosts' clocks may differ by a few minutes; a link from the future is nobody's."""
    assert (read(LINKS.token("manage", 7, NOW), now=NOW + after) == "7") == holds


def test_an_unsubscribe_link_never_expires_and_is_always_the_same():
    """Mail is read years later (RFC 8058); it says nothing of when it was made."""
    link = LINKS.unsubscribe(7)
    assert link == LINKS.unsubscribe(7) != LINKS.unsubscribe(8)
    token = link.rpartition("/")[2]
    assert read(token, "unsubscribe", now=NOW + timedelta(days=4000), within=LASTING) == "7"


def test_a_token_of_one_purpose_is_nothing_for_another():
    """Whoever has a link that unsubscribes can do nothing else with it."""
    for purpose in ("confirm", "unsubscribe", "approve"):
        assert read(LINKS.token("manage", 7, NOW), purpose) is None


def test_an_old_link_outlives_a_change_of_keys():
    """New links are made with the newest key; a key that was taken out is worth nothing (S7)."""
    both, only_new = Links("https://www.example.org", [NEW, OLD]), Links("https://www.example.org", [NEW])
    token = Links("https://www.example.org", [OLD]).token("manage", 7, NOW)
    assert read(token, links=both) == "7"
    assert read(token, links=only_new) is None
    assert read(both.token("manage", 7, NOW), links=only_new) == "7"
    assert both.proof("bounce", "7.x") == only_new.proof("bounce", "7.x")


@given(st.text(max_size=80))
def test_whatever_is_typed_there_is_no_link(text: str):
    """None, never an exception: these come from the open web."""
    assert read(text) is None


@given(st.integers(0, 10_000), st.data())
def test_a_token_with_one_character_changed_is_forged(subject: int, data: st.DataObject):
    """Anywhere in it, signature included."""
    token = LINKS.token("manage", subject, NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCDabcd0123-_.").filter(lambda c: c != token[at]))
    assert read(token[:at] + other + token[at + 1 :]) is None


def test_a_token_is_written_one_way_only():
    """The last character carries two bits that base64 does not read: they are none of a forger's either."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    token = LINKS.token("manage", 7, NOW)
    assert [c for c in letters if read(token[:-1] + c) is not None] == [token[-1]]
    assert [c for c in letters if read(token + c) is not None] == []


def test_links_are_whole_and_safe_to_click():
    """One address without a doubled slash; letters that no mail program breaks."""
    links = [LINKS.confirm("s" * 22, NOW), LINKS.preferences(7, NOW), LINKS.unsubscribe(7)]
    for link, page in zip(links, ("confirm", "preferences", "unsubscribe"), strict=True):
        assert re.fullmatch(rf"https://www\.example\.org/{page}/[A-Za-z0-9_.-]+", link)


def test_the_log_masks_every_token():
    """Even where somebody logs a path by mistake."""
    for link in (LINKS.confirm("s" * 22, NOW), LINKS.preferences(7, NOW), LINKS.unsubscribe(7)):
        token = link.rpartition("/")[2]
        assert token not in mask(None, "", {"event": f"GET {link}"})["event"]


def test_a_proof_is_short_and_depends_on_everything():
    """Sixteen characters in a return path, which servers fold to lower case."""
    proofs = [LINKS.proof("bounce", "1.a"), LINKS.proof("bounce", "1.b"), LINKS.proof("reply", "1.a")]
    proofs.append(Links("https://www.example.org", [OLD]).proof("bounce", "1.a"))
    assert len(set(proofs)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{16}", proof) for proof in proofs)


def test_a_return_path_names_its_delivery_and_proves_it():
    """For that delivery and that address only; with an old key still (S30)."""
    path = LINKS.return_path(7, "d" * 64)
    ((delivery_id, proof),) = named_in([f"{path}@bounces.example.org"])
    assert delivery_id == 7
    assert LINKS.is_return_path(7, "d" * 64, proof)
    assert Links("https://www.example.org", ["x" * 40, NEW]).is_return_path(7, "d" * 64, proof)
    assert not LINKS.is_return_path(8, "d" * 64, proof)
    assert not LINKS.is_return_path(7, "e" * 64, proof)
    assert not LINKS.is_return_path(7, "d" * 64, proof[:-1])
    assert not LINKS.is_return_path(7, "d" * 64, "é" * 16)
    assert not Links("https://www.example.org", [OLD]).is_return_path(7, "d" * 64, proof)
