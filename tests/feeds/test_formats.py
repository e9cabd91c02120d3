"""The contract that every feed format keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engage.domain.feeds import Item, feeds_of
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
    items = [_as(form, item(entry, **given)) for entry, given in programme()]
    body = form.join(feed("all"), items, office=OFFICE, base_url=BASE)
    assert body == form.join(feed("all"), items[::-1], office=OFFICE, base_url=BASE)
    assert all(entry.id.encode() in body for entry, _ in programme())


@ALL
def test_an_empty_feed_has_a_body(form: Format) -> None:
    """C16: never nothing at all."""
    assert form.join(feed(), [], office=OFFICE, base_url=BASE)


@ALL
def test_every_feed_can_be_written(form: Format) -> None:
    """Every selection and variant names itself, so that two feeds are never the same bytes."""
    mine = [one for one in feeds_of(OFFICE) if one.variant in form.variants]
    assert len({form.join(one, [], office=OFFICE, base_url=BASE) for one in mine}) == len(mine)


@ALL
def test_an_entry_is_rendered_in_every_variant(form: Format) -> None:
    """What publishing stores is what the format promises."""
    assert tuple(form.fragments(item().revision, OFFICE, base_url=BASE)) == form.variants


def _as(form: Format, given: Item) -> Item:
    return replace(given, fragment=form.fragments(given.revision, OFFICE, base_url=BASE)[""])
