"""The same calendars give the same bytes, whichever process writes them, wherever it stands, and after a restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOSTS = {
    "here": {"PYTHONHASHSEED": "1", "TZ": "Europe/London", "LANG": "C.UTF-8"},
    "there": {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LANG": "cy_GB.UTF-8", "LC_ALL": "tr_TR.UTF-8"},
}


def test_two_processes_publish_the_same_bytes_and_so_does_one_that_restarts(tmp_path: Path):
    """C09, law 5: every feed of the sample calendars with its ETag, its gzip coding and its Last-Modified."""
    for host in HOSTS:
        (tmp_path / host).mkdir()
    here, there = publish_at(tmp_path, "here", "there")
    assert len(here) > 500
    assert here == there
    (again,) = publish_at(tmp_path, "there")
    assert again == there, "a restart swaps nothing, five hours later"


def publish_at(folder: Path, *hosts: str) -> list[dict[str, list[object]]]:
    """What processes under these environments publish, side by side."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.work.publishing", str(ROOT / "calendars"), str(folder / host)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **HOSTS[host]},
            stdout=subprocess.PIPE,
        )
        for host in hosts
    ]
    told = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(hosts)
    return [json.loads(text) for text in told]
