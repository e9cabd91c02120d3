"""Phone numbers as the ledger spells them: UK mobiles in E.164. Whether somebody has one, only a code can tell."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from engage.errors import Refused

# The crown dependencies share our numbering plan, and Notify sends there as to any UK number.
_REGIONS = frozenset({"GB", "GG", "JE", "IM"})
_WRITTEN = re.compile(r"\+?[0-9 ().\u00a0\u2010-\u2015-]{7,30}")
_INVENTED = re.compile(r"\+447700900\d{3}")  # Ofcom's numbers for drama: nobody has one


def parse_phone(text: str, *, invented: bool = False) -> str:
    """`07700 900123` becomes `+447700900123`; raises Refused with a sentence.

    *invented*: numbers that Ofcom keeps free for drama are taken too, for rehearsals.
    """
    text = text.strip()
    if not _WRITTEN.fullmatch(text):
        raise Refused("A mobile number is 11 digits, such as 07700 900 123.")
    try:
        number = phonenumbers.parse(text, "GB")
    except NumberParseException:
        raise Refused("This does not look like a mobile number, such as 07700 900 123.") from None
    spelled = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if _INVENTED.fullmatch(spelled) and invented:
        return spelled
    if not phonenumbers.is_valid_number(number):
        raise Refused("There is no such number. Check the digits of your mobile number.")
    if phonenumbers.region_code_for_number(number) not in _REGIONS:
        raise Refused("We can only send text messages to UK mobile numbers.")
    if phonenumbers.number_type(number) != PhoneNumberType.MOBILE:
        raise Refused("This is not a mobile number. We cannot send text messages to it.")
    return spelled
