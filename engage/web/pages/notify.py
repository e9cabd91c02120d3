"""`/hooks/notify`: GOV.UK Notify says what became of a message, or passes a text message on. Its token is its right.

Not there without ENGAGE_NOTIFY_CALLBACK_TOKEN. Answered at once; whatever is not answered with 200 comes again.
"""

from __future__ import annotations

import hmac
import json
import re

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engage.app import App
from engage.web.forms import body_of
from engage.web.site import site_of
from engage.work import inbox

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


async def receive(request: Request) -> Response:
    """The token is looked at before the body is."""
    app = site_of(request).app
    token = app.settings.notify_callback_token
    if token is None or request.method != "POST":
        raise HTTPException(404)
    if not _is_right(request.headers.get("authorization", ""), token.get_secret_value()):
        return _said(401, "Wrong token", {"WWW-Authenticate": "Bearer", "Connection": "close"})
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _said(415, "Send application/json", {"Connection": "close"})
    told = _parsed(await body_of(request))
    if told is None or not await run_in_threadpool(_take, app, told):
        return _said(400, "Neither a receipt nor a text message")
    return _said(200, "Thank you")


def _is_right(header: str, tokens: str) -> bool:
    """Compared in constant time; an old and a new one hold while they are changed."""
    given = header.encode("latin-1", "replace")
    held = (b"Bearer " + token.strip().encode() for token in tokens.split(",") if token.strip())
    return any(hmac.compare_digest(given, right) for right in held)


def _parsed(body: bytes) -> dict[str, str] | None:
    """The texts of a JSON object; half a surrogate pair becomes a question mark."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: value.encode("utf-8", "replace").decode() for name, value in found.items() if isinstance(value, str)}


def _take(app: App, told: dict[str, str]) -> bool:
    """A receipt has a status, a text message a sender; False for what is neither."""
    if not _ID.fullmatch(told.get("id", "")):
        return False
    if "status" in told and "source_number" not in told:
        inbox.take_receipt(
            app, reference=told.get("reference", "")[:64], status=told["status"], to=told.get("to", "")[:320]
        )
        return True
    if "source_number" in told and "message" in told:
        inbox.take_text(app, text_id=told["id"], number=told["source_number"], text=told["message"])
        return True
    return False


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(text, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})})
