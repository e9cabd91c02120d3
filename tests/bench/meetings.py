"""A folder of calendars with any number of meetings in it, for the benchmarks. The office is the sample one."""

from __future__ import annotations

import shutil
from datetime import date, datetime, time, timedelta
from pathlib import Path

CALENDARS = Path(__file__).parents[2] / "calendars"
BEHIND, AHEAD = 365, 730  # days around the first day over which the meetings are spread
PLACES = ("north-ormesby", "eston", "hemlington", "hartlepool", "stockton-on-tees")

HEAD = """\
[calendar]
name = "Neighbourhood {n}"
timezone = "Europe/London"
topics = ["community"]
duration = "1h30m"

[[venue]]
id = "hall-{n}"
name = "Hall {n}"
address = "Market Place"
postcode = "TS3 6AA"
area = "{area}"
geo = [54.5710, -1.2120]
access = {{ step_free = true, hearing_loop = true, parking = "Free on the Market Place except on market days" }}
"""
MEETING = """
[[meeting]]
id = "talk-{n}-{i}"
title = "Community meeting {i} in neighbourhood {n}"
starts = {starts}
venue = "hall-{n}"
note = "Come and talk to your neighbourhood team about what matters to you. Tea and coffee from a quarter past six."
"""


def write_meetings(folder: Path, count: int, *, files: int, today: date) -> list[Path]:
    """*count* meetings in *files* calendars beside the sample office; the paths of the calendars."""
    folder.mkdir(parents=True)
    shutil.copy(CALENDARS / "office.toml", folder)
    return [_write(folder, n, count // files, today) for n in range(files)]


def _write(folder: Path, n: int, count: int, today: date) -> Path:
    path = folder / f"neighbourhood-{n}.toml"
    days = [today - timedelta(BEHIND) + timedelta(i * (BEHIND + AHEAD) // count) for i in range(count)]
    meetings = (
        MEETING.format(n=n, i=i, starts=datetime.combine(day, time(9 + 2 * (i % 6), 30)).isoformat())
        for i, day in enumerate(days)
    )
    path.write_text(HEAD.format(n=n, area=PLACES[n % len(PLACES)]) + "".join(meetings))
    return path
