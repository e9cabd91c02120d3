"""The embedded store, with the real server: what survives, what is refused, who may read what."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import dramatiq
import pytest
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Retries

from engage.embedded import EmbeddedStore, find_url
from engage.errors import NotNow


def _launcher(data, **environment):
    """`engage redis` as a process of its own."""
    code = "import sys; from engage.embedded import serve; from engage.settings import Settings; sys.exit(serve(Settings.read()))"
    environment = {**os.environ, "ENGAGE_DATA_DIR": str(data), **environment}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


def _client(url):
    return redis.Redis.from_url(url, decode_responses=True)


def _until(question, limit=15.0):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            if question():
                return True
        except redis.RedisError:
            pass
        time.sleep(0.02)
    return False


@pytest.fixture
def store(tmp_path):
    with EmbeddedStore(tmp_path / "data") as running:
        yield running


def test_it_starts_and_tells_others_its_address(store):
    """The address in the data folder leads to a server that answers, and is gone after a clean stop."""
    with _client(find_url(store.data)) as client:
        assert client.ping()
    store.stop()
    assert find_url(store.data) is None


def test_a_second_start_on_the_same_folder_is_refused(store):
    """Two servers on one log would ruin it."""
    with pytest.raises(NotNow, match="in use by another engage"):
        EmbeddedStore(store.data).start()
    assert store.is_running


def test_data_and_address_survive_a_kill_and_a_restart(store):
    """Clients that outlive the server find what they left at the address they know (F: store killed)."""
    url = store.url
    with _client(url) as client:
        client.set("kept", "yes")
        os.kill(store.pid, signal.SIGKILL)
        assert _until(lambda: not store.is_running)
        store.restart()
        assert store.url == url
        assert client.get("kept") == "yes"


def test_data_and_address_survive_a_clean_stop(store):
    """A planned restart loses nothing either, and the password stays."""
    url = store.url
    with _client(url) as client:
        client.set("kept", "yes")
    store.stop()
    with EmbeddedStore(store.data) as again, _client(again.url) as client:
        assert (again.url, client.get("kept")) == (url, "yes")


@pytest.mark.parametrize(
    "command",
    ["FLUSHALL", "FLUSHDB", "CONFIG GET dir", "SHUTDOWN", "MONITOR", "REPLICAOF NO ONE", "ACL LIST", "SWAPDB 0 1"],
)
def test_the_app_user_may_not_wipe_or_reconfigure(store, command):
    """A bug or an injected command in our own code cannot empty or turn the store (S42)."""
    with _client(store.url) as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command.split())


def test_nobody_gets_in_without_the_password(store):
    """The default user is off, so finding the socket is not enough."""
    with (
        _client(f"unix://{store.folder / 's'}?protocol=2") as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()


def test_only_this_user_can_read_the_socket_the_address_and_the_password(store):
    """Everything that lets somebody in is closed to group and others, whatever the umask."""
    private = [store.data / "redis.url", *(store.folder / n for n in ("password", "users.acl", "s", "server.log"))]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in private}
    assert modes == {"redis.url": 0o600, "password": 0o600, "users.acl": 0o600, "s": 0o700, "server.log": 0o600}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_it_listens_on_no_port(store):
    """The unix socket is the only way in."""
    with _client(store.url) as client:
        assert client.info("server")["tcp_port"] == 0


def test_a_long_path_and_odd_letters_are_no_obstacle(tmp_path):
    """A socket's path holds about 100 bytes; a longer one leads to the same short place every time."""
    data = tmp_path / "Büro der Commissioner" / ("long " * 25) / "data"
    with EmbeddedStore(data) as running:
        url = running.url
        place = Path(redis.connection.parse_url(url)["path"]).parent
    try:
        assert len(os.fsencode(place / "s")) <= 100
        with EmbeddedStore(data) as again, _client(again.url) as client:
            assert client.ping()
            assert again.url == url
    finally:
        shutil.rmtree(place)


