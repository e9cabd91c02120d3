"""What everybody writes first: one dramatiq message per mail, the queue as the mailbox. It must be seen to lose."""

from __future__ import annotations

import os
import smtplib
import time
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from engage.embedded import find_url
from engage.lifeline import stop_signals


def mail(to: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "office@example.org", to, "Lock your back door"
    message.set_content("Tonight.")
    server = urlsplit(os.environ["ENGAGE_SMTP_URL"])
    with smtplib.SMTP(str(server.hostname), server.port or 25, timeout=30) as connection:
        connection.send_message(message)


def actor(data: Path) -> dramatiq.Actor:
    broker = RedisBroker(url=find_url(data, wait_s=30), namespace="naive")
    return dramatiq.Actor(mail, broker=broker, actor_name="mail", queue_name="default", priority=0, options={})


def serve() -> int:
    """A worker of dramatiq's with nothing of ours."""
    with stop_signals() as received:
        worker = dramatiq.Worker(actor(Path(os.environ["ENGAGE_DATA_DIR"])).broker, worker_threads=2)
        worker.start()
        while not received:
            time.sleep(0.05)
        worker.stop()
    return 0
