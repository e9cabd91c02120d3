"""The judge, made worse: a mail server that can also stop listening. What it accepted is counted in `judge`."""

from __future__ import annotations

import re
import socket
from contextlib import suppress

from engage.testing import Accepted, SmtpSink

SUBJECT = re.compile(rb"^Subject: (.*)\r\n", re.MULTILINE)


class Sink(SmtpSink):
    def deafen(self) -> None:
        """Refuse connections and cut those there are, as a server that is being restarted."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in tuple(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def listen_again(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self._start(self._listen)


def subject_of(message: Accepted) -> str:
    found = SUBJECT.search(message.content)
    return found[1].decode() if found else ""
