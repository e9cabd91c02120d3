"""install: systemd units for this installation, printed or written into a folder. Nothing of the system is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engage.cli.show import say


def install(
    show: Annotated[bool, typer.Option("--print", help="Print the units and the commands; the default.")] = False,
    write: Annotated[Path | None, typer.Option(help="Write the units into this folder instead.")] = None,
    separate: Annotated[bool, typer.Option("--separate", help="A unit for each process, not one for all.")] = False,
    user: Annotated[str, typer.Option(help="The account that runs it.")] = "engage",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
) -> None:
    """Show how to have systemd run this installation and make a backup every night."""
    import sys

    from engage.errors import NotNow, Refused
    from engage.settings import PROJECT, Settings
    from engage.units import Installation, commands, separately, together

    if show and write is not None:
        raise Refused("Give --print or --write FOLDER, not both.")
    settings = Settings.read()
    of = Installation(
        project=PROJECT,
        command=Path(sys.executable).absolute().with_name("engage"),
        data=settings.data.resolve(),
        user=user,
        host=host,
        port=port,
        after=("postgresql.service",) if settings.database.startswith("postgresql") else (),
    )
    units = separately(of) if separate else together(of)
    if write is None:
        for name, text in units.items():
            print(f"# --- {name}\n{text}")
    else:
        try:
            write.mkdir(parents=True, exist_ok=True)
            for name, text in units.items():
                (write / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise NotNow(f"{write} cannot be written to: {error.strerror or error}.") from error
        say(f"Written into {write}: {', '.join(units)}")
    say("Nothing is installed yet. To do it:")
    for line in commands(of, list(units), str(write.absolute() if write else "FOLDER")):
        say(f"  {line}")
    if write is None:
        say("FOLDER is where `engage install --write FOLDER` has put the units.")
