"""A small office and pieces of calendar files to spoil, one at a time."""

from datetime import date

from engage.declared.read import Declared, read

TODAY = date(2026, 11, 21)

OFFICE = """\
[office]
name = "Office of the Commissioner for the Vale"
short_name = "Vale PCC"
email = "pcc@example.org"
timezone = "Europe/London"
uid_domain = "pcc.example.org"
[[area]]
id = "vale"
name = "Vale"
[[area]]
id = "oakham"
name = "Oakham"
within = "vale"
[[area]]
id = "ashby"
name = "Ashby"
within = "vale"
[[topic]]
id = "burglary"
name = "Burglary"
[[topic]]
id = "community"
name = "Community"
"""
CALENDAR = '[calendar]\nname = "Talks"\n'
PROGRAMME = "[programme]\nopening = { count = 650, on = 2019-03-31 }\n"
VENUE = '[[venue]]\nid = "hall"\nname = "Village Hall"\narea = "oakham"\n'
MEETING = '[[meeting]]\nid = "winter"\ntitle = "Your questions"\nstarts = 2026-12-03T18:30:00\n'
SERIES = """\
[[series]]
id = "oakham"
title = "Talk in Oakham"
every = "month"
on = "second Tuesday"
at = 18:30:00
from = 2026-11-01
"""


def declare(*parts: str, office: str | None = OFFICE, today: date = TODAY, **others: str | bytes) -> Declared:
    """Read talks.toml, made of *parts* below its [calendar], beside the office and *others* (by file stem)."""
    sources = {"talks.toml": (CALENDAR + "".join(parts)).encode()}
    if office is not None:
        sources["office.toml"] = office.encode()
    for stem, content in others.items():
        sources[f"{stem}.toml"] = content if isinstance(content, bytes) else content.encode()
    return read(sources, today=today)


def said(declared: Declared) -> list[str]:
    """Place, code and sentence of each problem: `talks.toml:7:1 unknown-key ...`."""
    return [f"{p.file}:{p.line}:{p.column} {p.code} {p.message}" for p in declared.problems]


def only(declared: Declared) -> str:
    """The one problem there is."""
    (sentence,) = said(declared)
    return sentence


def schedule(declared: Declared):
    """The schedule, of files without problems."""
    assert declared.schedule is not None, "\n".join(map(str, declared.problems))
    return declared.schedule
