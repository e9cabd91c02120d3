"""The settings, read once at an entry point: environment first, then `.env`. Nothing lower down reads them itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from engage.errors import SettingsError

PROJECT = Path(__file__).resolve().parent.parent
PUSH_SERVICES = (  # Chrome and what is built on it, Firefox, Windows, Safari
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "*.push.apple.com",
)
LIVE_NEEDS = ("ENGAGE_BASE_URL", "ENGAGE_SECRET_KEY", "ENGAGE_SMTP_URL", "ENGAGE_MAIL_FROM", "ENGAGE_BOUNCE_DOMAIN")

SMTP_NEEDS = ("ENGAGE_SMTP_URL", "ENGAGE_MAIL_FROM", "ENGAGE_BOUNCE_DOMAIN")  # not when GOV.UK Notify sends e-mail


class Settings(BaseSettings):
    """Every `ENGAGE_...` variable. A relative folder is relative to the project, not to where one stands."""

    model_config = SettingsConfigDict(env_prefix="ENGAGE_", env_file=PROJECT / ".env", extra="ignore", frozen=True)

    mode: Literal["trial", "live"] = "trial"
    data_dir: Path = Path("var")
    calendars_dir: Path = Path("calendars")
    templates_dir: Path = Path("templates")
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    base_url: HttpUrl | None = None
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    secret_keys_old: SecretStr = SecretStr("")
    smtp_url: SecretStr | None = None
    smtp_rate: Annotated[int, Field(ge=1)] | None = None
    smtp_connections: Annotated[int, Field(ge=1, le=20)] | None = None
    mail_from: str | None = None
    bounce_domain: str | None = None
    vapid_private_key: SecretStr | None = None
    push_services: Annotated[tuple[str, ...], NoDecode] = PUSH_SERVICES
    bounce_imap_url: SecretStr | None = None
    notify_callback_token: SecretStr | None = Field(default=None, min_length=16)
    settle_window: Annotated[int, Field(ge=1, le=100)] | None = None
    notify_api_key: SecretStr | None = None
    notify_email_template_id: UUID | None = None
    notify_sms_template_id: UUID | None = None
    sms_monthly_cap: Annotated[int, Field(ge=0)] | None = None
    sms_price: Annotated[float, Field(ge=0, description="pence for a fragment")] | None = None
    notify_rate: Annotated[int, Field(ge=1)] = 2700
    notify_url: HttpUrl | None = None
    trial_recipients: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    log_format: Literal["console", "json"] | None = None
    fault: str = ""
    now_offset: int = Field(default=0, description="seconds added to the clock, in trial mode only: for rehearsals")

    @field_validator("trial_recipients", "trusted_proxies", "push_services", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """A list is written with commas, which is what people type into an environment file."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @classmethod
    def read(cls, **given: object) -> Self:
        """Read them, or raise one SettingsError that lists everything missing or wrong."""
        try:
            settings = cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            lines = [f"{_variable(e['loc'])}: {e['msg']}" for e in error.errors(include_url=False, include_input=False)]
            message = "These settings are wrong:\n  " + "\n  ".join(lines)
            raise SettingsError(message) from None
        if missing := settings.missing():
            message = "Live mode needs these settings, which are not set:\n  " + "\n  ".join(missing)
            raise SettingsError(message)
        return settings

    def missing(self) -> list[str]:
        """The variables without which live mode would run half-configured; never any in trial mode."""
        if self.mode == "trial":
            return []
        unset = [name for name in LIVE_NEEDS if getattr(self, name.removeprefix("ENGAGE_").lower()) is None]
        if self.notifies_email:
            unset = [name for name in unset if name not in SMTP_NEEDS]
        half = self.notify_api_key is None and (self.notify_email_template_id or self.notify_sms_template_id)
        if self.notify_api_key and not (self.notify_email_template_id or self.notify_sms_template_id):
            unset.append("ENGAGE_NOTIFY_EMAIL_TEMPLATE_ID or ENGAGE_NOTIFY_SMS_TEMPLATE_ID")
        return [*unset, "ENGAGE_NOTIFY_API_KEY"] if half else unset

    @property
    def notifies_email(self) -> bool:
        """Whether e-mail goes through GOV.UK Notify: a mail server of one's own comes first."""
        return self.smtp_url is None and None not in (self.notify_api_key, self.notify_email_template_id)

    @property
    def notifies_sms(self) -> bool:
        return None not in (self.notify_api_key, self.notify_sms_template_id)

    @property
    def data(self) -> Path:
        return PROJECT / self.data_dir

    @property
    def calendars(self) -> Path:
        return PROJECT / self.calendars_dir

    @property
    def templates(self) -> Path:
        return PROJECT / self.templates_dir

    @property
    def database(self) -> str:
        """The SQLAlchemy URL; SQLite in the data folder unless one is given."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data / 'engage.sqlite3'}"

    def over(self, url: str) -> Self:
        """The same settings over another database."""
        return self.model_copy(update={"database_url": SecretStr(url)})

    @property
    def address_file(self) -> Path:
        """Where `engage up` writes which address it serves, so that commands in another window make the same links."""
        return self.data / "address"

    @property
    def address(self) -> str:
        """Where residents find the pages, no slash at the end; unless set, where `engage up` served last."""
        if self.base_url is not None:
            return str(self.base_url).rstrip("/")
        return self.address_file.read_text().strip() if self.address_file.exists() else "http://127.0.0.1:8000"

    @property
    def now(self) -> datetime:
        """The wall clock, shifted for rehearsals in trial mode."""
        return datetime.now(UTC) + self.shift

    @property
    def shift(self) -> timedelta:
        """How far a rehearsal's clock stands from the wall's; in live mode not at all."""
        return timedelta() if self.is_live else timedelta(seconds=self.now_offset)

    @property
    def is_live(self) -> bool:
        return self.mode == "live"


def _variable(loc: tuple[int | str, ...]) -> str:
    return "ENGAGE_" + "_".join(str(part) for part in loc).upper()
