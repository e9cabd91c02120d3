"""GOV.UK Notify's word: what became of a message, and text messages that say STOP."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.inbox import Kind
from engage.store.people import digest_of
from engage.store.schema import address, suppression
from engage.work.inbox import take_receipt, take_text
from tests.office import add_people, mails, settle
from tests.work.coming_back import ADA, counts, newest, refusals, suppressions
from tests.work.notices import issue


def test_receipts_are_taken_in_by_reference(sent: App):
    """The reference is our delivery; only the last statuses count, each once."""
    one = str(newest(sent))
    given = {"reference": one, "to": "Ada@example.org"}
    assert take_receipt(sent, status="sending", **given) is None
    assert take_receipt(sent, status="delivered", **given).kind is Kind.DELIVERED
    assert take_receipt(sent, status="delivered", **given).is_new is False
    assert take_receipt(sent, status="technical-failure", **given).kind is Kind.REFUSED
    assert take_receipt(sent, status="temporary-failure", **given).kind is Kind.SOFT
    assert suppressions(sent) == []
    assert take_receipt(sent, status="permanent-failure", **given).kind is Kind.HARD
    assert (suppressions(sent), refusals(sent)) == (["bounced"], 1)


@pytest.mark.parametrize("reference", ["", "0", "x", "-1", "٣", "9" * 19, "9" * 18, "1; DROP TABLE inbox", "\0"])
def test_receipts_for_nobody_are_counted(sent: App, reference: str):
    """They come from Notify, but from another service's messages, or before a backup was restored."""
    assert (
        take_receipt(sent, reference=reference, status="permanent-failure", to="ada@example.org").kind is Kind.UNPROVEN
    )
    assert suppressions(sent) == []


def test_a_receipt_about_an_older_address_ends_nothing(sent: App):
    """The person has another one by now."""
    taken = take_receipt(sent, reference=str(newest(sent)), status="permanent-failure", to="old@example.org")
    assert taken.kind is Kind.REFUSED
    assert suppressions(sent) == []


def test_stop_ends_text_messages_to_the_number(applied: App):
    """However the provider spells it; e-mail to the same person goes on."""
    (ada,) = add_people(applied, ("ada", ADA)).values()
    with applied.unit() as unit:
        digest = digest_of(unit.house.secret("address"), "sms", "+447700900123")
        unit.conn.execute(
            address.insert().values(recipient_id=ada, channel="sms", address="+447700900123", hmac=digest)
        )
    assert take_text(applied, text_id="t1", number="447700900123", text="Good evening").kind is Kind.REPLY
    assert suppressions(applied) == []
    for text_id in ("t2", "t2", "t3"):
        assert take_text(applied, text_id=text_id, number="447700900123", text="Stop all").kind is Kind.STOP
    with applied.reading() as unit:
        assert unit.conn.execute(select(suppression.c.channel, suppression.c.hmac)).all() == [("sms", digest)]
    assert counts(applied) == {"reply": 1, "stop": 2}
    issue(applied, "a")
    settle(applied)
    assert len(mails(applied, "ada")) == 1
