"""The message-queue edge: each actor parses its ids and calls one decision in engage.work."""

import os

# dramatiq reads this when it is imported: a busy worker must not hoard calls that another could answer.
os.environ.setdefault("dramatiq_queue_prefetch", "1")
os.environ.setdefault("dramatiq_delay_queue_prefetch", "1")
