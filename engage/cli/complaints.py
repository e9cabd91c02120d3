"""complaints: list, show, close. They come in by the form at /complaints."""

from __future__ import annotations

from typing import Annotated

import typer

from engage.cli.show import Json, document, many, opened, say, table, who

app = typer.Typer(name="complaints", help="What people complained about, and by when to answer.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="As in C-7K3M-Q9TD.")]


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False, as_json: Json = False
) -> None:
    """List open complaints, the one that is due first on top. What people wrote is shown by `show` only."""
    from dataclasses import asdict

    from engage.work.complaints import listed

    told = (
        "reference",
        "state",
        "about",
        "made_at",
        "due_on",
        "days_left",
        "acknowledged_at",
        "answer_by",
        "closed_at",
    )
    found = [{name: asdict(one)[name] for name in told} for one in listed(opened(), closed=every)]
    if as_json:
        document(found)
        return
    rows = (
        (c["reference"], f"{c['made_at']:%Y-%m-%d}", c["due_on"], _left(c["days_left"]), c["about"], c["answer_by"])
        for c in found
    )
    table(rows, ("reference", "made on", "due on", "days left", "about", "answer"))
    if not found:
        say("There are no open complaints." if not every else "There never was a complaint.")


@app.command()
def show(reference: Reference, as_json: Json = False) -> None:
    """Show one complaint with everything the person wrote."""
    from dataclasses import asdict

    from engage.work.complaints import find

    found = {name: value for name, value in asdict(find(opened(), reference)).items() if value is not None}
    if as_json:
        document(found)
        return
    text = found.pop("text", "(What was written is no longer kept.)")
    for name, value in found.items():
        print(f"{name.replace('_', ' ')}: {value}")
    print(f"\n{text}")


@app.command()
def close(
    reference: Reference,
    outcome: Annotated[str, typer.Option("--outcome", help="What came of it, and when the person was told.")],
) -> None:
    """Close a complaint once the person has been told what came of it."""
    from engage.work.complaints import close as settle

    settle(opened(), reference, who=who(), outcome=outcome)
    say("Closed. What identifies the person goes a year from now.")


def _left(days: int | None) -> str:
    if days is None:
        return "closed"
    return many(days, "day") if days >= 0 else f"{many(-days, 'day')} late"
