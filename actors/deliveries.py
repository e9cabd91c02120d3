"""The only actors that talk to the outside: they drain a lane of a channel."""

from __future__ import annotations

import structlog

from actors.boot import current
from actors.reacting import reaction
from engage.work import digests
from engage.work.deliveries import Drain

log = structlog.get_logger()

send_digests = reaction(digests.send_digests)


def drain(channel: str, lane: str) -> int:
    """Send what is due on a lane over this thread's connection; returns how many rows were settled."""
    running = current()
    if channel not in running.app.channels:
        return 0
    with running.turn(channel, lane) as ours:
        if not ours:
            return 0
        work = Drain(running.app, channel, lane, running.owner, running.session(channel))
        done = work.run(stop=lambda: not running.may_hand_over())
    if done.total:
        log.info("lane drained", channel=channel, lane=lane, sent=done.sent, other=done.other, halted=done.halted)
    return done.total


def drain_urgent(channel: str) -> int:
    """As `drain`, on a queue of its own, so that a bulk send never delays an alert."""
    return drain(channel, "urgent")
