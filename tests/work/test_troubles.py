"""What is wrong in staff's files is told to the office once, when it has stayed so; what was right before stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from engage.app import App, build
from engage.domain.people import Wanted
from engage.errors import NotFound, Refused
from engage.work import calendars, troubles
from engage.work.looking import status
from tests.conftest import settings_for
from tests.office import OFFICE_TOML, TALKS_HEAD, Clock, Office, add_people, mails, settle
from tests.work.notices import issue, letter
from tests.work.publishing import published

HALF = TALKS_HEAD + '\n[[meeting]]\nid = "winter-a"\ntitle = "Talk win'
TYPO = TALKS_HEAD + '\n[[meeting]]\nid = "winter-a"\ntitel = "Talk"\nstarts = 2026-11-24T18:30:00\nvenue = "hall"\n'


def save(app: App, office: Office, text: str) -> None:
    """Write the file, and look at it as the watcher does."""
    office.write("village-talks.toml", text)
    calendars.apply_folder(app, office.folder, who="saved file")


def to_office(app: App) -> list[str]:
    """Subjects of what the office has been mailed, once everything has settled."""
    settle(app)
    return [subject for _, subject in mails(app, "ocs")]


@pytest.mark.parametrize("text", ["", HALF, TYPO, "\x00", TALKS_HEAD.replace("[programme]", "[programm")])
def test_a_broken_file_changes_nothing_and_the_office_is_told_once(applied: App, office: Office, clock: Clock, text):
    """However it is broken: feeds keep their bytes, residents hear nothing, the office gets one mail."""
    add_people(applied, ("ada", Wanted()))
    before = published(applied)
    save(applied, office, text)
    for _ in range(6):
        assert len(to_office(applied)) <= 1
        clock.move(minutes=1)
        calendars.apply_folder(applied, office.folder, who="saved file")  # a restart looks again
    assert published(applied) == before
    assert to_office(applied)[0].endswith("in the calendars: nothing new is published")
    assert mails(applied, "ada") == []
    assert len(to_office(applied)) == 1


def test_the_mail_says_where_and_what_to_write_instead(sqlite_applied: App, office: Office, clock: Clock):
    """File, line, column, the line itself and the remedy."""
    save(sqlite_applied, office, TYPO)
    clock.move(minutes=2)
    assert len(to_office(sqlite_applied)) == 1
    text = " ".join(letter(sqlite_applied, "ocs").split())
    line = TYPO.splitlines().index('titel = "Talk"') + 1
    assert f"village-talks.toml, line {line}, column 1:" in text
    assert 'Did you mean "title"?' in text
    assert 'The line reads: "titel = "Talk""' in text
    assert "What was right before stays public" in text


def test_what_is_mended_within_two_minutes_tells_nobody(sqlite_applied: App, office: Office, clock: Clock):
    """Somebody typed."""
    good = (office.folder / "village-talks.toml").read_text()
    save(sqlite_applied, office, HALF)
    clock.move(seconds=110)
    save(sqlite_applied, office, good)
    clock.move(hours=1)
    assert to_office(sqlite_applied) == []


def test_the_same_again_begins_its_time_anew(sqlite_applied: App, office: Office, clock: Clock):
    """Broken, mended, and broken in the same way: the first moment finds it too young, the second tells it."""
    good = (office.folder / "village-talks.toml").read_text()
    save(sqlite_applied, office, HALF)
    clock.move(seconds=60)
    save(sqlite_applied, office, good)
    save(sqlite_applied, office, HALF)
    clock.move(seconds=70)
    assert to_office(sqlite_applied) == []
    clock.move(seconds=60)
    assert len(to_office(sqlite_applied)) == 1


def test_whoever_types_for_ten_minutes_is_told_once(sqlite_applied: App, office: Office, clock: Clock):
    """A different mistake at every save; nobody may know that nothing is published."""
    for n in range(11):
        save(sqlite_applied, office, f"{TYPO}\nkey{n} = 1\n")
        assert to_office(sqlite_applied) == []
        clock.move(seconds=59)
    save(sqlite_applied, office, f"{TYPO}\nlast = 1\n")
    assert len(to_office(sqlite_applied)) == 1
    clock.move(minutes=1)
    save(sqlite_applied, office, f"{TYPO}\nother = 1\n")
    assert len(to_office(sqlite_applied)) == 1


def test_another_set_of_problems_is_told_when_it_has_stood(sqlite_applied: App, office: Office, clock: Clock):
    """The same problem some lines further down is not another."""
    save(sqlite_applied, office, TYPO)
    clock.move(minutes=2)
    assert len(to_office(sqlite_applied)) == 1
    save(sqlite_applied, office, f"# a comment\n{TYPO}")
    clock.move(minutes=5)
    assert len(to_office(sqlite_applied)) == 1
    save(sqlite_applied, office, HALF)
    clock.move(minutes=5)
    assert len(to_office(sqlite_applied)) == 2
    save(sqlite_applied, office, TYPO)
    clock.move(minutes=5)
    assert len(to_office(sqlite_applied)) == 2, "told before, while it has been broken ever since"


def test_a_folder_that_is_gone_and_a_change_that_is_refused_are_told_too(
    sqlite_applied: App, office: Office, clock: Clock, tmp_path: Path
):
    """A network drive that went away, and the domain of UIDs."""
    with pytest.raises(NotFound):
        calendars.apply_folder(sqlite_applied, tmp_path / "nowhere", who="saved file")
    clock.move(minutes=2)
    assert len(to_office(sqlite_applied)) == 1
    office.write("office.toml", OFFICE_TOML.replace("westmark.example.org", "other.example.org"))
    with pytest.raises(Refused):
        calendars.apply_folder(sqlite_applied, office.folder, who="saved file")
    clock.move(minutes=2)
    assert len(to_office(sqlite_applied)) == 2
    assert "uid_domain" in letter(sqlite_applied, "ocs")


def test_before_the_first_apply_there_is_nobody_to_tell(sqlite_app: App, office: Office, clock: Clock):
    """What is right is not known yet; the terminal says what is wrong."""
    office.write("office.toml", "broken")
    calendars.apply_folder(sqlite_app, office.folder, who="saved file")
    clock.move(minutes=3)
    assert to_office(sqlite_app) == []


# --- templates ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(applied: App, tmp_path: Path) -> App:
    """The same office with a templates folder of its own."""
    folder = tmp_path / "own"
    (folder / "notices").mkdir(parents=True)
    url, data = applied.settings.database, applied.settings.data
    settings = settings_for(url, data, applied.settings.calendars, templates_dir=folder)
    built = build(settings, clock=applied.clock)
    yield built
    built.database.close()


def edit(app: App, name: str, text: str | None) -> None:
    """Save or delete one of the office's templates, and look as the watcher does."""
    path = app.settings.templates / "notices" / name
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    troubles.look_at_templates(app, app.settings.templates)


