"""Settings: read once, refused in one list, never half-configured in live mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from engage.errors import SettingsError
from engage.settings import LIVE_NEEDS, PROJECT, Settings

LIVE = {
    "mode": "live",
    "base_url": "https://engage.example.org",
    "secret_key": "k" * 32,
    "smtp_url": "smtp://mail.example.org:587?starttls=required",
    "mail_from": "ocs@example.org",
    "bounce_domain": "bounces.example.org",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of this machine's has a say."""
    import os

    for name in [name for name in os.environ if name.upper().startswith("ENGAGE_")]:
        monkeypatch.delenv(name)


def read(**given: object) -> Settings:
    return Settings.read(_env_file=None, **given)


def test_without_any_setting_it_is_a_trial_in_the_projects_own_folders():
    """`make up` needs no configuration."""
    settings = read()
    assert (settings.mode, settings.is_live) == ("trial", False)
    assert (settings.data, settings.calendars, settings.templates) == tuple(PROJECT / n for n in ("var", "calendars", "templates"))  # fmt: skip
    assert settings.database == f"sqlite:///{PROJECT / 'var' / 'engage.sqlite3'}"
    assert settings.missing() == []


def test_relative_folders_belong_to_the_project_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """And absolute ones are taken as they are."""
    monkeypatch.chdir(tmp_path)
    assert read(data_dir="data").data == PROJECT / "data"
    assert read(data_dir=tmp_path).data == tmp_path


def test_a_database_url_is_taken_before_the_folder():
    """PostgreSQL, or a file elsewhere."""
    assert read(database_url="postgresql+psycopg://db.example.org/engage").database.startswith("postgresql")


def test_live_mode_refuses_to_start_half_configured_in_one_list():
    """Everything that is missing, at once."""
    with pytest.raises(SettingsError) as refused:
        read(mode="live")
    assert all(name in str(refused.value) for name in LIVE_NEEDS)
    assert read(**LIVE).is_live


KEY = "k-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"


def test_live_mode_needs_no_mail_server_where_notify_sends_the_mail():
    """Neither its address nor where bounces return."""
    given = {name: LIVE[name] for name in ("mode", "base_url", "secret_key")}
    assert read(**given, notify_api_key=KEY, notify_email_template_id=TEMPLATE).notifies_email
    with pytest.raises(SettingsError, match="ENGAGE_SMTP_URL"):
        read(**given, notify_api_key=KEY, notify_sms_template_id=TEMPLATE)


def test_a_mail_server_of_ones_own_comes_before_notify():
    """Notify is then for text messages."""
    assert not read(**LIVE, notify_api_key=KEY, notify_email_template_id=TEMPLATE).notifies_email


def test_live_mode_refuses_half_a_notify():
    """A key without a template sends nothing, a template without a key neither."""
    with pytest.raises(SettingsError, match="ENGAGE_NOTIFY_SMS_TEMPLATE_ID"):
        read(**LIVE, notify_api_key=KEY)
    with pytest.raises(SettingsError, match="ENGAGE_NOTIFY_API_KEY"):
        read(**LIVE, notify_sms_template_id=TEMPLATE)
    assert read(**LIVE, notify_api_key=KEY, notify_sms_template_id=TEMPLATE).notifies_sms


@pytest.mark.parametrize("name", sorted(set(LIVE) - {"mode"}))
def test_each_thing_that_live_mode_needs_is_named_when_it_alone_is_missing(name: str):
    """By the name of its variable."""
    with pytest.raises(SettingsError, match=f"ENGAGE_{name.upper()}") as refused:
        read(**{key: value for key, value in LIVE.items() if key != name})
    assert sum(variable in str(refused.value) for variable in LIVE_NEEDS) == 1


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"mode": "rehearsal"}, "ENGAGE_MODE"),
        ({"base_url": "engage"}, "ENGAGE_BASE_URL"),
        ({"secret_key": "short"}, "ENGAGE_SECRET_KEY"),
        ({"settle_window": 0}, "ENGAGE_SETTLE_WINDOW"),
        ({"settle_window": 101}, "ENGAGE_SETTLE_WINDOW"),
        ({"log_format": "xml"}, "ENGAGE_LOG_FORMAT"),
        ({"smtp_rate": 0}, "ENGAGE_SMTP_RATE"),
        ({"smtp_connections": 0}, "ENGAGE_SMTP_CONNECTIONS"),
        ({"smtp_connections": 21}, "ENGAGE_SMTP_CONNECTIONS"),
        ({"notify_sms_template_id": "mine"}, "ENGAGE_NOTIFY_SMS_TEMPLATE_ID"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(given: dict[str, object], variable: str):
    """In a sentence, without a traceback."""
    with pytest.raises(SettingsError, match=variable):
        read(**given)


def test_everything_that_is_wrong_is_said_at_once():
    """Nobody should have to start it five times."""
    with pytest.raises(SettingsError) as refused:
        read(mode="x", settle_window=0)
    assert "ENGAGE_MODE" in str(refused.value)
    assert "ENGAGE_SETTLE_WINDOW" in str(refused.value)


def test_a_refusal_does_not_repeat_what_was_typed():
    """A key that is too short is still a key."""
    with pytest.raises(SettingsError) as refused:
        read(secret_key="almost-a-secret")
    assert "almost-a-secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_secrets_are_not_shown():
    """In a log or a traceback."""
    settings = read(**LIVE, database_url="postgresql://u:pass@db.example.org/engage")
    assert isinstance(settings.secret_key, SecretStr)
    for secret in ("k" * 32, "pass", "mail.example.org:587"):
        assert secret not in repr(settings)


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """And unknown variables do no harm."""
    env = tmp_path / ".env"
    env.write_text("ENGAGE_BASE_URL=https://file.example.org\nENGAGE_MAIL_FROM=file@example.org\nENGAGE_OTHER=1\n")
    monkeypatch.setenv("ENGAGE_BASE_URL", "https://environment.example.org")
    settings = Settings.read(_env_file=env)
    assert (str(settings.base_url), settings.mail_from) == ("https://environment.example.org/", "file@example.org")


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch):
    """As people type them; blanks do not matter."""
    monkeypatch.setenv("ENGAGE_TRIAL_RECIPIENTS", "ada@example.org, ben@example.org ,")
    assert read().trial_recipients == ("ada@example.org", "ben@example.org")


def test_settings_cannot_be_changed_once_read():
    """They are read once, at an entry point."""
    with pytest.raises(ValueError, match="frozen"):
        read().mode = "live"


def test_pages_are_where_they_were_last_served_unless_that_is_set(tmp_path: Path):
    """Otherwise a command in another window makes other links than `engage up --port 9000`, and finds all changed."""
    assert read(data_dir=tmp_path).address == "http://127.0.0.1:8000"
    read(data_dir=tmp_path).address_file.write_text("http://127.0.0.1:9000\n")
    assert read(data_dir=tmp_path).address == "http://127.0.0.1:9000"
    assert read(data_dir=tmp_path, base_url="https://engage.example.org").address == "https://engage.example.org"


def test_a_rehearsal_has_a_moment_of_its_own_and_earnest_has_not():
    """Commands ask the settings what time it is, as processes do."""
    week = 7 * 24 * 3600
    assert abs(read(now_offset=week).now - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    assert abs(read(**LIVE, now_offset=week).now - datetime.now(UTC)) < timedelta(minutes=1)
