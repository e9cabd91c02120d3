"""The command line: each command parses, calls one decision and shows what it said. Heavy imports wait inside."""

from __future__ import annotations

import os
import sys

from engage.cli.commands import app
from engage.errors import EngageError, NotNow, SettingsError

PROBLEMS, USAGE, CANNOT = 1, 2, 3


def main() -> None:
    """Run a command; an expected error is one sentence on stderr and the exit code its kind has."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else every installed package is asked for some
    try:
        app()
    except (NotNow, SettingsError) as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT)
    except EngageError as error:
        print(error, file=sys.stderr)
        sys.exit(PROBLEMS)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