def test_a_template_with_a_typing_error_sends_nothing_and_loses_nothing(own: App, clock: Clock):
    """Its messages wait until it is mended; the office is told once; other kinds go."""
    add_people(own, ("ada", Wanted()))
    before = published(own)
    edit(own, "alert.subject.txt", "{% if title %}{{ titel }}")
    issue(own, "a")
    for _ in range(4):
        assert mails(own, "ada") == []
        clock.move(minutes=1)
        settle(own)
        troubles.look_at_templates(own, own.settings.templates)
    assert to_office(own) == ["A problem in the templates: messages wait"]
    assert "notices/alert.subject.txt, line 1:" in " ".join(letter(own, "ocs").split())
    assert published(own) == before
    edit(own, "alert.subject.txt", None)
    clock.move(minutes=1)
    settle(own)
    assert [subject for _, subject in mails(own, "ada")] == ["Warning: Alert a"]
    assert len(to_office(own)) == 1


def test_a_digest_waits_for_the_template_of_what_it_holds(own: App):
    """The envelope is sound, its content is not."""
    from engage.work.letters import Composed, Composer

    edit(own, "tip.short.txt", "{{ titel }}")
    composer = Composer(own)
    assert composer._is_template_broken(["digest", "tip"], Composed())
    assert not composer._is_template_broken(["digest", "milestone"], Composed())


@pytest.mark.parametrize("name", ["staff.long.html", "base.long.txt", "staff.subject.txt"])
def test_the_mail_that_says_so_needs_no_template(own: App, clock: Clock, name: str):
    """Not even when its own is the broken one."""
    edit(own, name, "{% block }")
    clock.move(minutes=3)
    assert len(to_office(own)) == 1
    assert name in letter(own, "ocs").replace("\n", " ")


def test_a_page_that_cannot_be_read_is_told_as_well(own: App):
    """Pages are templates too."""
    path = own.settings.templates / "web" / "alerts.html"
    path.parent.mkdir()
    path.write_text("{% if %}")
    assert troubles.look_at_templates(own, own.settings.templates)[0].startswith("web/alerts.html:1:")
    assert status(own)["problems"][0].startswith("web/alerts.html, line 1:")


def test_our_own_templates_are_no_trouble(sqlite_applied: App):
    """Nothing is remembered, and nothing was."""
    assert troubles.look_at_templates(sqlite_applied, sqlite_applied.settings.templates) == []
    with sqlite_applied.reading() as unit:
        assert troubles.of(unit, troubles.TEMPLATES) is None


def test_saving_a_template_changes_the_stamp(own: App):
    """So that the relay tries them."""
    before = troubles.stamp(own.settings.templates)
    edit(own, "tip.short.txt", "{{ title }}")
    assert troubles.stamp(own.settings.templates) != before == []
