"""Every table. Rows are found and written in the file of their noun; how tables came to be is in migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engage.store.types import BigId, Body, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the house itself ------------------------------------------------------------------------------------------
meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
counter = Table("counter", metadata, Column("name", Text, primary_key=True), Column("n", BigInteger, nullable=False))
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)
worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("threads", Body, nullable=False),  # queue name -> threads that listen to it
    Column("beat", BigInteger, nullable=False),
    Column("beat_at", Moment, nullable=False),
)

# --- what happened, who owes a reaction, what will happen --------------------------------------------------------
event = Table(
    "event",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Body, nullable=False),
    Column("at", Moment, nullable=False),
    Column("cause_id", BigId, ForeignKey("event.id")),
)
task = Table(
    "task",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("event_id", BigId, ForeignKey("event.id"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("rung_at", Moment),
    Column("owner", Text),
    Column("tries", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("watermark", Body),
    Column("error", Text),
    Column("finished_at", Moment),
    UniqueConstraint("event_id", "actor"),
    Index(None, "state", "next_at"),
)
due = Table(
    "due",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("until", Moment),  # past this it is of no use any more
    Column("event", Text, nullable=False),
    Column("body", Body, nullable=False),
    Column("state", Text, nullable=False),
    Column("late", Boolean, nullable=False, default=False),
    Column("reason", Text),
    Column("settled_at", Moment),
    Column("owner", Text),
    Column("crashes", Integer, nullable=False, default=0),
    Index(None, "state", "at"),
)

# --- the schedule ------------------------------------------------------------------------------------------------
plan = Table(
    "plan",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("base_id", BigId),
    Column("who", Text, nullable=False),
    Column("state", Text, nullable=False),  # applied | waiting | superseded | declined
    Column("fingerprint", Text, nullable=False),
    Column("sources", Body, nullable=False),  # file name -> text
    Column("office", Body, nullable=False),
    Column("changes", Body, nullable=False),
    Column("waits_for", Body, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("applied_at", Moment),
    Index(None, "state", "id"),
)
entry = Table(
    "entry",
    metadata,
    Column("id", Text, primary_key=True),
    Column("calendar_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("moved_from", Moment),
    Column("expected_milestone", Integer),
    Column("digest", Text, nullable=False),
    Column("body", Body, nullable=False),
    Column("plan_id", BigId, ForeignKey("plan.id"), nullable=False),
    Index(None, "calendar_id", "ends_at"),
)
revision = Table(
    "revision",
    metadata,
    Column("entry_id", Text, ForeignKey("entry.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("plan_id", BigId, ForeignKey("plan.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("what", Body, nullable=False),
    Column("body", Body, nullable=False),
)
fragment = Table(
    "fragment",
    metadata,
    Column("entry_id", Text, ForeignKey("entry.id"), primary_key=True),
    Column("format", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
feed = Table(
    "feed",
    metadata,
    Column("path", Text, primary_key=True),  # with its suffix: "your-force-your-voice.ics"
    Column("media_type", Text, nullable=False),
    Column("gzipped", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),  # bytes, not compressed
    Column("etag", Text, nullable=False),
    Column("signature", Text, nullable=False),  # of what it was joined from
    Column("modified_at", Moment, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("version", BigInteger, nullable=False, index=True),
)
poll = Table(  # how feeds are asked for: nothing in it is about a person
    "poll",
    metadata,
    Column("day", Text, primary_key=True),  # date in UTC
    Column("path", Text, primary_key=True),
    Column("client", Text, primary_key=True),  # a family of calendar apps
    Column("status", Integer, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
held = Table(
    "held",
    metadata,
    Column("entry_id", Text, ForeignKey("entry.id"), primary_key=True),
    Column("calendar_id", Text, nullable=False, index=True),
    Column("ended_at", Moment, nullable=False),
    Column("state", Text, nullable=False),  # held | unheld
    Column("silent", Boolean, nullable=False),  # past already when its calendar was first applied
    Column("at", Moment, nullable=False),
)
milestone = Table(
    "milestone",
    metadata,
    Column("calendar_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("reached", Boolean, nullable=False),
    Column("entry_id", Text, ForeignKey("entry.id")),
    Column("told", Text, nullable=False),  # nothing | reached | withdrawn: what people last heard
    Column("version", Integer, nullable=False),  # of the notice; 0 before the first
    Column("approach_told", Boolean, nullable=False, default=False),
    Column("at", Moment, nullable=False),
)

# --- people ------------------------------------------------------------------------------------------------------
recipient = Table(
    "recipient",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("role", Text, nullable=False),  # subscriber | staff | canary
    Column("state", Text, nullable=False),  # pending | confirmed | left
    Column("audience", Text, nullable=False),  # resident | business | watch
    Column("frequency", Text, nullable=False),  # immediate | daily | weekly
    Column("digest_day", Integer, nullable=False),  # 0 is Monday
    Column("digest_hour", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("area", Text),
    Column("postcode", Text),
    Column("staff_id", Text, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("left_at", Moment),
    Column("left_how", Text),
    Index(None, "role", "state"),
)
address = Table(
    "address",
    metadata,
    Column("recipient_id", BigId, ForeignKey("recipient.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("hmac", Text, nullable=False, index=True),
    Column("verified_at", Moment),
    Column("ended_at", Moment),  # blank since: a device that was stopped or is gone, an address that was forgotten
    UniqueConstraint("channel", "address"),
)
subscription = Table(
    "subscription",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("recipient_id", BigId, ForeignKey("recipient.id"), nullable=False),
    Column("audience", Text, nullable=False),
    Column("area", Text),  # home at the time: whom `exclude` leaves out must not change while a notice is addressed
    Column("any_kind", Boolean, nullable=False),
    Column("any_area", Boolean, nullable=False),
    Column("any_topic", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),  # rows are never rewritten: a delivery's reason stays what it was
    Index(None, "recipient_id", "ended_at"),
)
subscription_term = Table(
    "subscription_term",
    metadata,
    Column("subscription_id", BigId, ForeignKey("subscription.id"), primary_key=True),
    Column("sort", Text, primary_key=True),  # kind | area | topic
    Column("value", Text, primary_key=True),
    sqlite_with_rowid=False,
)
consent = Table(
    "consent",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("recipient_id", BigId, ForeignKey("recipient.id"), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("wording_hash", Text, nullable=False),
)
suppression = Table(
    "suppression",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("hmac", Text, primary_key=True),
    Column("reason", Text, nullable=False),  # left | bounced | complaint
    Column("at", Moment, nullable=False),
)
signup = Table(
    "signup",
    metadata,
    Column("id", Text, primary_key=True),
    Column("recipient_id", BigId, ForeignKey("recipient.id"), nullable=False),
    Column("hmac", Text, nullable=False),  # of the canonical address: counts sign-ups of one mailbox
    Column("wanted", Body, nullable=False),
    Column("wording", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Index(None, "hmac", "created_at"),
)
personal_feed = Table(  # one row a person: a new address cannot leave the old one working
    "personal_feed",
    metadata,
    Column("recipient_id", BigId, ForeignKey("recipient.id"), primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),  # keyed; the token itself is shown once and not kept
    Column("created_at", Moment, nullable=False),
)
phone_code = Table(  # the code itself is a function of the id and our key, and is nowhere
    "phone_code",
    metadata,
    Column("id", Text, primary_key=True),
    Column("holder_id", BigId, ForeignKey("recipient.id"), nullable=False),  # to whom it goes
    Column("asker_id", BigId, ForeignKey("recipient.id")),  # who may use it; null for a sign-up of the same id
    Column("hmac", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used_at", Moment),
    Index(None, "hmac", "created_at"),
    Index(None, "asker_id", "created_at"),
)
complaint = Table(  # everything personal in it is null once it was forgotten
    "complaint",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("state", Text, nullable=False),  # open | closed
    Column("about", Text, nullable=False),
    Column("text", Text),
    Column("name", Text),
    Column("email", Text),
    Column("reach", Text),  # a telephone number or postal address, in the person's words
    Column("hmac", Text, index=True),  # of the e-mail address: whose it is, for forgetting and for their copy
    Column("made_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("closed_at", Moment),
    Column("closed_by", Text),
    Column("outcome", Text),
    Index(None, "state", "made_at"),
)
tally = Table(
    "tally",
    metadata,
    Column("what", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("slot", Moment, primary_key=True),
    Column("n", Integer, nullable=False),
)

# --- what is told --------------------------------------------------------------------------------------------------
alert = Table(
    "alert",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, nullable=False),  # waiting | declined | issued | corrected | withdrawn
    Column("who", Text, nullable=False),
    Column("waits_for", Text),  # why a second person was asked
    Column("people", Integer),  # how many it would have reached when it was submitted
    Column("approved_by", Text),
    Column("source", Text, nullable=False),
    Column("body", Body, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("issued_at", Moment),
)
notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),  # ready | addressed | paused | withdrawn
    Column("body", Body, nullable=False),
    Column("planned", Integer),
    Column("event_id", BigId, ForeignKey("event.id")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("addressed_at", Moment),
)
OWNED = text("owner IS NOT NULL")
delivery = Table(
    "delivery",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("notice_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recipient_id", BigId, ForeignKey("recipient.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("service", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("items", Body),  # ids of the notice's items that concern this person; null means all
    Column("reasons", Body),  # subscription ids, or null for service mail
    Column("attempts", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("owner", Text),
    Column("fenced_at", Moment),
    Column("digest_id", BigId, ForeignKey("delivery.id")),
    Column("provider_ref", Text),
    Column("last_class", Text),
    Column("settled_at", Moment),
    UniqueConstraint("notice_id", "version", "recipient_id", "channel"),
    ForeignKeyConstraint(["notice_id", "version"], ["notice.id", "notice.version"]),
    Index("ix_delivery_next", "state", "channel", "lane", "next_at"),
    Index("ix_delivery_recipient", "recipient_id"),
    Index("ix_delivery_digest", "digest_id"),
    Index("ix_delivery_owner", "owner", sqlite_where=OWNED, postgresql_where=OWNED),
)
attempt = Table(
    "attempt",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("delivery_id", BigId, ForeignKey("delivery.id"), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("error_class", Text),
    Column("why", Text),  # a server's words without an address
)
tip_told = Table(
    "tip_told",
    metadata,
    Column("recipient_id", BigId, ForeignKey("recipient.id"), primary_key=True),
    Column("tip_id", Text, primary_key=True),
    Column("season", Text, primary_key=True),
    sqlite_with_rowid=False,
)
halt = Table(
    "halt",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("until", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Column("failures", Integer, nullable=False),
)
bucket = Table(  # what a provider's rate limit still allows
    "bucket",
    metadata,
    Column("name", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("filled_at", Moment, nullable=False),
)

# --- what comes back -----------------------------------------------------------------------------------------------
inbox = Table(  # no address, no content: that something came, and what it said of which delivery
    "inbox",
    metadata,
    Column("digest", Text, primary_key=True),  # the same report twice is one row
    Column("kind", Text, nullable=False),
    Column("delivery_id", BigId, ForeignKey("delivery.id"), index=True),
    Column("status", Text, nullable=False),  # 5.1.1, or nothing
    Column("received_at", Moment, nullable=False, index=True),
)
