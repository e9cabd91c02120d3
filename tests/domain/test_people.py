"""Mailboxes, postcodes and the words people may choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engage.domain.calendars import Area
from engage.domain.notices import SUBSCRIPTION_KINDS
from engage.domain.people import CONSENT_WORDING, Wanted, areas_of_postcode, canonical_mailbox, unknown_words
from engage.languages import Language
from tests.domain.samples import OFFICE


@pytest.mark.parametrize(
    "spelling",
    ["adabyron@example.org", "Ada.Byron@Example.org", "ada.byron+news@example.org", "a.d.a.byron+a+b@example.org"],
)
def test_tags_dots_and_case_lead_to_one_mailbox(spelling: str):
    """For counting sign-ups only: mail goes to the address as given."""
    assert canonical_mailbox(spelling) == "adabyron@example.org"


def test_domains_keep_their_dots():
    """mail.example.org is not mailexample.org."""
    assert canonical_mailbox("ada@mail.example.org") == "ada@mail.example.org"


@pytest.mark.parametrize(
    ("postcode", "areas"),
    [
        ("ZZ1 9AB", ["north"]),
        ("zz19ab", ["north"]),
        ("ZZ14AB", ["mill"]),
        ("ZZ1 4AB", ["mill"]),  # the sector is longer than the district
        ("ZZ1 4", ["mill"]),
        ("ZZ3 1AA", ["south"]),
        ("ZZ2 1AA", ["north", "south"]),  # a tie asks the person
        ("ZZ14 4AA", []),  # another district, although it begins alike
        ("ZZ144AA", []),
        ("ZZ14", []),  # a district
        ("ZZ9 1AA", []),
        ("", []),
    ],
)
def test_a_postcode_lies_in_the_area_that_matches_longest(postcode: str, areas: list[str]):
    """Districts match whole, sectors from their start; nothing is guessed."""
    assert [a.id for a in areas_of_postcode(OFFICE, postcode)] == areas


def test_two_areas_that_name_one_sector_are_both_offered():
    """Staff can share a sector between neighbourhoods."""
    twin = Area(id="twin", name="Twin", within="north", postcodes=("zz1 4",))
    office = replace(OFFICE, areas=(*OFFICE.areas, twin))
    assert [a.id for a in areas_of_postcode(office, "ZZ1 4AB")] == ["mill", "twin"]


def test_words_that_do_not_exist_are_named():
    """In a sentence to whoever wrote them, with what was meant; what exists is not mentioned."""
    wanted = Wanted(area="nowhere", kinds=("alerts", "gossip"), areas=("north", "mil"), topics=("fraud", "love"))
    assert unknown_words(OFFICE, SUBSCRIPTION_KINDS, wanted) == [
        'There is no kind "gossip".',
        'There is no area "mil" in office.toml. Did you mean "mill"?',
        'There is no area "nowhere" in office.toml.',
        'There is no topic "love" in office.toml.',
    ]
    assert unknown_words(OFFICE, SUBSCRIPTION_KINDS, Wanted(areas=("mill",), topics=("fraud",))) == []


def test_consent_names_the_office_and_how_to_stop():
    """UK GDPR article 7(3): withdrawing is as easy as giving."""
    said = Language().say(CONSENT_WORDING, office=OFFICE.name)
    assert OFFICE.name in said
    assert "stop" in said
