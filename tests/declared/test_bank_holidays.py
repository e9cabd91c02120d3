"""Bank holidays, asked of the library once and kept."""

import json
import subprocess
import sys
from datetime import date

import pytest

from engage.declared import bank_holidays as module


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty place to keep them, written to also where bytecode is not."""
    monkeypatch.setattr(module, "_KEPT", tmp_path / "kept")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module.bank_holidays.cache_clear()
    yield tmp_path / "kept"
    module.bank_holidays.cache_clear()


def test_they_are_asked_once_and_kept(kept):
    """The next process does not load the library: a check of 700 meetings would take a third longer."""
    found = module.bank_holidays("GB-ENG", frozenset({2026}))
    assert found[date(2026, 12, 25)] == "Christmas Day"
    assert date(2026, 11, 30) not in found
    (path,) = kept.iterdir()
    assert list(json.loads(path.read_text())) == ["2026"]
    program = (
        "import sys, pathlib; from engage.declared import bank_holidays as m; m._KEPT = pathlib.Path(sys.argv[1]);"
        "print(len(m.bank_holidays('GB-ENG', frozenset({2026}))), 'holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(kept)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(found)), "False"]


def test_another_year_is_added_and_a_broken_file_is_made_again(kept):
    """What is kept is nobody's only copy."""
    module.bank_holidays("GB-ENG", frozenset({2026}))
    (path,) = kept.iterdir()
    path.write_text("{broken")
    assert date(2027, 12, 27) in module.bank_holidays("GB-ENG", frozenset({2026, 2027}))
    assert sorted(json.loads(path.read_text())) == ["2026", "2027"]


def test_where_nothing_may_be_written_they_are_known_all_the_same(kept):
    """An installation that belongs to somebody else."""
    kept.write_text("a file where the folder would be")
    assert date(2026, 12, 25) in module.bank_holidays("GB-SCT", frozenset({2026}))