def test_a_short_place_that_others_can_enter_is_refused(tmp_path, monkeypatch):
    """Somebody who made the folder first in a shared /tmp must not get to sit between us and the store."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    data = tmp_path / ("long" * 30)
    (tmp_path / "t").mkdir()
    with EmbeddedStore(data):
        (place,) = (tmp_path / "t").iterdir()
    place.chmod(0o777)
    with pytest.raises(NotNow, match="belongs to somebody else"):
        EmbeddedStore(data).start()


def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path):
    """A file where the folder should be gives no traceback."""
    (tmp_path / "data").write_text("")
    with pytest.raises(NotNow, match=r"cannot be used: .*Choose another --data"):
        EmbeddedStore(tmp_path / "data").start()


def test_waiting_for_an_address_ends(tmp_path):
    """Processes start at the same time: one waits for the other a while, not for ever; half a file is none."""
    assert find_url(tmp_path) is None
    (tmp_path / "redis.url").write_text("")
    assert find_url(tmp_path) is None
    timer = threading.Timer(0.1, lambda: (tmp_path / "redis.url").write_text("unix:///s\n"))
    timer.start()
    assert find_url(tmp_path, wait_s=10) == "unix:///s"
    timer.join()


def test_engage_redis_starts_a_dead_server_again_and_stops_on_sigterm(tmp_path):
    """What runs in the foreground is the promise that a store is there; it leaves with exit code 0 and no process."""
    launcher = _launcher(tmp_path)
    with launcher, _client(find_url(tmp_path, 15)) as client:
        first = client.info("server")["process_id"]
        os.kill(first, signal.SIGKILL)
        assert _until(lambda: client.info("server")["process_id"] != first)
        second = client.info("server")["process_id"]
        client.close()
        launcher.terminate()
        assert launcher.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_engage_redis_waits_for_clients_that_got_the_same_signal(tmp_path):
    """honcho signals everybody at once: workers can still hand back what they hold."""
    launcher = _launcher(tmp_path)
    with launcher, _client(find_url(tmp_path, 15)) as client:
        client.ping()
        launcher.terminate()
        time.sleep(0.6)
        assert client.ping()
        client.close()
        client.connection_pool.disconnect()
        assert launcher.wait(20) == 0


def test_engage_redis_idles_when_another_server_is_set(tmp_path):
    """The Procfile stays the same where a real server is used."""
    launcher = _launcher(tmp_path / "data", ENGAGE_REDIS_URL="redis://127.0.0.1:1/0")
    with launcher:
        assert "ENGAGE_REDIS_URL is set" in launcher.stdout.readline()
        launcher.terminate()
        assert launcher.wait(10) == 0
    assert not (tmp_path / "data").exists()


def test_dramatiq_works_within_the_app_users_rights(store):
    """Enqueue, consume, ack, fail into the dead letters, purge, and the maintenance that takes over from the dead."""
    broker = RedisBroker(
        url=store.url, maintenance_chance=1_000_000, heartbeat_timeout=1_000, middleware=[Retries(max_retries=0)]
    )
    seen, done = [], threading.Event()

    def look(number):
        seen.append(number)
        if len(seen) == 21:
            done.set()

    def stumble():
        raise RuntimeError

    actor = dramatiq.actor(look, broker=broker, queue_name="bell")
    broken = dramatiq.actor(stumble, broker=broker, queue_name="broken")
    dead = RedisBroker(url=store.url, maintenance_chance=0, middleware=[])
    dead.declare_queue("bell")
    actor.send(0)
    assert next(dead.consume("bell", timeout=1_000)) is not None  # taken and never acknowledged
    time.sleep(1.1)
    worker = dramatiq.Worker(broker, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        for number in range(1, 21):
            actor.send(number)
        broken.send()
        assert done.wait(20)
        with _client(store.url) as client:
            assert _until(lambda: client.zcard("dramatiq:broken.XQ") == 1)
            assert _until(lambda: broker.do_qsize("bell") == 0)
    finally:
        worker.stop()
    assert sorted(seen) == list(range(21))
    broker.flush_all()
    for each in (broker, dead):
        each.close()
        each.client.close()
