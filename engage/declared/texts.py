"""The values of staff's files that are words: texts, ids, links, addresses. Times are in times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.networks import validate_email
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engage.declared.weblinks import fault_of

RESERVED = frozenset({"all", "me", "plain", "rich", "office", "tips"})

# Controls, marks that turn the writing direction, and letters of no width: in a title they only deceive. The joiners
# U+200C and U+200D stay, because scripts and emoji need them. U+FFFE and U+FFFF are not allowed in XML.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_PLAIN_EMAIL = re.compile(r"[a-z]{1,30}(?:[.+-][a-z]{1,30})?@[a-z]{1,30}(?:\.[a-z]{2,30}){0,2}\.(?:com|net|org|uk)")
_BREAKS = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]")


def must(code: str, says: str) -> PydanticCustomError:
    """What a value must be; the sentence begins with the key, as in "`id` must have ..."."""
    return PydanticCustomError(code, "{says}", {"says": says})


@dataclass(frozen=True)
class Words:
    """Plain text of *least* to *most* characters, on one line unless *lines*; what nobody can see is dropped."""

    most: int
    least: int = 1
    lines: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "minLength": self.least, "maxLength": self.most}

    def read(self, text: str) -> str:
        if not self.lines and _BREAKS.search(text):
            raise must("line-break", "must stay on one line.")
        text = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\t", " ")).strip()
        if not text and self.least:
            raise must("empty-text", "is empty. Write something or leave the line out.")
        if not self.least <= len(text) <= self.most:
            wanted = f"at most {self.most}" if len(text) > self.most else f"at least {self.least}"
            raise must("text-length", f"has {len(text)} characters; it must have {wanted}.")
        return text


@dataclass(frozen=True)
class Shape:
    """A text in a fixed form; *says* tells what it must be."""

    pattern: str
    code: str
    says: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "pattern": f"^(?:{self.pattern})$"}

    def read(self, text: str) -> str:
        if re.fullmatch(self.pattern, text) is None:
            raise must(self.code, self.says)
        return text


def _id(longest: int) -> AfterValidator:
    def read(text: str) -> str:
        if text in RESERVED:
            raise must("reserved-id", f'cannot be "{text}": the system uses that word itself.')
        if re.fullmatch(rf"[a-z0-9-]{{1,{longest}}}", text) is None:
            better = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest]
            hint = f' Write "{better}".' if better else ""
            raise must("bad-id", f"must have small letters, digits and hyphens only, at most {longest}.{hint}")
        return text

    return AfterValidator(read)


def _url(value: str) -> str:
    if fault := fault_of(value):
        raise must("bad-url", fault)
    return value


_BRITISH = re.compile(r"([A-Z]{1,2})([0-9OI][0-9OIA-Z]?) ?([0-9OI])([A-Z]{2})", re.IGNORECASE)


def _postcode(text: str) -> str:
    """Any country's; in a British one a letter O or I where a figure belongs is found out."""
    found = _BRITISH.fullmatch(text)
    if found is not None:
        district, sector = (part.upper().replace("O", "0").replace("I", "1") for part in found.group(2, 3))
        meant = f"{found[1].upper()}{district[0]}{found[2][1:].upper()} {sector}{found[4].upper()}"
        if {found[2][0].upper(), found[3].upper()} & {"O", "I"}:
            raise must("bad-postcode", f'has a letter where a figure belongs. Write "{meant}".')
    return text


def _email(value: str) -> str:
    if _PLAIN_EMAIL.fullmatch(value):
        return value  # nearly all are; the library for the others takes a tenth of a second to load
    try:
        return validate_email(value)[1]
    except ValueError:
        raise must("bad-email", "must be an e-mail address such as pcc@example.org.") from None


def _shown(**words: object) -> WithJsonSchema:
    """What editors are told of a text that a function of ours reads."""
    return WithJsonSchema({"type": "string", **words})


Title = Annotated[str, Words(200)]
Line = Annotated[str, Words(300)]
REF = Words(80)
Ref = Annotated[str, REF]
Note = Annotated[str, Words(2000, lines=True)]
Postcode = Annotated[str, Words(12, least=0), AfterValidator(_postcode)]
Id = Annotated[str, _id(80), _shown(pattern="^[a-z0-9-]{1,80}$")]
SeriesId = Annotated[str, _id(69), _shown(pattern="^[a-z0-9-]{1,69}$")]  # an occurrence adds its date: -2026-12-03
CampaignId = Annotated[str, _id(75), _shown(pattern="^[a-z0-9-]{1,75}$")]  # and a yearly campaign its year
Url = Annotated[str, AfterValidator(_url), _shown(format="uri", pattern="^[hH][tT][tT][pP][sS]?://", maxLength=2000)]
Email = Annotated[str, AfterValidator(_email), _shown(format="email", pattern="@")]
