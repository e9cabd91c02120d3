"""calendar import: a calendar or spreadsheet of others becomes a TOML file of ours. How it is read is in imports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, say

if TYPE_CHECKING:
    from engage.imports.door import Imported, Order

app = typer.Typer(name="calendar", help="Calendars of others, brought in.", no_args_is_help=True)

Source = Annotated[Path, typer.Argument(metavar="FILE.ics|FILE.csv|FILE.xlsx", help="What is brought in.")]
Into = Annotated[str | None, typer.Option(help="FILE.toml in the calendars folder, or a path; - prints it.")]


@app.callback()
def calendar() -> None:
    """Calendars of others, brought in."""


@app.command("import")
def import_(
    source: Source,
    into: Into = None,
    calendar_id: Annotated[str | None, typer.Option("--calendar", help="The new calendar's id.")] = None,
    name: Annotated[str | None, typer.Option(help="The new calendar's name, as residents see it.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out what cannot be taken.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the file instead of writing it.")] = False,
    as_json: Json = False,
) -> None:
    """Turn a calendar export or a spreadsheet into a calendar of ours: the whole file, or nothing."""
    from datetime import UTC, datetime

    from engage.declared.folder import fetch
    from engage.imports.door import Order, bring_in
    from engage.settings import Settings

    folder = Settings.read().calendars
    content = _content(source)
    target = _target(folder, into if into != "-" else None, source, calendar_id)
    order = Order(
        source=source.name,
        content=content,
        target=target.name,
        calendar_id=calendar_id,
        name=name,
        skip_bad=skip_bad,
    )
    sources, broken = fetch(folder)
    _refuse_existing(target, sources)
    done = bring_in(order, sources, today=datetime.now(UTC).date(), found=broken)
    prints = dry_run or into == "-"
    if done.text is not None and not prints:
        _write(target, done.text)
    if as_json:
        document(_as_document(done, None if prints or done.text is None else target, prints=prints))
    else:
        _show(order, done, target, prints=prints)
    raise typer.Exit(0 if done.text is not None else 1)


def _content(source: Path) -> bytes:
    """As much of the file as is ever looked at."""
    from engage.errors import NotFound, NotNow
    from engage.imports.formats import FORMATS, LARGEST

    if source.suffix.lower() not in FORMATS:
        raise typer.BadParameter(f"must end in {', '.join(FORMATS)}", param_hint="FILE")
    if not source.is_file():
        raise NotFound(f"There is no file {source}.")
    try:
        with source.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise NotNow(f"{source} cannot be read: {(error.strerror or 'it cannot be opened').lower()}.") from None


def _target(folder: Path, into: str | None, source: Path, calendar_id: str | None) -> Path:
    """Where the file goes. A bare name means the calendars folder."""
    from engage.declared.ids import name_fault
    from engage.imports.texts import slug

    if calendar_id is not None and calendar_id != slug(calendar_id, 80, ""):
        raise typer.BadParameter("has small letters, digits and hyphens only", param_hint="--calendar")
    given = into or f"{calendar_id or slug(source.stem, 60, 'calendar')}.toml"
    path = folder / given if Path(given).name == given else Path(given)
    if path.suffix != ".toml":
        raise typer.BadParameter("must end in .toml", param_hint="--into")
    if path.name in ("office.toml", "tips.toml"):
        raise typer.BadParameter(f"{path.name} is no calendar: choose another name", param_hint="--into")
    if calendar_id is None and (fault := name_fault(path.name)):
        raise typer.BadParameter(f"{fault} Or say --calendar.", param_hint="--into")
    return path


def _refuse_existing(target: Path, sources: dict[str, bytes]) -> None:
    from engage.errors import Refused

    if target.exists() or target.is_symlink() or target.name in sources:
        raise Refused(f"{target} is there already and is not overwritten. Choose another name with --into.")


def _write(target: Path, text: str) -> None:
    """Only where nothing stands, even if somebody saves a file there this moment."""
    from engage.errors import NotNow, Refused

    try:
        with target.open("xb") as file:
            file.write(text.encode())
    except FileExistsError:
        raise Refused(f"{target} is there already and is not overwritten. Choose another name with --into.") from None
    except OSError as error:
        raise NotNow(f"{target} cannot be written: {(error.strerror or 'no reason given').lower()}.") from None


def _show(order: Order, done: Imported, target: Path, *, prints: bool) -> None:
    if done.text is None:
        for problem in done.problems:
            print(problem)
        for problem in done.warnings:
            print(problem)
        number = len(done.problems)
        advice = "" if order.skip_bad else " To leave out what cannot be taken: --skip-bad."
        say(f"{number} problem{'s' * (number != 1)}. Nothing was written.{advice}")
        return
    if prints:
        print(done.text, end="")
    tell = say if prints else print
    look = len(done.problems) + len(done.warnings)
    where = "in the file above" if prints else f"written to {target}"
    tell(f"{_counted(done)} {where}" + (f"; {look} thing{'s' * (look != 1)} to look at:" if look else "."))
    for problem in (*done.problems, *done.warnings):
        tell(str(problem))


def _counted(done: Imported) -> str:
    """`42 meetings and 2 series`; a noun of which there is none is not named."""
    nouns = {"meetings": "meeting", "series": "series", "campaigns": "campaign"}
    told = [f"{n} {nouns[noun] if n == 1 else noun}" for noun, n in done.counts.items() if noun in nouns and n]
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))


def _as_document(done: Imported, target: Path | None, *, prints: bool) -> dict[str, object]:
    from dataclasses import asdict

    def shown(problems: tuple[object, ...]) -> list[dict[str, object]]:
        return [{k: v for k, v in asdict(p).items() if k != "text"} for p in problems]  # type: ignore[call-overload]

    return {
        "written": str(target) if target else None,
        **done.counts,
        "problems": shown(done.problems),
        "warnings": shown(done.warnings),
        **({"toml": done.text} if prints else {}),
    }
