"""Web push against a push service that opens what it is sent, and against one that does everything wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from engage.channels.base import Letter
from engage.channels.message import Headings
from engage.channels.push_crypto import MOST, Vapid, decoded, new_key, seal
from engage.channels.push_device import read
from engage.channels.webpush import AWAY, PushForm, WebPush, outcome_of, pause_of, topic_of
from engage.domain.outcomes import Refused, Sent, TryAgain, Unknown
from engage.errors import Refused as NotTaken
from engage.settings import PUSH_SERVICES, Settings
from tests.push_service import PushService, Subscribed, base64

VALUES = {"notice_id": "alert:a", "lane": "urgent", "seconds": "3600"}


@pytest.fixture
def service():
    with PushService() as found:
        yield found


@pytest.fixture(scope="module")
def channel() -> WebPush:
    return WebPush(Vapid(new_key(), "mailto:ocs@example.org"), services=PUSH_SERVICES, loopback=True, patience=0.3)


@pytest.fixture
def session(channel):
    opened = channel.connect()
    yield opened
    opened.close()


def letter(browser: Subscribed, content: bytes | None = None, **values: str) -> Letter:
    form = PushForm("Burglaries", "Lock your door. https://example.org/alerts/a", "https://example.org/alerts/a")
    return Letter(1, browser.address, "", content or form.fill({**VALUES, **values}))


def one(session, *letters: Letter):
    (outcome,) = session.send(letters)
    return outcome


# what arrives
def test_the_example_of_the_standard_comes_out_byte_for_byte():
    """RFC 8291, section 5 and appendix A: the same keys and salt, the same 144 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    ours = derive_private_key(int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), SECP256R1())
    body = seal(
        b"When I grow up, I want to be a watermelon",
        decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        ours,
        decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert base64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_device_can_read_it_and_the_service_is_told_what_to_do_with_it(service, channel, session):
    """Title, text, where it leads and what it replaces; how long to keep it, how urgent it is."""
    assert one(session, letter(service.subscribe(channel.public_key))) == Sent()
    (pushed,) = service.accepted
    assert pushed.text == {
        "title": "Burglaries", "body": "Lock your door.", "url": "https://example.org/alerts/a", "tag": topic_of("alert:a"),
    }  # fmt: skip
    told = {name: pushed.headers[name] for name in ("TTL", "Urgency", "Topic", "Content-Encoding", "User-Agent")}
    assert told == {
        "TTL": "3600", "Urgency": "high", "Topic": topic_of("alert:a"), "Content-Encoding": "aes128gcm", "User-Agent": "engage",
    }  # fmt: skip
    assert service.refused == []


@pytest.mark.parametrize(
    ("given", "head"),
    [
        ({"lane": "normal"}, "TTL: 3600\r\nUrgency: normal"),
        ({"lane": "bulk"}, "TTL: 3600\r\nUrgency: low"),
        ({"seconds": "-5"}, "TTL: 0\r\n"),
        ({"seconds": "99999999"}, f"TTL: {28 * 86_400}\r\n"),
    ],
)
def test_lane_and_expiry_become_urgency_and_time_to_live(given, head):
    """Services keep nothing longer than four weeks."""
    assert PushForm("t", "b", "").fill({**VALUES, **given}).decode().startswith(head)


def test_the_topic_is_the_notices_own():
    """Thirty-two characters of the alphabet that RFC 8030 allows, whatever the notice is called."""
    assert topic_of("alert:a") == topic_of("alert:a") != topic_of("alert:b")
    assert len(topic_of("change:" + "x" * 500)) == 32
    assert "=" not in topic_of("ä")


def test_the_longest_text_fits_with_room_for_its_address():
    """Cut where no device shows more; letters of four bytes each are the worst."""
    url = "https://example.org/" + "a" * 900
    content = PushForm("\N{GRINNING FACE}" * 500, "\N{GRINNING FACE}" * 5000, url).fill(VALUES)
    text = content.partition(b"\r\n\r\n")[2]
    assert len(text) <= MOST == 3993
    assert json.loads(text)["body"].endswith("…")


def test_the_largest_text_is_taken_and_a_larger_one_is_not_offered(service, channel, session):
    """4,096 bytes is all that a push service must take."""
    browser = service.subscribe(channel.public_key)
    head = b"TTL: 1\r\nUrgency: low\r\nTopic: t\r\n\r\n"
    whole = b'{"a": "%s"}' % (b"x" * (MOST - 9))
    assert one(session, letter(browser, head + whole)) == Sent()
    refused = one(session, letter(browser, head + whole + b" "))
    assert (refused.error_class, service.asked) == ("too-large", 1)


# the connection
def test_a_connection_is_kept_and_a_token_is_signed_once(service, channel, session):
    """Fifty messages over one connection, or one more on a machine that stalls, under one token."""
    browsers = [service.subscribe(channel.public_key) for _ in range(50)]
    assert set(session.send([letter(b) for b in browsers])) == {Sent()}
    assert service.connections <= 2
    assert len({pushed.headers["Authorization"] for pushed in service.accepted}) == 1


def test_a_token_is_renewed_before_it_runs_out(monkeypatch):
    """An hour before, because the service's clock may be ahead."""
    from engage.channels import push_crypto

    vapid = Vapid(new_key(), "mailto:ocs@example.org")
    first = vapid.authorization("https://push.example.org")
    assert vapid.authorization("https://push.example.org") == first
    assert vapid.authorization("https://other.example.org") != first
    later = push_crypto.time.time() + 11.5 * 3600
    monkeypatch.setattr(push_crypto.time, "time", lambda: later)
    assert vapid.authorization("https://push.example.org") != first


def test_a_service_that_hung_up_meanwhile_is_called_again(service, channel, session):
    """Without a word: the topic makes a second hand-over harmless."""
    browser = service.subscribe(channel.public_key)
    for cut in ("before", "after"):
        service.hang_up.append(cut)
        assert one(session, letter(browser)) == Sent()
    assert service.shown() == ["ada"]


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_service_that_keeps_hanging_up_leaves_it_open(service, channel, session, cut):
    """The ledger hands it over again; the device shows it once."""
    browser = service.subscribe(channel.public_key)
    service.hang_up.extend([cut] * 2)
    assert type(one(session, letter(browser))) is Unknown
    assert one(session, letter(browser)) == Sent()
    assert service.shown() == ["ada"]


def test_a_slow_service_costs_its_time_once(service, channel, session):
    """What may have gone is not sent twice in one breath."""
    service.hang_up.append("slow")
    assert type(one(session, letter(service.subscribe(channel.public_key)))) is Unknown
    assert service.asked == 1


def test_a_service_that_is_away_does_not_hold_up_the_others(service, channel, session, monkeypatch):
    """It is asked once in a while, not once for each of its browsers."""
    from engage.channels import webpush

    with PushService() as gone:
        lost = [gone.subscribe(channel.public_key, f"ben{n}") for n in range(3)]
    clock = [1000.0]
    monkeypatch.setattr(webpush, "monotonic", lambda: clock[0])
    outcomes = list(session.send([letter(lost[0]), letter(service.subscribe(channel.public_key)), letter(lost[1])]))
    assert [type(outcome) for outcome in outcomes] == [TryAgain, Sent, TryAgain]
    with socket.create_server(gone.server_address):  # it listens again, and nobody asks yet
        assert one(session, letter(lost[2])).error_class == "unreachable"
        clock[0] += AWAY + 1
        assert type(one(session, letter(lost[2]))) is Unknown


def test_no_redirect_is_followed(service, channel, session):
    """Where it leads is the choice of whoever made the endpoint (S22)."""
    service.answers.append((307, {"Location": f"{service.origin}/elsewhere"}))
    outcome = one(session, letter(service.subscribe(channel.public_key)))
    assert (type(outcome), outcome.error_class, service.asked) == (Refused, "protocol", 1)


def test_an_endless_answer_is_not_read(channel, session):
    """Its status is all that matters; the connection goes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pour() -> None:
        sock, _ = listener.accept()
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 999999999\r\n\r\n")
        with pytest.raises(OSError):
            while True:
                sock.sendall(b"x" * 65_536)
        sock.close()

    thread = threading.Thread(target=pour)
    thread.start()
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}/push/x"
    assert one(session, letter(Subscribed("ada", endpoint, channel.public_key))) == Sent()
    thread.join()
    listener.close()


# what the answers mean
@pytest.mark.parametrize(
    ("status", "kind", "error_class"),
    [
        (404, Refused, "no-such-address"), (410, Refused, "no-such-address"), (413, Refused, "too-large"),
        (400, Refused, "protocol"), (301, Refused, "protocol"), (405, Refused, "protocol"),
        (401, TryAgain, "denied"), (403, TryAgain, "denied"), (429, TryAgain, "busy"), (408, TryAgain, "temporary"),
        (500, TryAgain, "temporary"), (503, TryAgain, "temporary"),
    ],
)  # fmt: skip
def test_what_an_answer_means(service, channel, session, status, kind, error_class):
    """Only a browser that is gone ends the address; nothing stops the channel, for anybody can hand in an endpoint."""
    browser = service.subscribe(channel.public_key)
    service.answers.append((status, {}))
    outcome = one(session, letter(browser))
    assert (type(outcome), outcome.error_class) == (kind, error_class)
    assert getattr(outcome, "suppress", False) == (status in {404, 410})
    assert browser.endpoint not in outcome.why


def test_a_browser_that_is_gone_says_so(service, channel, session):
    """The real thing answers 410 by itself."""
    browser = service.subscribe(channel.public_key)
    service.forget(browser)
    assert one(session, letter(browser)).suppress


@pytest.mark.parametrize(
    ("header", "after"),
    [
        ("30", timedelta(seconds=30)), ("0", timedelta(seconds=1)), ("999999999", timedelta(days=1)),
        ("", None), ("soon", None), ("-5", None), ("9" * 5000, None), ("٣", None),
        ("Mon, 01 Jan 2001 00:00:00 GMT", timedelta(seconds=1)),
    ],
)  # fmt: skip
def test_how_long_a_busy_service_wants_to_be_left_alone(header, after):
    """Within a day; what cannot be read leaves it to our own pauses."""
    assert pause_of(header) == after
    assert outcome_of(429, header) == TryAgain("The push service answered 429.", "busy", after)


def test_a_date_is_a_pause_too():
    """RFC 9110 10.2.3 allows both."""
    found = pause_of(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=False))
    assert timedelta(seconds=80) < found <= timedelta(seconds=91)


def test_a_device_that_signed_up_with_an_old_key_is_let_go(service, session):
    """The service would refuse it for ever; its owner presses the button again."""
    old = Vapid(new_key(), "mailto:ocs@example.org").public
    outcome = one(session, letter(service.subscribe(old)))
    assert (outcome.suppress, service.asked) == (True, 0)


# hostile addresses
GOOD = Subscribed("ada", "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x", "")
SENDER = base64(GOOD.point)


def told(**changes: object) -> str:
    return json.dumps({**GOOD.fields, "key": SENDER, **changes})


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b", "https://fcm.googleapis.com:443/x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA", "https://web.push.apple.com/QF",
        "https://wns2-db5p.notify.windows.com/w/?token=BQYAAAB%2b%2f", "https://fcm.googleapis.com/" + "x" * 990,
    ],
)  # fmt: skip
def test_the_services_of_todays_browsers_are_known(endpoint):
    """As each of them writes its addresses (S22)."""
    assert read(told(endpoint=endpoint), services=PUSH_SERVICES, loopback=False).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data", "https://[::ffff:169.254.169.254]/x", "https://2130706433/x",
        "https://fcm.googleapis.com:22/x", "https://fcm.googleapis.com:/x", "https://fcm.googleapis.com:0443/x",
        "https://user@fcm.googleapis.com/x", "https://fcm.googleapis.com@evil.example.org/x",
        "https://evil.example.org/fcm.googleapis.com", "https://fcm.googleapis.com.evil.example.org/x",
        "https://evilfcm.googleapis.com/x", "https://notify.windows.com/x", "https://evilnotify.windows.com/x",
        "https://push.apple.com.evil.example.org/x", "https://evil.example.org#.push.apple.com/x",
        "https://evil.example.org\\.push.apple.com/x", "https://evil.example.org/.push.apple.com/x",
        "https://evil.example.org?.push.apple.com/x", "https://FCM.googleapis.com/x", "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com", "https://fcm.googleapis.com/x y", "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/x#y", "https://fcm.googleapis.com/\\evil", "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/" + "x" * 10_000, "ftp://fcm.googleapis.com/x", "javascript:alert(1)", "file:///etc/passwd",
        "//fcm.googleapis.com/x", "", "https://", "https:///x", "https://f\u212am.googleapis.com/x", "https://fcm.googleapis.com/\0",
    ],
)  # fmt: skip
def test_an_endpoint_anywhere_else_is_refused(endpoint, channel, session):
    """B61: when it is kept, and again when it is in the ledger already; never a request."""
    with pytest.raises(NotTaken, match="do not know"):
        read(told(endpoint=endpoint), services=PUSH_SERVICES, loopback=False)
    live = WebPush(channel.vapid, services=PUSH_SERVICES)
    outcome = next(live.connect().send([Letter(1, told(endpoint=endpoint), "", b"")]))
    assert (outcome.error_class, outcome.suppress) == ("address", True)


INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "192.168.0.1",
    "::1",
    "::ffff:169.254.169.254",
    "fd00::1",
    "fe80::1%eth0",
)


@pytest.mark.parametrize("address", INSIDE)
def test_a_known_name_that_leads_inside_is_not_asked(channel, session, monkeypatch, address):
    """B61, S22: names are looked up again when a message goes; who is there hears nothing, and it goes later."""
    endpoint = "https://fcm.googleapis.com/fcm/send/x"
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.3)
        looked_up = leads_to(monkeypatch, address, "142.250.1.1", port=inside.getsockname()[1])
        outcomes = list(session.send([letter(Subscribed("ada", endpoint, channel.public_key))] * 2))
        assert {(type(outcome), outcome.error_class) for outcome in outcomes} == {(TryAgain, "unreachable")}
        with pytest.raises(TimeoutError):
            inside.accept()
        assert looked_up == ["fcm.googleapis.com"]


def test_a_name_that_turns_between_looking_and_asking_learns_nothing(channel, session, monkeypatch):
    """B61: a rebinding name; whoever answers has no certificate of the service's, and TLS ends before the request."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as inside:

        def listen() -> None:
            sock, _ = inside.accept()
            sock.settimeout(2)
            heard.append(sock.recv(65_536))
            sock.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
            sock.close()

        thread = threading.Thread(target=listen)
        thread.start()
        leads_to(monkeypatch, "142.250.1.1", port=inside.getsockname()[1], then="127.0.0.1")
        outcome = one(session, letter(Subscribed("ada", "https://fcm.googleapis.com/secret", channel.public_key)))
        thread.join()
    assert outcome.error_class == "unreachable"
    assert heard[0][:1] == b"\x16", "a TLS greeting"
    assert b"secret" not in heard[0]
    assert len(heard) == 1


def leads_to(monkeypatch, *addresses: str, port: int, then: str = "127.0.0.1") -> list[str]:
    """The resolver says *addresses* at the first look and *then* afterwards, at *port*; returns the names it was asked."""
    asked: list[str] = []

    def answer(host, _port, *_args, **_more):
        asked.append(host)
        found = addresses if len(asked) == 1 else (then,)
        families = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in found]
        return [(family, socket.SOCK_STREAM, 6, "", (one, port)) for family, one in zip(families, found, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_loopback_is_a_push_service_in_trial_mode_only():
    """Tests and demonstrations need no internet; in live mode it would be a way in."""
    near = told(endpoint="http://127.0.0.1:8080/push/x")
    key = {"_env_file": None, "vapid_private_key": new_key()}
    assert WebPush.from_settings(Settings(**key)).parse_address(near)
    with pytest.raises(NotTaken):
        WebPush.from_settings(Settings(**key, mode="live")).parse_address(near)
    with pytest.raises(NotTaken):
        WebPush.from_settings(Settings(**key)).parse_address(told(endpoint="http://10.0.0.1:8080/push/x"))


def test_an_office_may_name_its_own_services():
    """A new browser appears; the setting names its host."""
    settings = Settings(_env_file=None, vapid_private_key=new_key(), push_services="push.example.org, *.example.net")
    channel = WebPush.from_settings(settings)
    for host in ("push.example.org", "a.example.net"):
        assert channel.parse_address(told(endpoint=f"https://{host}/x"))
    with pytest.raises(NotTaken):
        channel.parse_address(told())


@pytest.mark.parametrize(
    "changes",
    [
        {"p256dh": ""}, {"p256dh": base64(GOOD.point[:-1])}, {"p256dh": base64(b"\x02" + GOOD.point[1:])}, {"p256dh": "A" * 5000},
        {"p256dh": base64(GOOD.point).replace(base64(GOOD.point)[5], "+")}, {"p256dh": 1}, {"p256dh": None}, {"p256dh": ["x"]},
        {"auth": ""}, {"auth": "A"}, {"auth": base64(bytes(15))}, {"auth": base64(bytes(17))}, {"auth": "AAAA AAAA"}, {"auth": {}},
        {"key": ""}, {"key": base64(bytes(32))},
    ],
)  # fmt: skip
def test_damaged_keys_are_refused(changes):
    """B62: length and alphabet."""
    with pytest.raises(NotTaken):
        read(told(**changes), services=PUSH_SERVICES, loopback=False)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "1", '"x"', "{}", "{", "[" * 100_000, '{"endpoint": 1}', "nobody@example.org"]
)
def test_what_is_no_subscription_is_refused(text):
    """In a sentence, not with a traceback."""
    with pytest.raises(NotTaken, match="did not say"):
        read(text, services=PUSH_SERVICES, loopback=False)


