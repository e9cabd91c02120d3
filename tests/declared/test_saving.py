"""Writing one of staff's files: the whole new one or the whole old one."""

import pytest

from engage.declared import saving
from engage.errors import NotNow, Refused


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path):
    """A group of colleagues that could write it still can; nothing is left beside it."""
    path = tmp_path / "talks.toml"
    path.write_bytes(b"old")
    path.chmod(0o664)
    saving.replace(path, was=b"old", content=b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o664
    assert [path.name for path in tmp_path.iterdir()] == ["talks.toml"]


def test_what_somebody_saved_meanwhile_is_not_overwritten(tmp_path):
    """Their words stay, ours are not half there, and the sentence says what to do."""
    path = tmp_path / "talks.toml"
    path.write_bytes(b"theirs")
    with pytest.raises(Refused, match="saved by somebody else"):
        saving.replace(path, was=b"old", content=b"new")
    assert path.read_bytes() == b"theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["talks.toml"]


def test_a_link_still_leads_where_it_led(tmp_path):
    """The file behind it is written, the link is no file of its own afterwards."""
    (tmp_path / "real.toml").write_bytes(b"old")
    (tmp_path / "talks.toml").symlink_to(tmp_path / "real.toml")
    saving.replace(tmp_path / "talks.toml", was=b"old", content=b"new")
    assert (tmp_path / "talks.toml").is_symlink()
    assert (tmp_path / "real.toml").read_bytes() == b"new"


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    """Exit code 3, and the old file."""
    with pytest.raises(NotNow, match=r"cannot be written: no such file"):
        saving.replace(tmp_path / "gone.toml", was=b"", content=b"new")
