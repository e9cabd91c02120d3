"""Staff's slips through real processes: what was right stays, nobody else hears of it, the office is told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engage.domain.people import Wanted
from tests.conftest import fresh_database
from tests.flows.system import System, running_system
from tests.office import add_people
from tests.work.notices import issue
from tests.work.publishing import published


@pytest.fixture
def system(request: pytest.FixtureRequest, tmp_path: Path):
    own = tmp_path / "own" / "notices"
    own.mkdir(parents=True)
    with running_system(
        tmp_path, fresh_database(request, "sqlite", tmp_path), ENGAGE_TEMPLATES_DIR=f"{own.parent}"
    ) as found:
        yield found


def test_a_half_written_file_and_a_slip_in_a_template_are_told_once_each_and_harm_nobody(
    system: System, tmp_path: Path
):
    """The relay watches; after a restart, minutes later, it tells; a file saved again tells nothing new."""
    system.start("relay", "worker", "urgent")
    system.wait_for(lambda: "plan applied" in system.logs(), "the first apply", within=60)
    system.wait_for_rest()
    app = system.app()
    before = published(app)
    add_people(app, ("ada", Wanted()))

    template = tmp_path / "own" / "notices" / "alert.long.txt"
    template.write_text("{% if title %}{{ title }}")
    path = system.office.folder / "village-talks.toml"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    for said in ("files have problems", "templates have problems"):
        system.wait_for(lambda said=said: said in system.logs(), said)
    issue(app, "a")
    system.wait_for(lambda: "letter waits for its template" in system.logs(), "the waiting letter")
    assert system.messages() == []

    for name in ("relay", "worker", "urgent"):
        assert system.stop(name) == 0
    system.offset += 180
    system.start("relay", "worker", "urgent")
    system.wait_for_mail("ocs", 2)
    path.write_text(f"# once more\n{whole[: len(whole) // 2]}")
    system.wait_for(lambda: system.logs().count("files have problems") >= 3, "another look")
    assert sorted(system.subjects("ocs")) == [
        "2 problems in the calendars: nothing new is published",
        "A problem in the templates: messages wait",
    ]
    assert published(app) == before
    assert system.messages("ada") == []

    path.write_text(whole)
    template.unlink()
    for name in ("worker", "urgent"):
        assert system.stop(name) == 0
    system.offset += 120
    system.start("worker", "urgent")
    assert system.wait_for_mail("ada", 1)[0]["Subject"] == "Warning: Alert a"
    assert published(app) == before
    app.database.close()
