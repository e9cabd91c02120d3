"""GOV.UK Notify: what its answers mean, a session that asks before it repeats, and e-mail sent through it. Text
messages are in sms, the connection is in notify_api.

A request that was not answered for certain is in doubt: the next try first asks for what Notify holds under our
reference, the delivery's id. So no answer, a broken connection and every 5xx cost a minute and double nothing.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from engage.channels.addresses import parse_email
from engage.channels.base import ADDRESS, Letter
from engage.channels.message import Headings
from engage.channels.notify_api import ANSWER, Account, Answer, Line, Lost, Unreached
from engage.channels.texts import Plain
from engage.domain.deliveries import FENCE_FRESH
from engage.domain.outcomes import Halted, Outcome, Refused, Sent, TryAgain, Unknown
from engage.domain.rates import Rate
from engage.errors import SettingsError
from engage.settings import Settings

LINES = 4  # requests under way at once: an answer takes a tenth of a second, the limit is 50 in one
SLOW_DOWN = timedelta(seconds=15)  # after 429, where Notify does not say for how long

Request = tuple[str, dict[str, Any]]  # the path and what is posted there, but for the reference
Holds = Callable[[Letter, Mapping[str, Any]], bool]


def account_of(settings: Settings) -> Account:
    if settings.notify_api_key is None:
        raise SettingsError("ENGAGE_NOTIFY_API_KEY is not set: without it, GOV.UK Notify sends nothing.")
    url = str(settings.notify_url) if settings.notify_url else None
    return Account.parse(settings.notify_api_key.get_secret_value(), url)


def rate_of(settings: Settings) -> Rate:
    """One limit for all that goes through Notify: it counts by key, not by kind of message."""
    return Rate(bucket="notify", per_minute=settings.notify_rate)


class Notify:
    """E-mail through GOV.UK Notify, as a template that holds `((subject))` and `((body))` and nothing else.

    With *only*, letters to anybody else are refused: trial mode must not mail residents.
    """

    name = "notify"
    repeatable = False
    findable = True
    connections = 1

    def __init__(
        self,
        account: Account,
        template_id: str,
        rate: Rate,
        *,
        only: Collection[str] | None = None,
        patience: float = ANSWER,
    ) -> None:
        self.account, self.template_id, self.rate, self.patience = account, template_id, rate, patience
        self.only = None if only is None else frozenset(address.lower() for address in only)

    @classmethod
    def from_settings(cls, settings: Settings) -> Notify:
        if settings.notify_email_template_id is None:
            raise SettingsError("ENGAGE_NOTIFY_EMAIL_TEMPLATE_ID is not set: GOV.UK Notify sends templates only.")
        account = account_of(settings)
        only = None if settings.is_live or account.is_loopback else settings.trial_recipients
        return cls(account, str(settings.notify_email_template_id), rate_of(settings), only=only)

    def connect(self) -> NotifySession:
        return NotifySession(self.account, self.request, self.holds, patience=self.patience)

    def build(self, render: Callable[[str], str], headings: Headings) -> Plain:
        return Plain(render("subject.txt"), render("long.txt"), subscription=headings.list_id is not None)

    def parse_address(self, text: str) -> str:
        return parse_email(text)

    def request(self, letter: Letter) -> Request | Refused:
        if self.only is not None and letter.to.lower() not in self.only:
            return Refused("Trial mode sends to the addresses in ENGAGE_TRIAL_RECIPIENTS only.", "trial")
        if not ADDRESS.fullmatch(letter.to):
            return Refused("The address is not one that Notify takes.", "address")
        content = json.loads(letter.content)
        posted = {
            "email_address": letter.to,
            "template_id": self.template_id,
            "personalisation": {"subject": content["subject"], "body": content["body"]},
        }
        if (url := content.get("unsubscribe_url", "")).startswith("https://"):
            posted["one_click_unsubscribe_url"] = url
        return "/v2/notifications/email", posted

    def holds(self, letter: Letter, found: Mapping[str, Any]) -> bool:
        return str(found.get("email_address", "")).lower() == letter.to.lower()


class NotifySession:
    """One thread's way to Notify: up to LINES requests at once, outcomes in the order of the letters."""

    def __init__(
        self,
        account: Account,
        request: Callable[[Letter], Request | Refused],
        holds: Holds,
        *,
        patience: float = ANSWER,
    ) -> None:
        self._account, self._request, self._holds, self._patience = account, request, holds, patience
        self._pool: ThreadPoolExecutor | None = None
        self._until = 0.0
        self._idle: deque[Line] = deque()

    def send(self, letters: Sequence[Letter], _following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        """See `Session.send`. After a halt nothing more is asked; what was under way has its own answer.

        Who was frozen meanwhile, or waited long, posts nothing more: the rows may have been given to somebody else.
        """
        self._until = time.monotonic() + FENCE_FRESH.total_seconds()
        if len(letters) == 1:
            yield self._deliver(letters[0])
            return
        rest, halted = iter(letters), None
        running: deque[Future[Outcome]] = deque(self._start(letter) for letter in islice(rest, LINES))
        try:
            while running:
                outcome = running.popleft().result()
                yield outcome
                halted = halted or (outcome if isinstance(outcome, Halted) else None)
                if halted is None:
                    running.extend(self._start(letter) for letter in islice(rest, 1))
            for _ in rest:
                assert halted is not None
                yield halted
        finally:
            for future in running:
                future.cancel()

    def _start(self, letter: Letter) -> Future[Outcome]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(LINES, thread_name_prefix="notify")
        return self._pool.submit(self._deliver, letter)

    def _deliver(self, letter: Letter) -> Outcome:
        request = self._request(letter)
        if isinstance(request, Refused):
            return request
        if time.monotonic() > self._until:
            return TryAgain("Its turn came too late.", "late")
        line = self._take()
        try:
            return (self._look_up(line, letter) if letter.in_doubt else None) or self._post(line, letter, *request)
        except Unreached as unreached:
            return Halted(unreached.why, "tls") if unreached.untrusted else TryAgain(unreached.why, "connection")
        except Lost as lost:
            return Unknown(lost.why)
        finally:
            self._idle.append(line)

    def _post(self, line: Line, letter: Letter, path: str, posted: Mapping[str, Any]) -> Outcome:
        return verdict(line.ask("POST", path, {**posted, "reference": str(letter.delivery_id)}))

    def _look_up(self, line: Line, letter: Letter) -> Outcome | None:
        """What became of an earlier try: None when Notify does not hold it, so that it may go (again).

        A reference alone is not trusted: a database restored from a backup counts its deliveries anew.
        """
        answer = line.ask("GET", "/v2/notifications?" + urlencode({"reference": letter.delivery_id}))
        if answer.status != 200:
            outcome = verdict(answer)
            return outcome if isinstance(outcome, Halted) else Unknown("GOV.UK Notify could not say what it holds.")
        listed = answer.body.get("notifications")
        if not isinstance(listed, list):
            return Unknown("GOV.UK Notify could not say what it holds.")
        held = [one for one in listed if isinstance(one, dict) and self._holds(letter, one)]
        return Sent(str(held[0].get("id", ""))) if held else None

    def _take(self) -> Line:
        try:
            return self._idle.pop()
        except IndexError:
            return Line(self._account, patience=self._patience)

    def close(self) -> None:
        """Wait for what is under way, then hang up."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        while self._idle:
            self._idle.pop().close()


def verdict(answer: Answer) -> Outcome:
    """What an answer to a message means. Notify asks to go by status and type, never by its words, which change."""
    kinds = {kind for kind, _ in answer.errors}
    why = f"GOV.UK Notify answered {answer.status}{f' ({min(kinds)})' if kinds else ''}."
    if answer.status == 201 and answer.body.get("id"):
        return Sent(str(answer.body["id"]))
    if (halted := _halted(answer, kinds, why)) is not None:
        return halted
    if 400 <= answer.status < 500 and answer.status != 408:
        return Refused(why, "too-large" if answer.status == 413 else "policy")
    return Unknown(why)


def _halted(answer: Answer, kinds: Collection[str], why: str) -> Halted | None:
    """What would befall every other message as well."""
    status = answer.status
    if status == 429 and "TooManyRequestsError" in kinds:
        return Halted("The daily limit of the GOV.UK Notify service is reached.", "daily-limit")
    if status == 429:
        after = timedelta(seconds=answer.retry_after) if answer.retry_after else SLOW_DOWN
        return Halted("GOV.UK Notify wants us to slow down.", "rate-limit", after)
    if status in {401, 403}:
        return Halted(f"{why} Check ENGAGE_NOTIFY_API_KEY, and that this machine's clock is right.", "authentication")
    if 300 <= status < 400 or status in {404, 405} or (status == 400 and _is_about_the_template(answer)):
        return Halted(f"{why} Check ENGAGE_NOTIFY_URL and the template ids.", "configuration")
    return None


def _is_about_the_template(answer: Answer) -> bool:
    """The one look at words: a wrong template would fail everybody. If they change, each fails and can be retried."""
    return any(
        kind == "BadRequestError" and ("template" in message.lower() or "personalisation" in message.lower())
        for kind, message in answer.errors
    )
