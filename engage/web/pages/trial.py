"""`/trial/mail`: every message of a rehearsal as a person would get it. Trial mode and this machine only."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from engage.channels.mailbox import Mail, Mailbox, list_mail, read_mail
from engage.domain import wording
from engage.web.site import is_at_hand, render, site_of

# The message is shown in a frame that may do nothing but open its links elsewhere; its styles are all it brings.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
# Only this page holds a frame.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def show_all(request: Request) -> Response:
    return render(request, "trial_mails.html", mails=[(m, _written(request, m)) for m in list_mail(_folder(request))])


def show(request: Request) -> Response:
    mail = _mail(request)
    headers = {"Content-Security-Policy": PAGE_POLICY}
    return render(request, "trial_mail.html", mail=mail, written=_written(request, mail), headers=headers)


def show_html(request: Request) -> Response:
    headers = {"Content-Security-Policy": FRAME_POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(_mail(request).html.replace("<head>", '<head><base target="_blank">', 1), headers=headers)


def _folder(request: Request) -> Path:
    """The trial mailbox of this rehearsal; 404 in live mode, and for anybody who is not at this machine."""
    site = site_of(request)
    channel = site.app.channels.get("email")
    if site.app.is_live or not is_at_hand(request):
        raise HTTPException(404)
    return channel.folder if isinstance(channel, Mailbox) else site.app.settings.data / "trial-mail"


def _mail(request: Request) -> Mail:
    folder, number = _folder(request), request.path_params["mail_id"]
    known = number.isascii() and number.isdigit() and len(number) < 19
    mail = read_mail(folder, int(number)) if known else None
    if mail is None:
        raise HTTPException(404)
    return mail


def _written(request: Request, mail: Mail) -> str:
    shown = site_of(request).snapshot.shown
    return wording.moment(mail.written_at.astimezone(shown.office.zone if shown else None))
