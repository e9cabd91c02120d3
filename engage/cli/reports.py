"""report: the update for the panel, and the annual report, in four forms. What stands in them is decided in work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engage.cli.show import opened, say

app = typer.Typer(name="report", help="Reports of a period, each figure with the rows it counts.", no_args_is_help=True)

FORMS = ("md", "html", "csv", "pdf")
SAME = {"markdown": "md", "htm": "html"}
First = Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day, as 2018-09-01.")]
Last = Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day; it is included.")]
Form = Annotated[
    str | None,
    typer.Option("--format", help="md, html, csv or pdf; by the ending of --out when that says it, else md."),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write a new file; one that is there stays.")]


@app.command()
def panel(first: First = None, last: Last = None, format_: Form = None, out: Out = None) -> None:
    """Draft the Commissioner's update for the panel: since the beginning of the last quarter, unless told otherwise."""
    _write("panel", first, last, _form(format_, out), out)


@app.command()
def annual(first: First = None, last: Last = None, format_: Form = None, out: Out = None) -> None:
    """Draft the annual report: of the last financial year, April to March, unless told otherwise."""
    _write("annual", first, last, _form(format_, out), out)


def _form(given: str | None, out: Path | None) -> str:
    """What was asked for, or what the file's name says."""
    ending = out.suffix.lower().lstrip(".") if out else ""
    name = given.lower() if given is not None else ending if ending in (*FORMS, *SAME) else "md"
    form = SAME.get(name, name)
    if form not in FORMS:
        raise typer.BadParameter(f"is one of {', '.join(FORMS)}", param_hint="--format")
    if form == "pdf" and out is None and sys.stdout.isatty():
        raise typer.BadParameter("is needed for PDF: --out report.pdf", param_hint="--out")
    return form


def _write(report: str, first: str | None, last: str | None, form: str, out: Path | None) -> None:
    from engage.domain.periods import day
    from engage.errors import NotNow, Refused
    from engage.work.reports.drafting import draft

    begins, ends = day(first) if first is not None else None, day(last) if last is not None else None
    made = draft(opened(), report, form=form, first=begins, last=ends)
    if out is None:
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
        return
    try:
        with out.open("xb") as file:
            file.write(made)
    except FileExistsError:
        raise Refused(f"{out} is there already, and somebody may have worked on it: name another file.") from None
    except OSError as error:
        raise NotNow(f"{out} cannot be written: {error.strerror}.") from error
    say(f"Written: {out}")
