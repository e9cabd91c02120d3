"""`/meetings/{id}/poster`, a page to print and hang up, and `.pdf` of it where typst is installed."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.web import printed
from engage.web.pages.meetings import found
from engage.web.printed import Poster
from engage.web.site import PUBLIC, render, site_of
from engage.work import typesetting


def show(request: Request) -> Response:
    entry = found(request).entry
    return render(
        request,
        "poster.html",
        cache=PUBLIC,
        poster=_poster(request),
        entry_id=entry.id,
        kind=entry.kind,
        has_pdf=typesetting.has_pdf(),
    )


def download(request: Request) -> Response:
    if not typesetting.has_pdf():
        raise HTTPException(404)
    headers = {
        "Content-Disposition": f'inline; filename="{found(request).entry.id}.pdf"',
        "Cache-Control": PUBLIC,
        "X-Robots-Tag": "noindex",
    }
    content = printed.pdf(site_of(request).app.templates, _poster(request))
    return Response(content, media_type="application/pdf", headers=headers)


def _poster(request: Request) -> Poster:
    site = site_of(request)
    return printed.poster(found(request), site.shown.office, now=site.app.now, base_url=site.app.base_url)
