"""status, milestones, trace: looking without touching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from engage.cli.show import Json, document, opened, table


def status(as_json: Json = False) -> None:
    """Show the state of everything on one screen."""
    from engage.work.looking import status as look

    found = look(opened())
    if as_json:
        document(found)
        return
    print(f"{found['office'] or 'No calendar applied yet'} ({found['mode']} mode)")
    if found["on_hold"]:
        print(f"ON HOLD: {found['on_hold']}. Nothing is sent until: engage release")
    for name, programme in found["programmes"].items():
        upcoming = programme["next_milestone"]
        line = f"{name}: {programme['meetings_held']} meetings held"
        if upcoming:
            line += f"; number {upcoming['count']} in {upcoming['remaining']} more"
            line += f", expected on {upcoming['projected_on']}" if upcoming["projected_on"] else ""
        print(line)
    people = found["subscribers"]
    print(f"subscribers: {people['confirmed']} confirmed, {people['pending']} pending, {people['left']} left")
    states = ", ".join(f"{n} {state}" for state, n in sorted(found["deliveries"].items())) or "none yet"
    print(f"deliveries: {states}")
    if found["oldest_pending_s"] is not None:
        print(f"oldest waiting: {found['oldest_pending_s']} s")
    beat = found["relay_beat_age_s"]
    print("relay: not running" if beat is None or beat > 60 else f"relay: beat {beat} s ago")
    _show_channels(found)
    _came_back(found)
    if found["waiting_plan"]:
        print(f"a plan waits for you: engage apply --confirm {found['waiting_plan']['fingerprint']}")
    for problem in found["problems"]:
        print(problem)


def _came_back(found: Mapping[str, Any]) -> None:
    if found["came_back"]:
        counted = ", ".join(f"{n} {kind}" for kind, n in found["came_back"].items())
        print(f"came back in 7 days: {counted}")
    if found["bounce_mailbox"]:
        print(f"{found['bounce_mailbox']['why']} Since {found['bounce_mailbox']['since']}.")


def _show_channels(found: dict[str, Any]) -> None:
    """Channels that are not as they should be, and the last proof that messages arrive."""
    for channel, now in found["circuits"].items():
        if now["state"] == "open":
            print(f"{channel} is halted until {now['until'][11:16]} UTC, halt {now['failures']}: {now['why']}")
        elif now["state"] == "half-open":
            print(f"{channel} is tried again, halted {now['failures']} times before: {now['why']}")
    for channel, sentence in found["end_to_end"].items():
        print(f"{channel} end to end: {sentence}")


def milestones(as_json: Json = False) -> None:
    """Show how many meetings each programme has held and when the next milestone is expected."""
    from engage.work.looking import reached
    from engage.work.looking import status as look

    app = opened()
    found = look(app)["programmes"]
    told = {name: {**programme, "reached": reached(app, name)} for name, programme in found.items()}
    if as_json:
        document(told)
        return
    for name, programme in told.items():
        upcoming = programme["next_milestone"]
        print(f"{name}: {programme['meetings_held']} meetings held")
        if upcoming:
            expected = upcoming["projected_on"] or "not in the schedule yet"
            print(f"  next: {upcoming['count']}, {upcoming['remaining']} to go, expected {expected}")
        table(
            ((m["number"], m["day"] or "", m["title"] or "", m["told"]) for m in programme["reached"]),
            ("number", "reached on", "meeting", "told"),
        )


def trace(
    given: Annotated[str, typer.Argument(metavar="ID", help="An entry, a notice or a delivery.")],
) -> None:
    """Print the chain behind an id: file, revision, events, tasks, notices, deliveries, attempts."""
    from engage.work.looking import trace as follow

    print("\n".join(follow(opened(), given)))
