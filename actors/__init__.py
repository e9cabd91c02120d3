"""The message-queue edge: each actor parses its ids and calls one decision in engage.work."""
