"""The first tables.

Frozen as it was: later steps change tables, never this file.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engage.store.types import BigId, Body, Moment

revision = "0001"
down_revision = None


def upgrade() -> None:  # noqa: PLR0915 - a list of tables
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("issued_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_alert")),
    )
    op.create_table(
        "complaint",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("reach", sa.Text(), nullable=True),
        sa.Column("hmac", sa.Text(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("acknowledged_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_complaint")),
    )
    op.create_index(op.f("ix_complaint_hmac"), "complaint", ["hmac"], unique=False)
    op.create_index(op.f("ix_complaint_state_made_at"), "complaint", ["state", "made_at"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "due",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_due")),
    )
    op.create_index(op.f("ix_due_state_at"), "due", ["state", "at"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("cause_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["cause_id"], ["event.id"], name=op.f("fk_event_cause_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_table(
        "feed",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("gzipped", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("modified_at", Moment(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_feed")),
    )
    op.create_index(op.f("ix_feed_version"), "feed", ["version"], unique=False)
    op.create_table(
        "halt",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_halt")),
    )
    op.create_table(
        "bucket",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bucket")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "plan",
        sa.Column("id", BigId, nullable=False),
        sa.Column("base_id", BigId, nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("sources", Body, nullable=False),
        sa.Column("office", Body, nullable=False),
        sa.Column("changes", Body, nullable=False),
        sa.Column("waits_for", Body, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("applied_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_state_id"), "plan", ["state", "id"], unique=False)
    op.create_table(
        "poll",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "path", "client", "status", name=op.f("pk_poll")),
    )
    op.create_table(
        "recipient",
        sa.Column("id", BigId, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("digest_day", sa.Integer(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("left_at", Moment(), nullable=True),
        sa.Column("left_how", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_recipient_staff_id")),
    )
    op.create_index(op.f("ix_recipient_role_state"), "recipient", ["role", "state"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("hmac", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "hmac", name=op.f("pk_suppression")),
    )
    op.create_table(
        "tally",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("slot", Moment(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "key", "slot", name=op.f("pk_tally")),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("threads", Body, nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "address",
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hmac", sa.Text(), nullable=False),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_address_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("recipient_id", "channel", name=op.f("pk_address")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_address_channel_address")),
    )
    op.create_index(op.f("ix_address_hmac"), "address", ["hmac"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", BigId, nullable=False),
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("wording_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_consent_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_recipient_id"), "consent", ["recipient_id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("modified_at", Moment(), nullable=False),
        sa.Column("moved_from", Moment(), nullable=True),
        sa.Column("expected_milestone", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_entry_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_calendar_id_ends_at"), "entry", ["calendar_id", "ends_at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.Column("event_id", BigId, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("addressed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_notice_event_id_event")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_notice")),
    )
    op.create_table(
        "personal_feed",
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_personal_feed_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_personal_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_feed_token_hash")),
    )
    op.create_table(
        "signup",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("hmac", sa.Text(), nullable=False),
        sa.Column("wanted", Body, nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_signup_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup")),
    )
    op.create_index(op.f("ix_signup_hmac_created_at"), "signup", ["hmac", "created_at"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", BigId, nullable=False),
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("any_kind", sa.Boolean(), nullable=False),
        sa.Column("any_area", sa.Boolean(), nullable=False),
        sa.Column("any_topic", sa.Boolean(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_subscription_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(
        op.f("ix_subscription_recipient_id_ended_at"), "subscription", ["recipient_id", "ended_at"], unique=False
    )
    op.create_table(
        "task",
        sa.Column("id", BigId, nullable=False),
        sa.Column("event_id", BigId, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("rung_at", Moment(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("watermark", Body, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_task_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("event_id", "actor", name=op.f("uq_task_event_id_actor")),
    )
    op.create_index(op.f("ix_task_state_next_at"), "task", ["state", "next_at"], unique=False)
    op.create_table(
        "tip_told",
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("tip_id", sa.Text(), nullable=False),
        sa.Column("season", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_tip_told_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("recipient_id", "tip_id", "season", name=op.f("pk_tip_told")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recipient_id", BigId, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("service", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("items", Body, nullable=True),
        sa.Column("reasons", Body, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("fenced_at", Moment(), nullable=True),
        sa.Column("digest_id", BigId, nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("last_class", sa.Text(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["digest_id"], ["delivery.id"], name=op.f("fk_delivery_digest_id_delivery")),
        sa.ForeignKeyConstraint(
            ["notice_id", "version"], ["notice.id", "notice.version"], name=op.f("fk_delivery_notice_id_version_notice")
        ),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_delivery_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "notice_id",
            "version",
            "recipient_id",
            "channel",
            name=op.f("uq_delivery_notice_id_version_recipient_id_channel"),
        ),
    )
    op.create_index("ix_delivery_digest", "delivery", ["digest_id"], unique=False)
    op.create_index("ix_delivery_next", "delivery", ["state", "channel", "lane", "next_at"], unique=False)
    op.create_index(
        "ix_delivery_owner",
        "delivery",
        ["owner"],
        unique=False,
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index("ix_delivery_recipient", "delivery", ["recipient_id"], unique=False)
    op.create_table(
        "fragment",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_fragment_entry_id_entry")),
        sa.PrimaryKeyConstraint("entry_id", "format", "variant", name=op.f("pk_fragment")),
    )
    op.create_table(
        "held",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_held_entry_id_entry")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_held")),
    )
    op.create_index(op.f("ix_held_calendar_id"), "held", ["calendar_id"], unique=False)
    op.create_table(
        "milestone",
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approach_told", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_milestone_entry_id_entry")),
        sa.PrimaryKeyConstraint("calendar_id", "number", name=op.f("pk_milestone")),
    )
    op.create_table(
        "revision",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("what", Body, nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_revision_entry_id_entry")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_revision_plan_id_plan")),
        sa.PrimaryKeyConstraint("entry_id", "number", name=op.f("pk_revision")),
    )
    op.create_table(
        "phone_code",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("holder_id", BigId, nullable=False),
        sa.Column("asker_id", BigId, nullable=True),
        sa.Column("hmac", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["asker_id"], ["recipient.id"], name=op.f("fk_phone_code_asker_id_recipient")),
        sa.ForeignKeyConstraint(["holder_id"], ["recipient.id"], name=op.f("fk_phone_code_holder_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_code")),
    )
    op.create_index(op.f("ix_phone_code_hmac_created_at"), "phone_code", ["hmac", "created_at"], unique=False)
    op.create_index(op.f("ix_phone_code_asker_id_created_at"), "phone_code", ["asker_id", "created_at"], unique=False)
    op.create_table(
        "subscription_term",
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_subscription_term_subscription_id_subscription")
        ),
        sa.PrimaryKeyConstraint("subscription_id", "sort", "value", name=op.f("pk_subscription_term")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attempt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_delivery_id"), "attempt", ["delivery_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery_id", BigId, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_inbox_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_delivery_id"), "inbox", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"], unique=False)
