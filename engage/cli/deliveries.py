"""deliveries: list, show, audit, retry, discard."""

from __future__ import annotations

from typing import Annotated

import typer

from engage.cli.show import Json, document, opened, say, table

app = typer.Typer(name="deliveries", help="Who got what, who did not, and why.", no_args_is_help=True)

State = Annotated[str | None, typer.Option(help="Only rows in this state.")]
Notice = Annotated[str | None, typer.Option(help="Only rows of this notice.")]
Id = Annotated[int, typer.Argument(metavar="ID")]


@app.command("list")
def list_(
    state: State = None,
    notice: Notice = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: Json = False,
) -> None:
    """List deliveries, newest first."""
    running = opened()
    with running.reading() as unit:
        rows = unit.audits.rows(state=state, notice_id=notice, limit=limit)
    names = ("id", "notice_id", "version", "recipient_id", "channel", "lane", "state", "attempts", "last_class")
    if as_json:
        document([{name: getattr(row, name) for name in names} for row in rows])
    else:
        table(([getattr(row, name) or "" for name in names] for row in rows), names)


@app.command()
def show(delivery_id: Id) -> None:
    """Show one delivery with its attempts and where it comes from."""
    from engage.work.looking import trace

    print("\n".join(trace(opened(), str(delivery_id))))


@app.command()
def audit(as_json: Json = False) -> None:
    """Recount the ledger against what was planned; exits 1 on any difference."""
    from engage.work.looking import audit as recount
    from engage.work.looking import totals

    found = recount(opened())
    wrong = [r for r in found if not r.is_equal]
    if as_json:
        document(
            {
                "notices": len(found),
                "planned": sum(r.planned for r in found),
                "rows": dict(totals(found)),
                "differences": [
                    {"notice": r.notice_id, "version": r.version, "planned": r.planned, "rows": dict(r.rows)}
                    for r in wrong
                ],
            }
        )
    else:
        rows = ", ".join(f"{n} {state}" for state, n in sorted(totals(found).items())) or "no rows"
        print(f"{len(found)} notices, {sum(r.planned for r in found)} planned: {rows}")
        for r in wrong:
            print(f"{r.notice_id} version {r.version}: planned {r.planned}, rows {sum(r.rows.values())}")
        print("equal" if not wrong else f"{len(wrong)} notices differ")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def retry(
    delivery_id: Annotated[int | None, typer.Argument(metavar="ID")] = None,
    notice: Notice = None,
    only_failed: Annotated[bool, typer.Option("--only-failed", help="Not what is ambiguous or parked.")] = False,
) -> None:
    """Send again what failed, is dead, parked or ambiguous: one delivery, or all of a notice."""
    from engage.work.repairs import retry as again

    say(f"{again(opened(), delivery_id, notice, only_failed=only_failed)} will be sent again.")


@app.command()
def discard(delivery_id: Annotated[int | None, typer.Argument(metavar="ID")] = None, notice: Notice = None) -> None:
    """Close for good what is dead, parked or ambiguous."""
    from engage.work.repairs import discard as close

    say(f"{close(opened(), delivery_id, notice)} closed.")
