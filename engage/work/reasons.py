"""Why somebody gets a message, in the language they read: from their subscriptions as they were when it was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Protocol

from engage.domain.calendars import Office
from engage.domain.notices import Notice
from engage.domain.wording import marked
from engage.languages import Language
from engage.store.unit import Unit

TOLD_BEFORE = marked("we told you about it before")  # whoever follows from the ledger, whatever they subscribe to now
FOLLOWED = marked("you follow what comes of this concern")

Why = Callable[[Language], str]  # a reason, said in the language of who reads it


class Row(Protocol):
    """A delivery, by itself or in a digest, with the subscriptions that it follows from."""

    @property
    def id(self) -> int: ...
    @property
    def reasons(self) -> Sequence[int]: ...


def sentence(notice: Notice, reason: Why, language: Language) -> str:
    """The line at the end of a message; in a digest each item says its own."""
    if notice.kind == "digest":
        return language.say("You get this because of what you follow; the reason stands with each item.")
    return because(reason(language), language)


@lru_cache(maxsize=100)
def because(reason: str, language: Language) -> str:
    return language.say("You get this because %(reason)s.", reason=reason)


def told_before(language: Language) -> str:
    return language.translate(TOLD_BEFORE)


def reasons_of(unit: Unit, office: Office, rows: Sequence[Row]) -> dict[int, Why]:
    """Why each person gets it, from the subscriptions as they were: "you follow Burglary in North Ormesby"."""
    wanted = {reason for one in rows for reason in one.reasons}
    terms: dict[int, dict[str, list[str]]] = defaultdict(lambda: {"kind": [], "area": [], "topic": [], "concern": []})
    for term in unit.subscriptions.terms(wanted):
        terms[term.subscription_id][term.sort].append(term.value)
    known: dict[str, Why] = {}  # few people of a batch follow what nobody else does: each reason is put in words once
    found: dict[int, Why] = {}
    for one in rows:
        if one.reasons:
            followed = [terms[reason] for reason in one.reasons]
            if (alike := repr(followed)) not in known:
                known[alike] = cache(partial(_said, office, followed))
            found[one.id] = known[alike]
    return found


def _said(office: Office, followed: Sequence[Mapping[str, Sequence[str]]], language: Language) -> str:
    return "; ".join(
        dict.fromkeys(
            language.translate(FOLLOWED) if one["concern"] else follows(office, one["area"], one["topic"], language)
            for one in followed
        )
    )


def follows(office: Office, areas: Sequence[str], topics: Sequence[str], language: Language) -> str:
    """`you follow Burglary and Fraud in North Ormesby`."""
    about = _listed(office.names_of_topics(topics), language) if topics else language.say("all topics")
    place = _listed(office.names_of_areas(areas), language) if areas else office.root.name
    return language.say("you follow %(about)s in %(place)s", about=about, place=place)


def _listed(names: Sequence[str], language: Language) -> str:
    shown = [*names[:3], *([language.say("%(count)s more", count=len(names) - 3)] if len(names) > 3 else [])]
    if len(shown) < 2:
        return "".join(shown)
    return language.say("%(first)s and %(last)s", first=", ".join(shown[:-1]), last=shown[-1])
