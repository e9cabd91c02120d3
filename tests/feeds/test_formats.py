"""The contract that every feed format keeps."""

from __future__ import annotations

import pytest

from engage.domain.feeds import feeds_of
from engage.feeds import FORMATS
from engage.feeds.base import Format
from tests.feeds.samples import BASE, OFFICE, feed, item, programme

ALL = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)


@ALL
def test_a_format_is_listed_under_its_suffix(form: Format) -> None:
    """Addresses are made from the suffix."""
    assert FORMATS[form.suffix] is form
    assert "/" in form.media_type


@ALL
def test_equal_input_gives_equal_bytes_in_any_order(form: Format) -> None:
    """C09, C66."""
    items = [item(entry, **given) for entry, given in programme()]
    body = form.render(feed("all"), items, office=OFFICE, base_url=BASE)
    assert body == form.render(feed("all"), items[::-1], office=OFFICE, base_url=BASE)
    assert all(entry.id.encode() in body for entry, _ in programme())


@ALL
def test_an_empty_feed_has_a_body(form: Format) -> None:
    """C16: never nothing at all."""
    assert form.render(feed(), [], office=OFFICE, base_url=BASE)


@ALL
def test_every_feed_can_be_written(form: Format) -> None:
    """Every selection and variant names itself, so that two feeds are never the same bytes."""
    bodies = {form.render(one, [], office=OFFICE, base_url=BASE) for one in feeds_of(OFFICE)}
    assert len(bodies) == len(feeds_of(OFFICE))
