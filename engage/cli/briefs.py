"""brief: one page for whoever goes to a meeting."""

from __future__ import annotations

from typing import Annotated

import typer

from engage.cli.completing import meetings
from engage.cli.show import opened


def brief(
    meeting: Annotated[str, typer.Argument(metavar="MEETING", help="The meeting's id.", autocompletion=meetings)],
    format_: Annotated[str, typer.Option("--format", help="md or html")] = "md",
) -> None:
    """Print a page for whoever goes to a meeting: open concerns, alerts since the last visit, who came, tips."""
    from engage.work.briefs import as_html, as_markdown, gather

    if format_ not in ("md", "html"):
        raise typer.BadParameter("is md or html", param_hint="--format")
    app = opened()
    found = gather(app, meeting)
    print(as_html(app, found) if format_ == "html" else as_markdown(found), end="")
