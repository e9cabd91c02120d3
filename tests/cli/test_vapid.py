"""`engage vapid`: what it prints is what the setting takes."""

from __future__ import annotations

import subprocess
import sys

from engage.channels import CHANNELS
from engage.settings import Settings


def run() -> str:
    command = [sys.executable, "-m", "engage", "vapid"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_line_it_prints_makes_web_push_work(tmp_path):
    """As an operator would use it: appended to .env; each call is another key."""
    env = tmp_path / ".env"
    env.write_text(run())
    channel = CHANNELS["webpush"](Settings(_env_file=env))
    assert len(channel.public_key) == 87
    assert run() != env.read_text()
