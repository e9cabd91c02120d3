"""schema: what editors are told of staff's files. How it is made is in declared.schemas."""

from __future__ import annotations

from typing import Annotated

import typer

from engage.cli.show import say

KINDS = ("office", "calendar", "tips", "alert")


def schema(
    kind: Annotated[
        str | None, typer.Argument(metavar="[office|calendar|tips|alert]", autocompletion=lambda: list(KINDS))
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the schemas beside the calendars and name them in each file.")
    ] = False,
) -> None:
    """Print the JSON Schema of a file, with which editors check and explain it while one types."""
    from engage.declared import schemas
    from engage.settings import Settings

    if write:
        folder = Settings.read().calendars
        changed = [path.relative_to(folder) for path in schemas.write(folder)]
        print("\n".join(map(str, changed)) if changed else "Everything is as it should be.")
        return
    if kind not in KINDS:
        say(f"Say which: {', '.join(KINDS)}. Or --write, to put them where editors find them.")
        raise typer.Exit(2)
    print(schemas.as_text(kind), end="")
