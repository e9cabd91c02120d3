"""What everybody writes first, at its best: one dramatiq message per mail, one smtplib connection per message."""

from __future__ import annotations

import smtplib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from engage.channels.base import Letter
from engage.embedded import EmbeddedStore
from engage.lifeline import stop_signals
from tests.bench.postbox import OWN, Postbox

THREADS = 8  # as many as a process of dramatiq's has by default


def queued(letters: Sequence[Letter], sink: Postbox) -> float:
    """Letters a second between the first and the last at the server: neither queueing nor starting counts."""
    sink.empty()
    with tempfile.TemporaryDirectory() as name, EmbeddedStore(Path(name)) as store:
        content = Path(name) / "letter"
        content.write_bytes(letters[0].content)
        actor = _actor(store.url, sink.url, content)
        for letter in letters:
            actor.send(letter.to)
        worker = OWN.Process(target=_work, args=(store.url, sink.url, content), daemon=True)
        worker.start()
        moments = [at for _, at in sink.wait_for(len(letters))]
        worker.terminate()
        worker.join(20)
        actor.broker.close()
    return (len(moments) - 1) / (moments[-1] - moments[0])


def _actor(store: str, sink: str, content: Path) -> dramatiq.Actor:
    letter, server = content.read_bytes(), urlsplit(sink)

    def mail(to: str) -> None:
        with smtplib.SMTP("127.0.0.1", server.port or 25, local_hostname="localhost") as connection:
            connection.sendmail("office@example.org", to, letter)

    broker = RedisBroker(url=store, namespace="peer")
    return dramatiq.Actor(mail, broker=broker, actor_name="mail", queue_name="default", priority=0, options={})


def _work(store: str, sink: str, content: Path) -> None:
    with stop_signals() as received:
        worker = dramatiq.Worker(_actor(store, sink, content).broker, worker_threads=THREADS)
        worker.start()
        while not received:
            Event().wait(0.05)
        worker.stop()
