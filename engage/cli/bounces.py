"""bounce: what a mail server pipes to us for the return path."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engage.cli.show import opened, say

KEEP = 75  # EX_TEMPFAIL: the mail server keeps the mail and tries again; any other failure would lose it
_CHUNK = 65_536


def bounce(
    recipient: Annotated[
        str,
        typer.Option(envvar=["ORIGINAL_RECIPIENT", "RECIPIENT"], help="The envelope's, where the mail server says it."),
    ] = "",
) -> None:
    """Take in one mail from stdin: a bounce, a complaint, an automatic reply. Exits 75 to be given it again."""
    import structlog

    from engage.channels.mime import LARGEST
    from engage.errors import EngageError
    from engage.log import configure
    from engage.work.inbox import take_mail

    configure()  # before the settings are read: what is wrong with them must not end on stdout
    content = sys.stdin.buffer.read(LARGEST)
    while sys.stdin.buffer.read(_CHUNK):  # a pipe closed early would be a failure to the mail server
        pass
    try:
        taken = take_mail(opened(), content, recipient=recipient)
    except EngageError as error:
        say(str(error))
        raise typer.Exit(KEEP) from error
    except Exception as error:  # whatever it was, the mail must not be lost
        structlog.get_logger().exception("mail not taken in")
        raise typer.Exit(KEEP) from error
    words = (taken.kind.value, taken.status, f"delivery {taken.delivery_id}" if taken.delivery_id else "")
    print(" ".join(filter(None, (*words, "" if taken.is_new else "known already"))))
