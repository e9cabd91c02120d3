"""Runs several programs as one: prefixes what they say, restarts the dead, stops all in order.

Which programs those are and when they are ready is the caller's to say.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import IO, TextIO

from engage.lifeline import VARIABLE, stop_signals

TICK = 0.05  # seconds between two looks at the children
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead child is started again, doubling
STEADY = 60.0  # a child that lived this long has earned the first pause again
STOP_LIMIT = 30.0  # seconds for each to stop by itself
HOPELESS = (2, 3)  # wrong usage, cannot do it: before the whole is ready, trying again would only repeat the sentence
COLOURS = ("36", "33", "32", "35", "34")


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program to keep running; those with a lower `stops` are stopped first."""

    name: str
    command: tuple[str, ...]
    stops: int


class Voice:
    """Writes whole lines with the speaker's name before them; a terminal that has gone away silences nobody's work."""

    def __init__(self, out: TextIO, names: Sequence[str]) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._width = max(map(len, names), default=0)
        coloured = out.isatty() and "NO_COLOR" not in os.environ
        self._colours = {n: COLOURS[i % len(COLOURS)] for i, n in enumerate(names)} if coloured else {}

    def say(self, name: str, text: str) -> None:
        prefix = f"{name:<{self._width}} |"
        if colour := self._colours.get(name):
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        with self._lock:
            try:
                print(prefix, text, file=self._out, flush=True)
            except (OSError, ValueError):
                return


class Child:
    """One program's life: started, died, waiting for its next start, stopped."""

    def __init__(self, program: Program, voice: Voice, *, environment: Mapping[str, str], lifeline: int) -> None:
        self.program = program
        self._voice = voice
        self._environment = {**environment, VARIABLE: str(lifeline)}
        self._lifeline = lifeline
        self._process: subprocess.Popen[bytes] | None = None
        self._pump: threading.Thread | None = None
        self._pause = FIRST_PAUSE
        self._started_at = 0.0
        self._due_at = 0.0

    def start(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - the caller's own argument list, no shell
            self.program.command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only the supervisor, which stops them in order
            pass_fds=(self._lifeline,),
        )
        assert process.stdout is not None
        self._process, self._started_at = process, time.monotonic()
        self._pump = threading.Thread(target=self._repeat, args=(process.stdout,), daemon=True)
        self._pump.start()

    def tend(self) -> int | None:
        """Start it again when its pause is over; the exit code once, when it has just ended."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._due_at:
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            return None
        self._process = None
        if now - self._started_at > STEADY:
            self._pause = FIRST_PAUSE
        self._hear_out()
        return code

    def rest(self) -> float:
        """The seconds until its next start, growing with every death."""
        pause = self._pause
        self._due_at = time.monotonic() + pause
        self._pause = min(2 * pause, LONGEST_PAUSE)
        return pause

    @property
    def is_running(self) -> bool:
        process = self._process
        return process is not None and process.returncode is None

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def wait(self, limit: float) -> bool:
        """Whether it was out by the monotonic moment `limit`; if not, it and its group have been killed."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._voice.say(self.program.name, "did not stop in time and was killed")
            return False
        finally:
            self._hear_out()
        return True

    def _hear_out(self) -> None:
        """Its last words come before ours about it; a grandchild that holds the pipe open delays us no longer."""
        if self._pump is not None:
            self._pump.join(0.5)

    def _repeat(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                self._voice.say(self.program.name, line.decode(errors="replace").rstrip())


class Supervisor:
    """Keeps programs running until a signal; they end with it, however it ends, when run through `engage.lifeline`."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str] | None = None,
        out: TextIO | None = None,
        stop_limit: float = STOP_LIMIT,
    ) -> None:
        self.is_ready = False
        self.is_over = False
        self._programs = programs
        self._environment = dict(os.environ if environment is None else environment)
        self._voice = Voice(out or sys.stderr, [program.name for program in programs])
        self._stop_limit = stop_limit
        self._children: Sequence[Child] = ()

    def run(self) -> int:
        """0 after a clean stop, 3 when a program cannot start at all or one had to be killed."""
        reading, writing = os.pipe()  # nobody writes: the children read the end of file when this process is gone
        children = [Child(p, self._voice, environment=self._environment, lifeline=reading) for p in self._programs]
        self._children = children
        with stop_signals(signal.SIGHUP) as received:
            try:
                for child in children:
                    child.start()
                return max(self._keep(children, received), self._stop(children))
            finally:
                self.is_over = True
                os.close(writing)
                os.close(reading)

    def say(self, text: str) -> None:
        self._voice.say("engage", text)

    def states(self) -> dict[str, bool]:
        """Which programs run at this moment, by name."""
        return {child.program.name: child.is_running for child in self._children}

    def _keep(self, children: Sequence[Child], received: Sequence[int]) -> int:
        while not received:
            time.sleep(TICK)
            for child in children:
                code = child.tend()
                if code in HOPELESS and not self.is_ready:
                    self.say(f"cannot start: {child.program.name} ended with {_ending(code)}; its lines above say why")
                    return 3
                if code is not None:
                    self.say(
                        f"{child.program.name} ended with {_ending(code)}; starting it again in {child.rest():g} s"
                    )
        return 0

    def _stop(self, children: Sequence[Child]) -> int:
        self.say("stopping")
        killed = 0
        for _, group in groupby(sorted(children, key=_rank), key=_rank):
            together = list(group)
            for child in together:
                child.ask_to_stop()
            limit = time.monotonic() + self._stop_limit
            killed += sum(not child.wait(limit) for child in together)
        return 3 if killed else 0


def _rank(child: Child) -> int:
    return child.program.stops


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name
