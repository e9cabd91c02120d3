"""Real processes for tests, forked from one that has imported everything: a second of imports less for each."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    ["actors.relay", "actors.worker", "engage.web.server", "engage.cli", "sqlalchemy.dialects.sqlite", "psycopg"]
)
LONGEST = 60.0  # seconds a command may take


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def start(become: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that calls a function of a module, and ends with it."""
    process = FORK.Process(target=become, args=arguments)
    process.start()
    return process


def run(*words: str, environment: Mapping[str, str], given: bytes = b"", within: Path = Path()) -> Done:
    """`engage WORDS`, as staff type it in the folder *within*, or a mail server calls it with *given* on its stdin."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_bytes(given)
        process = start(_command, words, dict(environment), name, f"{within.resolve()}")
        process.join(LONGEST)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
            raise TimeoutError(f"engage {' '.join(words)} did not end within {LONGEST:g} s.")
        return Done(code, (folder / "out").read_text(), (folder / "err").read_text())


def program(module: str, arguments: tuple[str, ...], environment: dict[str, str], log: str) -> None:
    """Be `python -m MODULE ARGUMENTS`, writing to a file."""
    dress(environment, log)
    sys.argv = [module, *arguments]
    sys.exit(importlib.import_module("engage.cli" if module == "engage" else module).main())


def _command(words: tuple[str, ...], environment: dict[str, str], folder: str, within: str) -> None:
    os.chdir(within)
    os.dup2(os.open(f"{folder}/in", os.O_RDONLY), 0)
    sys.stdin = open(0)  # noqa: SIM115 - multiprocessing has closed it
    dress(environment, f"{folder}/out", f"{folder}/err")
    sys.argv = ["engage", *words]
    importlib.import_module("engage.cli").main()


def dress(environment: Mapping[str, str], out: str, err: str | None = None) -> None:
    """Take on an environment without the settings of whoever started us, and write to files."""
    for descriptor, path in ((1, out), (2, err or out)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
    for name in [name for name in os.environ if name.startswith("ENGAGE_")]:
        del os.environ[name]
    os.environ.update(environment)
