"""What every page is given: the app, the state in memory, and who asks. Made once by create_app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from engage.app import App
from engage.domain.alerts import PublicAlert
from engage.domain.revisions import Revision
from engage.errors import NotNow
from engage.languages import ENGLISH, Language
from engage.web import tongues
from engage.web.cards import Cards
from engage.web.clients import Network, is_local, network_of
from engage.web.hosts import is_loopback_name
from engage.web.memory import Memory
from engage.web.once import Once
from engage.web.personal_answers import PersonalAnswers
from engage.web.snapshot import Snapshot
from engage.web.styles import Styles
from engage.web.views import Card
from engage.work.pages import Shown

PUBLIC = "public, max-age=60"
PRIVATE = "no-store"


@dataclass(frozen=True, kw_only=True)
class Site:
    """The website as one value."""

    app: App
    snapshot: Snapshot
    personal: PersonalAnswers
    picked: PersonalAnswers  # of an area and topics, for everybody: strangers must not empty the other shelf
    styles: Styles
    cards: Cards
    once: Once
    trusted: tuple[Network, ...]
    memory: Memory

    @property
    def shown(self) -> Shown:
        """The schedule as of now; NotNow before anything was applied."""
        if self.snapshot.shown is None:
            raise NotNow("Nothing has been published yet. Please come back in a few minutes.")
        return self.snapshot.shown

    def cards_of(self, revisions: Iterable[Revision]) -> list[Card]:
        """Entries as cards, as of now."""
        office, now = self.shown.office, self.app.now
        return [self.cards.of(revision, office, now) for revision in revisions]

    @property
    def languages(self) -> tuple[str, ...]:
        """Those the office names, its own first."""
        return self.snapshot.shown.office.languages if self.snapshot.shown else (ENGLISH,)

    @property
    def alerts(self) -> tuple[PublicAlert, ...]:
        """Those whose hour has come, newest first."""
        now = self.app.now
        return tuple(alert for alert in self.snapshot.alerts if alert.is_out(now))


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _attribute(written: Language, read: Language) -> Markup:
    """For what the office wrote, on a page in another language than its own."""
    return Markup("") if written is read else Markup(' lang="{}"').format(written.html_tag)


def language_of(request: Request) -> Language:
    """The language in which the request is answered."""
    site = site_of(request)
    return site.app.templates.languages.get(tongues.negotiated(request, site.languages))


def network(request: Request) -> str:
    """A keyed digest of where the request came from: sign-ups are counted by it, addresses are not kept."""
    site = site_of(request)
    peer = request.client.host if request.client else None
    return site.app.links.proof("network", network_of(peer, request.headers, site.trusted))


def is_at_hand(request: Request) -> bool:
    """Whether somebody at this machine asks, under a name of this machine: for trial mail and metrics."""
    peer = request.client.host if request.client else None
    return is_local(peer, request.headers) and is_loopback_name(request.scope)


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    cache: str = PRIVATE,
    headers: dict[str, str] | None = None,
    language: Language | None = None,
    **facts: Any,
) -> HTMLResponse:
    """A page from templates/web. *cache* is PRIVATE unless the page is the same for everybody.

    *language*: another than the one negotiated, once somebody has chosen it with a form.
    """
    site = site_of(request)
    shown = site.snapshot.shown
    office = shown.office if shown else None
    is_rehearsal = not site.app.is_live
    spoken, languages, offered = language or language_of(request), site.app.templates.languages, site.languages
    common = {
        "page": spoken,
        "say": spoken.say,
        "once": site.once,
        "switch": tongues.choices(request, offered, spoken.tag, languages),
        "office_lang": _attribute(languages.get(offered[0]), spoken),
        "office": office,
        "styles": site.styles.addresses(office),
        "path": request.url.path,
        "base_url": site.app.base_url,
        "trial": is_rehearsal,
        "pushes": "webpush" in site.app.channels,
        "phones": "sms" in site.app.channels,
        "at_hand": is_rehearsal and is_at_hand(request),
    }
    inside = spoken.tag if template in tongues.TRANSLATED else ENGLISH
    text = site.app.templates.environment_in(inside).get_template(f"web/{template}").render(**common, **facts)
    if language or tongues.asked(request, offered):
        text = tongues.carried(text, request.url.path, spoken)
    cached = PRIVATE if is_rehearsal else cache  # the rehearsal's banner differs from reader to reader
    said = {"Content-Language": spoken.html_tag, "Vary": "Accept-Language"} if len(offered) > 1 else {}
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": cached, **said, **(headers or {})})
