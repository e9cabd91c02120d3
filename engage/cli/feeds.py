"""feed: list what is published."""

from __future__ import annotations

import typer

from engage.cli.show import Json, document, opened, table

app = typer.Typer(name="feed", help="What calendar apps subscribe to.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the feeds with their size, entries, and how much room is left."""
    running = opened()
    with running.reading() as unit:
        found = sorted(unit.feeds.since(0), key=lambda feed: feed.path)
    told = [
        {"path": f.path, "entries": f.entries, "left_out": f.left_out, "bytes": len(f.body), "modified": f.modified_at}
        for f in found
    ]
    if as_json:
        document(told)
    else:
        table(([*t.values()] for t in told), ("path", "entries", "left out", "bytes", "modified"))
