"""Which actor answers to which name and queue; refuses to start when domain.events.ROUTES asks for one that is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dramatiq import Actor, Broker

from actors import alerts, concerns, deliveries, feeds, milestones, people, reminders, staff, tips
from engage.domain.events import ROUTES

TASKS, DELIVER, URGENT = "tasks", "deliver", "urgent"

REACTIONS: Mapping[str, Callable[[int], None]] = {
    "publish_feeds": feeds.publish_feeds,
    "start_day": feeds.start_day,
    "forget_old": people.forget_old,
    "announce_changes": reminders.announce_changes,
    "announce_outcomes": concerns.announce_outcomes,
    "remind": reminders.remind,
    "count_meeting": milestones.count_meeting,
    "announce_milestone": milestones.announce_milestone,
    "announce_approach": milestones.announce_approach,
    "send_tips": tips.send_tips,
    "send_digests": deliveries.send_digests,
    "send_canary": deliveries.send_canary,
    "check_canary": deliveries.check_canary,
    "announce_alert": alerts.announce_alert,
    "address_notice": alerts.address_notice,
    "ask_for_alert": staff.ask_for_alert,
    "ask_for_plan": staff.ask_for_plan,
    "tell_trouble": staff.tell_trouble,
    "send_confirmation": people.send_confirmation,
    "send_manage_link": people.send_manage_link,
    "acknowledge_complaint": people.acknowledge_complaint,
}

Actors = Mapping[str, Actor[Any, Any]]


def declare(broker: Broker) -> Actors:
    """Declare every actor on *broker*; a name in ROUTES without an actor, or the other way round, stops the start."""
    asked = {name for names in ROUTES.values() for name in names}
    if asked != set(REACTIONS):
        message = f"ROUTES and the actors disagree about {sorted(asked ^ set(REACTIONS))}."
        raise RuntimeError(message)
    wanted: list[tuple[str, str, Callable[..., object]]] = [
        *((name, TASKS, act) for name, act in REACTIONS.items()),
        ("drain", DELIVER, deliveries.drain),
        ("drain_urgent", URGENT, deliveries.drain_urgent),
    ]
    return {
        name: Actor(act, broker=broker, actor_name=name, queue_name=queue, priority=0, options={})
        for name, queue, act in wanted
    }
