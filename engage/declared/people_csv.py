"""A list of people with the evidence of their consent, from CSV: all of it is read, or none. Writing is in work."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from engage.domain.calendars import Office
from engage.domain.notices import SUBSCRIPTION_KINDS
from engage.domain.people import Audience, Frequency, Imported, Wanted, areas_of_postcode, unknown_words
from engage.domain.problems import Problem, did_you_mean
from engage.errors import Refused

COLUMNS = (
    "email", "phone", "audience", "postcode", "area", "kinds", "topics", "frequency", "language", "consent_at",
    "consent_source", "consent_wording",
)  # fmt: skip
REQUIRED = ("consent_at", "consent_source", "consent_wording")
LARGEST = 20 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 100
LONGEST_CELL = 2_000
SHOWN = 200  # problems listed; a wrong column would repeat itself for every row


@dataclass(frozen=True, kw_only=True)
class PeopleFile:
    """Rows in the file's order, one per address; empty as soon as there is any problem."""

    people: tuple[Imported, ...]
    problems: tuple[Problem, ...]


def read_people(
    name: str,
    content: bytes,
    office: Office,
    *,
    parse_email: Callable[[str], str],
    parse_phone: Callable[[str], str] | None = None,
) -> PeopleFile:
    """Read *content*; the parsers give the one spelling of an address or raise Refused with a sentence.

    Without *parse_phone* no text can be sent. A row with both is reached by e-mail.
    """
    reader = _Reader(name, office, parse_email, parse_phone)
    people = reader.read(content)
    return PeopleFile(people=() if reader.problems else tuple(people), problems=tuple(reader.problems[:SHOWN]))


