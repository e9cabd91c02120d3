"""people: import, count, show, export, forget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engage.cli.show import Json, document, opened, say, table

app = typer.Typer(name="people", help="Residents and businesses who asked for messages.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(help="Their e-mail address, or mobile number where texts are sent.")]


@app.command("import")
def import_(path: Annotated[Path, typer.Argument(metavar="FILE.csv")], as_json: Json = False) -> None:
    """Import people with evidence of their consent: the whole file, or nothing.

    The first line names columns: email or phone, consent_at (2026-01-31T10:00), consent_source (where they said yes)
    and consent_wording (to what); if you like audience, postcode, area, kinds, topics, frequency, language. Several in
    one cell: "alerts; tips".
    """
    from dataclasses import asdict

    from engage.cli.steps import steps
    from engage.declared.people_csv import read_people
    from engage.errors import NotFound
    from engage.work.imports import import_people
    from engage.work.kit import office_of

    running = opened()
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    with running.reading() as unit:
        office = office_of(unit)
    email, sms = running.channels["email"], running.channels.get("sms")
    parse_phone = sms.parse_address if sms is not None else None
    found = read_people(path.name, path.read_bytes(), office, parse_email=email.parse_address, parse_phone=parse_phone)
    if found.problems:
        for problem in found.problems:
            print(problem)
        say("Nothing was imported.")
        raise typer.Exit(1)
    with steps() as tell:
        done = import_people(running, found.people, tell)
    if as_json:
        document(asdict(done))
    else:
        say(f"{done.added} added, {done.merged} merged, {done.suppressed} kept out because they had left or bounced.")


@app.command()
def count(as_json: Json = False) -> None:
    """Count subscribers by state, and confirmed ones by audience, area and frequency."""
    running = opened()
    with running.reading() as unit:
        told = {"state": unit.people.counts()} | {
            c: unit.people.counts_by(c) for c in ("audience", "area", "frequency")
        }
    if as_json:
        document(told)
    else:
        table(
            ((what, name, n) for what, found in told.items() for name, n in sorted(found.items())), ("by", "", "people")
        )


@app.command()
def show(address: Address) -> None:
    """Show what we hold about one person."""
    from dataclasses import asdict

    from engage.work.complaints import of_person
    from engage.work.people import preferences

    running = opened()
    recipient_id = _find(address)
    found = preferences(running, recipient_id)
    complaints = [asdict(complaint) for complaint in of_person(running, recipient_id)]
    document({**asdict(found), "complaints": complaints} if found else None)


@app.command()
def export(address: Address) -> None:
    """Print a copy of everything we hold about one person, as the law lets them ask for: one JSON document."""
    from engage.store.holdings import held

    running = opened()
    with running.reading() as unit:
        document(held(unit.conn, _find(address)))


@app.command()
def forget(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="E-mail addresses or mobile numbers.")],
) -> None:
    """Remove what identifies people; they get nothing more. When one of them is not known, nobody is forgotten."""
    from engage.cli.steps import steps
    from engage.work.people import forget as forget_person

    running = opened()
    found = [_find(address) for address in addresses]
    with steps() as tell:
        for n, recipient_id in enumerate(found, 1):
            forget_person(running, recipient_id)
            tell("forgetting", n, len(found))
    say("Forgotten.")


def _find(address: str) -> int:
    from engage.errors import NotFound

    running = opened()
    channel = "email" if "@" in address or "sms" not in running.channels else "sms"
    folded = running.channels[channel].parse_address(address)
    with running.reading() as unit:
        row = unit.people.by_address(channel, folded)
    if row is None:
        raise NotFound("Nobody is registered with this address.")
    return int(row.id)
