"""engage report, as staff use it: where it is written, in which form, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from engage.app import App
from engage.cli import reports as command
from engage.cli.commands import app as commands
from engage.errors import EngageError, NotNow, Refused
from tests.office import apply

RUN = CliRunner()


@pytest.fixture
def ready(sqlite_app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The invented office, applied."""
    apply(sqlite_app)
    monkeypatch.setattr(command, "opened", lambda: sqlite_app)
    return sqlite_app


def said(*words: str) -> str:
    done = RUN.invoke(commands, ["report", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("ready")
def test_it_prints_markdown_unless_told_otherwise():
    """Both reports, and `markdown` is `md` written out."""
    assert "# Commissioner\u2019s Update" in said("panel")
    assert said("panel", "--format", "markdown") == said("panel")
    assert "between 1 September 2018 and 5 February 2019" in said("panel", "--from", "2018-09-01", "--to", "2019-02-05")
    assert "# Annual Report 2018/19" in said("annual", "--to", "2019-03-31")
    assert said("annual", "--format", "csv").splitlines()[0] == "part,figure,what,value,row,day,areas,note"


@pytest.mark.usefixtures("ready")
def test_a_files_ending_says_its_form(tmp_path: Path):
    """--format says it louder."""
    for name, begins in (("a.html", b"<!DOCTYPE html>"), ("a.pdf", b"%PDF-"), ("a.csv", b"part,"), ("a", b"Office")):
        said("panel", "--out", str(tmp_path / name))
        assert (tmp_path / name).read_bytes().startswith(begins)
    said("panel", "--out", str(tmp_path / "b.txt"), "--format", "HTML")
    assert (tmp_path / "b.txt").read_bytes().startswith(b"<!DOCTYPE html>")


@pytest.mark.usefixtures("ready")
def test_a_draft_that_somebody_works_on_is_never_overwritten(tmp_path: Path):
    """Nor is a folder that is not there a traceback."""
    path = tmp_path / "update.md"
    path.write_text("our own words")
    with pytest.raises(Refused, match="is there already"):
        said("panel", "--out", str(path))
    assert path.read_text() == "our own words"
    with pytest.raises(NotNow, match="No such file or directory"):
        said("panel", "--out", str(tmp_path / "nowhere" / "update.md"))


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    "words",
    [("--from", "1.9.2018"), ("--from", "2019-02-05", "--to", "2018-09-01"), ("--from", "2030-01-01"), ("--to", "")],
)
def test_what_is_no_period_is_one_sentence(words: tuple[str, ...]):
    """Of the kind that ends a command with exit code 1."""
    with pytest.raises(EngageError) as refused:
        said("panel", *words)
    assert str(refused.value).endswith(".")


@pytest.mark.usefixtures("ready")
def test_an_unknown_form_is_wrong_usage():
    """Exit code 2, and the forms there are."""
    done = RUN.invoke(commands, ["report", "panel", "--format", "docx"])
    assert done.exit_code == 2
    assert "md, html, csv, pdf" in done.output
