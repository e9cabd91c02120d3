"""People imports: all of a file is read, or none of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.channels.addresses import parse_email
from engage.declared import people_csv
from engage.declared.people_csv import COLUMNS, PeopleFile, read_people
from engage.domain.people import Imported, Wanted
from engage.errors import Refused
from tests.domain.samples import OFFICE

HEAD = "email,area,consent_at,consent_source,consent_wording"
ADA = "ada@example.org,mill,2024-05-31,village fair,I agree."


def read(*lines: str, head: str = HEAD, sep: str = "\n") -> PeopleFile:
    return read_people("people.csv", sep.join((head, *lines)).encode(), OFFICE, parse_email=parse_email)


def wanted(columns: str, cells: str) -> Wanted:
    """What a row says of what its person wants."""
    head = f"email,{columns},consent_at,consent_source,consent_wording"
    found = read(f"ada@example.org,{cells},2024-05-31,fair,I agree.", head=head)
    assert found.problems == ()
    return found.people[0].wanted


def said(found: PeopleFile) -> list[tuple[int, str]]:
    assert found.people == (), "the whole file or nothing"
    return [(p.line, p.code) for p in found.problems]


def test_a_row_with_its_evidence_is_a_person():
    """Home is followed; everything else is left open."""
    assert read(ADA) == PeopleFile(
        people=(
            Imported(
                channel="email",
                address="ada@example.org",
                wanted=Wanted(area="mill", areas=("mill",)),
                consent_at="2024-05-31",
                consent_source="village fair",
                consent_wording="I agree.",
            ),
        ),
        problems=(),
    )


def test_every_column_is_read():
    """Lists are separated by semicolons; blanks around words do not matter."""
    found = wanted("audience,postcode,area,kinds,topics,frequency,language", "business,ZZ1 4AB,north, alerts ; tips ;,fraud,weekly,pl")  # fmt: skip
    assert found == Wanted(
        audience="business",
        area="north",
        postcode="ZZ1 4AB",
        kinds=("alerts", "tips"),
        areas=("north",),
        topics=("fraud",),
        frequency="weekly",
        language="pl",
    )


def test_a_postcode_finds_the_area():
    """The longest match; the postcode is kept."""
    found = wanted("postcode", "ZZ1 4AB")
    assert (found.area, found.areas, found.postcode) == ("mill", ("mill",), "ZZ1 4AB")


def test_empty_cells_take_the_usual():
    """A resident, told at once, in English."""
    found = wanted("area,audience,frequency,language,kinds", "mill,,,,")
    assert (found.audience, found.frequency, found.language, found.kinds) == ("resident", "immediate", "en", ())


@pytest.mark.parametrize("sep", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_write_is_fine(delimiter: str, sep: str):
    """Commas, semicolons or tabs; a byte-order mark; either end of line; blank lines; capitals in the head."""
    text = sep.join((HEAD.replace("email", "Email "), ADA, "", ",,,,", "ben@example.org,mill,2024-05-31,fair,I agree."))
    content = b"\xef\xbb\xbf" + text.replace(",", delimiter).encode()
    found = read_people("people.csv", content, OFFICE, parse_email=parse_email)
    assert [p.address for p in found.people] == ["ada@example.org", "ben@example.org"]


def test_one_address_twice_is_one_person():
    """However it is spelled; the first row counts."""
    found = read(ADA, "ADA@Example.org,south,2024-05-31,fair,I agree.")
    assert [(p.address, p.wanted.area) for p in found.people] == [("ada@example.org", "mill")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("ada@example.org,mill,,fair,I agree.", "no-consent"),
        ("ada@example.org,mill,2024-05-31,,I agree.", "no-consent"),
        ("ada@example.org,mill,2024-05-31,fair,", "no-consent"),
        ("ada@example.org,mill,last week,fair,I agree.", "consent-at"),
        ("ada@,mill,2024-05-31,fair,I agree.", "email"),
        (",mill,2024-05-31,fair,I agree.", "no-address"),
        ("ada@example.org,moon,2024-05-31,fair,I agree.", "unknown"),
        ("ada@example.org,,2024-05-31,fair,I agree.", "no-area"),
        ("ada@example.org,mill,2024-05-31,fair", "columns"),
        ("ada@example.org,mill,2024-05-31,fair,I agree.,more", "columns"),
        (f"ada@example.org,mill,2024-05-31,fair,{'a' * 2001}", "cell"),
        ('ada@example.org,mill,2024-05-31,fair,"I agree', "quotes"),
    ],
)
def test_one_bad_row_refuses_the_whole_file(row: str, code: str):
    """With its line, so that it can be put right and imported again."""
    found = read("ben@example.org,mill,2024-05-31,fair,I agree.", row)
    assert said(found) == [(3, code)]


@pytest.mark.parametrize(
    ("postcode", "says"),
    [("ZZ2 1AA", '"north" or "south"'), ("ZZ9 1AA", "none of our areas")],
)
def test_a_postcode_that_does_not_decide_asks_for_the_area(postcode: str, says: str):
    """Nothing is guessed."""
    head = "email,postcode,consent_at,consent_source,consent_wording"
    found = read(f"ada@example.org,{postcode},2024-05-31,fair,I agree.", head=head)
    assert said(found) == [(2, "postcode")]
    assert says in found.problems[0].message


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("audience", "busines", 'Did you mean "business"?'),
        ("frequency", "dayly", 'Did you mean "daily"?'),
        ("kinds", "gossip", 'kind "gossip"'),
        ("topics", "love", 'topic "love"'),
    ],
)
def test_a_word_that_does_not_exist_is_named(column: str, cell: str, says: str):
    """With what was probably meant."""
    head = f"email,area,{column},consent_at,consent_source,consent_wording"
    (problem,) = read(f"ada@example.org,mill,{cell},2024-05-31,fair,I agree.", head=head).problems
    assert says in problem.message


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("email,area,consent_at,consent_source", "no-consent"),
        ("area,consent_at,consent_source,consent_wording", "no-address"),
        (f"{HEAD},shoe_size", "unknown-column"),
        ("", "no-consent"),
    ],
)
def test_a_head_that_cannot_be_used_stops_before_the_rows(head: str, code: str):
    """One sentence per column, not one per row."""
    found = read(ADA, ADA, head=head)
    assert {line for line, _ in said(found)} == {1}
    assert code in {c for _, c in said(found)}


def test_a_column_named_twice_is_refused():
    """Nobody can say which of the two was meant."""
    found = read(f"{ADA},ben@example.org", head=f"{HEAD},email")
    assert said(found)[0][0] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04...", "not-csv"),
        ("email".encode("utf-16"), "encoding"),
        (b"email\n\xe9", "encoding"),
        (b"email\0", "encoding"),
        (b"a" * (people_csv.LARGEST + 1), "too-large"),
    ],
)
def test_what_is_no_csv_says_how_to_save_it(content: bytes, code: str):
    """Spreadsheets, other encodings, files that are too large."""
    found = read_people("people.csv", content, OFFICE, parse_email=parse_email)
    assert [c for _, c in said(found)] == [code]


def test_a_wrong_column_does_not_repeat_itself_for_ever(monkeypatch: pytest.MonkeyPatch):
    """Two hundred sentences are enough."""
    assert len(read(*(["x,y,z,z,z"] * 1000)).problems) == people_csv.SHOWN


def test_too_many_rows_are_too_many(monkeypatch: pytest.MonkeyPatch):
    """Said once, where the limit is passed."""
    monkeypatch.setattr(people_csv, "MOST_ROWS", 2)
    rows = [f"p{n}@example.org,mill,2024-05-31,fair,I agree." for n in range(4)]
    assert said(read(*rows)) == [(4, "too-many")]
    assert len(read(*rows[:2]).people) == 2


def test_a_phone_number_alone_says_what_is_missing():
    """There is no SMS channel to verify it with."""
    head = "email,phone,area,consent_at,consent_source,consent_wording"
    (problem,) = read(",01632 960123,mill,2024-05-31,fair,I agree.", head=head).problems
    assert "SMS" in problem.message


@given(st.binary(max_size=300), st.text(max_size=120))
def test_whatever_a_file_holds_nothing_is_raised(content: bytes, row: str):
    """People or problems."""
    for given_ in (content, f"{HEAD}\n{row}\n{ADA}".encode(errors="replace")):
        found = read_people("people.csv", given_, OFFICE, parse_email=parse_email)
        assert not (found.people and found.problems)


def test_the_columns_are_those_the_project_promised():
    """DESIGN.md section 8."""
    promised = "email phone audience postcode area kinds topics frequency language consent_at consent_source consent_wording"  # fmt: skip
    assert set(promised.split()) == set(COLUMNS)


def test_a_phone_number_alone_is_taken_where_texts_can_be_sent():
    """One of the two is needed; who has both is reached by e-mail; a wrong number is a problem of its row."""

    def spelled(text: str) -> str:
        if text != "07700 900001":
            raise Refused("There is no such number.")
        return "+447700900001"

    def read(*rows: str):
        head = "email,phone,area,consent_at,consent_source,consent_wording"
        content = "\n".join([head, *(f"{row},mill,2024-05-31,paper form,I agree" for row in rows)]).encode()
        return read_people("people.csv", content, OFFICE, parse_email=parse_email, parse_phone=spelled)

    found = read(",07700 900001", "ada@example.org,07700 900001")
    assert found.problems == ()
    assert [(p.channel, p.address) for p in found.people] == [("sms", "+447700900001"), ("email", "ada@example.org")]
    refused = read(",12", ",")
    assert [(p.line, p.code) for p in refused.problems] == [(2, "phone"), (3, "no-address")]
