"""What several formats share."""

from __future__ import annotations

from dataclasses import replace

from engage.feeds.once import once
from tests.feeds.samples import BASE, OFFICE, revision


def test_the_same_question_is_answered_once_and_any_other_anew() -> None:
    """Another revision, office or address never gets an answer meant for one before, even if it is equal to it."""
    made = []

    @once
    def make(told, office, *, base_url):
        made.append(base_url)
        return object()

    first, office = revision(), replace(OFFICE, phone="")
    answer = make(first, OFFICE, base_url=BASE)
    assert make(first, OFFICE, base_url=BASE) is answer
    others = [(replace(first), OFFICE, BASE), (first, office, BASE), (first, OFFICE, "https://other.example.org")]
    answers = [make(told, who, base_url=where) for told, who, where in others]
    assert len({answer, *answers}) == len(made) == 4
