"""`make conformance` itself: it says what it lacks. That it notices spoilt feeds is tried by each of its runs."""

from __future__ import annotations

import subprocess
import sys

from tests.conformance.cases import ROOT
from tests.conformance.consumers import CONSUMERS


def test_a_reader_that_is_not_installed_is_named_with_the_way_to_get_it():
    """Exit 3: the system could not do it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance"],
        cwd=ROOT,
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    (node,) = [consumer for consumer in CONSUMERS if consumer.program == "node"]
    assert done.returncode == 3
    assert f"{node.name} cannot run here. To install it: {node.install}" in done.stderr
    assert done.stderr.splitlines()[-1] == "conformance: not run; .ci/setup installs what is missing."
