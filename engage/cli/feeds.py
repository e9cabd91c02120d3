"""feed: what is published, and how calendar apps ask for it."""

from __future__ import annotations

from typing import Annotated

import typer

from engage.cli.show import Json, document, opened, table

app = typer.Typer(name="feed", help="What calendar apps subscribe to.", no_args_is_help=True)
All = Annotated[bool, typer.Option("--all", help="Other formats, variants and feeds without entries, too.")]


@app.command("list")
def list_(*, everything: All = False, as_json: Json = False) -> None:
    """List the feeds: how full they are, and how often apps asked in the last seven days."""
    from dataclasses import asdict

    from engage.domain.feeds import CROWDED
    from engage.work.health import health

    found = [feed for feed in health(opened()) if everything or as_json or (feed.is_usual and feed.entries)]
    if as_json:
        document([asdict(feed) for feed in found])
        return
    head = ("path", "entries", "left out", "bytes", "used", "changed", "polls", "304", "asked by")
    table(
        (
            (
                feed.path,
                feed.entries,
                feed.left_out or "",
                f"{feed.size:,}",
                f"{feed.used:.0%}" + (" !" if feed.used > CROWDED else ""),
                f"{feed.modified_at:%Y-%m-%d %H:%M}",
                feed.asked.polls,
                "" if feed.asked.unchanged is None else f"{feed.asked.unchanged:.0%}",
                ", ".join(f"{name} {n}" for name, n in feed.asked.clients.items()),
            )
            for feed in found
        ),
        head,
    )