def test_a_point_off_the_curve_is_found_when_it_is_used(service, channel, session):
    """The right length is all that can be seen without the curve; such a device is let go."""
    browser = service.subscribe(channel.public_key)
    off = json.dumps({**browser.fields, "p256dh": base64(b"\x04" + bytes(63) + b"\x01")})
    outcome = next(session.send([Letter(1, off, "", b"TTL: 1\r\n\r\n{}")]))
    assert (outcome.suppress, service.asked) == (True, 0)


def test_padding_and_order_make_no_second_address():
    """One spelling: told once must hold."""
    spelled = read(told(p256dh=GOOD.fields["p256dh"] + "=", more="x"), services=PUSH_SERVICES, loopback=False)
    assert spelled.address == read(told(), services=PUSH_SERVICES, loopback=False).address
    assert "fcm" not in repr(spelled)


def test_nothing_heavy_is_loaded_before_it_is_needed():
    """A worker without web push pays nothing for it."""
    program = (
        "import sys; from engage.settings import Settings; from engage.channels import serving; "
        "serving(Settings(_env_file=None)); print([m for m in ('cryptography', 'httpx2') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_notice_becomes_title_text_and_link(channel):
    """The link stands apart, so the text does not end in it."""
    parts = {"subject.txt": "Warning: Burglaries", "short.txt": "OCS: Lock up. https://example.org/a"}
    headings = Headings(
        from_name="OCS", from_address="o@example.org", date=datetime.now(UTC), boundary="b", url="https://example.org/a"
    )
    content = channel.build(parts.__getitem__, headings).fill(VALUES)
    text = json.loads(content.partition(b"\r\n\r\n")[2])
    assert (text["title"], text["body"], text["url"]) == (
        "Warning: Burglaries",
        "OCS: Lock up.",
        "https://example.org/a",
    )
