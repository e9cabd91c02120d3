"""The only actors that talk to the outside: they drain a lane of a channel."""

from __future__ import annotations

import time

import structlog

from actors.boot import current
from actors.reacting import reaction
from engage.work import canary, digests, waiting
from engage.work.deliveries import Drain

log = structlog.get_logger()

send_digests = reaction(digests.send_digests)
send_canary = reaction(canary.send_canary)
check_canary = reaction(canary.check_canary, prepare=canary.prepare)


def drain(channel: str, lane: str) -> None:
    """Send what is due on a lane over this thread's connection."""
    running = current()
    running.called_at = time.monotonic()
    if channel not in running.app.channels:
        return
    with running.turn(channel, lane) as ours, running.working() as owner:
        if not ours:
            return
        waiting.keep_back(running.app, channel, lane)
        work = Drain(running.app, channel, lane, owner, running.session(channel))
        done = work.run(stop=lambda: not running.may_hand_over())
    if done.total:
        log.info("lane drained", channel=channel, lane=lane, sent=done.sent, other=done.other, halted=done.halted)


def drain_urgent(channel: str) -> None:
    """As `drain`, on a queue of its own, so that a bulk send never delays an alert."""
    drain(channel, "urgent")