class _Reader:
    def __init__(
        self, name: str, office: Office, parse_email: Callable[[str], str], parse_phone: Callable[[str], str] | None
    ) -> None:
        self._name, self._office = name, office
        self._parse_email, self._parse_phone = parse_email, parse_phone
        self.problems: list[Problem] = []

    def read(self, content: bytes) -> list[Imported]:
        text = self._text(content)
        if text is None:
            return []
        found: dict[str, Imported] = {}
        for line, row in self._rows(text):
            person = self._person(line, row)
            if person is not None:
                found.setdefault(person.address, person)  # the same address twice is one person
        return list(found.values())

    def _text(self, content: bytes) -> str | None:
        if len(content) > LARGEST:
            self._no(1, "too-large", "The file is larger than 20 MiB. Split it.")
            return None
        if content[:4] == b"PK\x03\x04":
            self._no(1, "not-csv", "This is a spreadsheet or a ZIP file. Save it as CSV (UTF-8) and try again.")
            return None
        if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content:
            self._no(1, "encoding", "The file is not UTF-8 text. In Excel, save it as CSV UTF-8.")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._no(line, "encoding", "The file is not UTF-8 text. In Excel, save it as CSV UTF-8.")
            return None

    def _rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = [cell.strip().lower() for cell in next(reader, [])]
            if not self._is_header(header):
                return
            for cells in reader:
                line = reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if line > MOST_ROWS + 1:
                    self._no(line, "too-many", f"More than {MOST_ROWS:,} rows. Split the file.")
                    return
                if len(cells) != len(header):
                    self._no(line, "columns", f"This row has {len(cells)} cells, the first line names {len(header)}.")
                    continue
                yield line, {key: cell.strip() for key, cell in zip(header, cells, strict=True)}
        except csv.Error as error:
            self._no(reader.line_num, "quotes", f"The row cannot be read ({error}). Look for a missing quotation mark.")

    def _is_header(self, header: list[str]) -> bool:
        if len(header) > MOST_COLUMNS:
            self._no(1, "columns", f"The first line names {len(header):,} columns. Is this the file that was meant?")
            return False
        for column in header:
            if column not in COLUMNS:
                self._no(1, "unknown-column", f'There is no column "{column[:40]}".{did_you_mean(column, COLUMNS)}')
        for column in sorted({column for column in header if header.count(column) > 1}):
            self._no(1, "column-twice", f'The column "{column[:40]}" stands twice. Keep one of them.')
        for column in REQUIRED:
            if column not in header:
                self._no(
                    1, "no-consent", f'The column "{column}" is missing: without evidence of consent nobody is added.'
                )
        if "email" not in header and (self._parse_phone is None or "phone" not in header):
            self._no(1, "no-address", 'The column "email" is missing.')
        return not self.problems

    def _person(self, line: int, row: dict[str, str]) -> Imported | None:
        before = len(self.problems)
        if any(len(cell) > LONGEST_CELL for cell in row.values()):
            self._no(line, "cell", f"A cell has more than {LONGEST_CELL} characters.")
            return None
        for column in REQUIRED:
            if not row[column]:
                self._no(line, "no-consent", f'"{column}" is empty: without evidence of consent nobody is added.')
        address = self._address(line, row)
        wanted = self._wanted(line, row)
        if row["consent_at"] and not _is_moment(row["consent_at"]):
            self._no(line, "consent-at", '"consent_at" is a date such as 2024-05-31.')
        if len(self.problems) > before or address is None or wanted is None:
            return None
        return Imported(
            channel=address[0],
            address=address[1],
            wanted=wanted,
            consent_at=row["consent_at"],
            consent_source=row["consent_source"],
            consent_wording=row["consent_wording"],
        )

    def _address(self, line: int, row: dict[str, str]) -> tuple[str, str] | None:
        """(channel, address): the phone is taken where there is no e-mail."""
        email, phone = row.get("email", ""), row.get("phone", "")
        if not email and (not phone or self._parse_phone is None):
            why = "a phone number alone needs the SMS channel, which is not set up" if phone else "it is empty"
            self._no(line, "no-address", f'"email" is needed: {why}.')
            return None
        try:
            if email or self._parse_phone is None:
                return "email", self._parse_email(email)
            return "sms", self._parse_phone(phone)
        except Refused as refused:
            self._no(line, "email" if email else "phone", str(refused))
            return None

    def _wanted(self, line: int, row: dict[str, str]) -> Wanted | None:
        area = self._area(line, row)
        audience, frequency = row.get("audience") or Audience.RESIDENT, row.get("frequency") or Frequency.IMMEDIATE
        if audience not in list(Audience):
            self._no(line, "audience", f'"audience" is one of {", ".join(Audience)}.{did_you_mean(audience, Audience)}')
        if frequency not in list(Frequency):
            self._no(
                line, "frequency", f'"frequency" is one of {", ".join(Frequency)}.{did_you_mean(frequency, Frequency)}'
            )
        if audience not in list(Audience) or frequency not in list(Frequency) or area is None:
            return None
        wanted = Wanted(
            audience=Audience(audience),
            area=area,
            postcode=row.get("postcode") or None,
            kinds=_split(row.get("kinds")),
            areas=(area,),
            topics=_split(row.get("topics")),
            frequency=Frequency(frequency),
            language=row.get("language") or "en",
        )
        for sentence in dict.fromkeys(unknown_words(self._office, SUBSCRIPTION_KINDS, wanted)):
            self._no(line, "unknown", sentence)
        return wanted

    def _area(self, line: int, row: dict[str, str]) -> str | None:
        if row.get("area"):
            return row["area"]
        if not row.get("postcode"):
            self._no(line, "no-area", 'One of "area" and "postcode" is needed.')
            return None
        found = areas_of_postcode(self._office, row["postcode"])
        if len(found) == 1:
            return found[0].id
        if not found:
            self._no(line, "postcode", 'The postcode is in none of our areas. Fill in "area".')
            return None
        names = " or ".join(f'"{area.id}"' for area in found)
        self._no(line, "postcode", f'The postcode lies in more than one area. Fill in "area": {names}.')
        return None

    def _no(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(file=self._name, line=line, column=1, code=code, message=message))


def _split(cell: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (cell or "").split(";") if part.strip()))


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
