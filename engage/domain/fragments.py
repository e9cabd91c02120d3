"""How long a text message is, as networks count and charge: fragments of GSM 03.38 or UCS-2. Prices are in settings."""

from __future__ import annotations

from collections.abc import Iterable

_BASIC = frozenset(  # 3GPP TS 23.038 6.2.1, without the escape itself
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # two septets each, never parted
_SINGLE_GSM, _PART_GSM = 160, 153  # septets; a part gives seven to its header
_SINGLE_UCS, _PART_UCS = 70, 67  # UTF-16 units; a part gives three

# What typographers write where a phone has a plain sign: each would turn 160 characters into 70.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2022", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f\t", " "),
        "\u2026": "...",
    }
)


def downgraded(text: str) -> str:
    """The text with typographers' signs as phones have them; letters are left alone, whatever they cost."""
    return text.translate(_PLAIN)


def is_gsm(text: str) -> bool:
    """Whether every character is in the networks' own alphabet."""
    return set(text) <= _BASIC | _EXTENDED


def fragments(text: str) -> int:
    """Messages that the network makes of *text* and charges for; one at least.

    A character that takes two places is not parted between two fragments, so they are filled one by one.
    """
    if is_gsm(text):
        return _filled((2 if character in _EXTENDED else 1 for character in text), _SINGLE_GSM, _PART_GSM)
    return _filled((2 if ord(character) > 0xFFFF else 1 for character in text), _SINGLE_UCS, _PART_UCS)


def _filled(sizes: Iterable[int], single: int, part: int) -> int:
    sizes = list(sizes)
    if sum(sizes) <= single:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count
