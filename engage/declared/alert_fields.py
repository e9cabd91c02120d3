"""The keys of an alert's front matter, as editors show them. What they must hold beyond their type is in alert_file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engage.declared.models import Refs, Table
from engage.declared.texts import Ref, Words
from engage.declared.times import DayOrMoment

Several = Refs | Ref


class AlertFields(Table):
    """The lines between +++ and +++ at the top of an alert; its text in Markdown follows."""

    title: Annotated[str, Words(120)] = Field(description="What it is, in one line: the subject of the e-mail")
    kind: Ref = Field(default="alert", description="What sort of message it is: alert")
    areas: Several = Field(default_factory=list, description="Ids of the areas it is for; everybody without it")
    topics: Several = Field(default_factory=list, description="Only people who follow one of these topics")
    audience: Several = Field(default_factory=list, description="resident, business, watch; all of them without it")
    exclude: Several = Field(default_factory=list, description="Ids of areas that do not get it")
    must: Several = Field(default_factory=list, description="Only people who live in one of these areas")
    severity: Literal["advice", "warning", "urgent"] = Field(
        default="warning", description="urgent goes first, at night too; warning by day; advice may wait"
    )
    starts: DayOrMoment | None = Field(default=None, description="From when it holds: 2026-12-03T18:30:00; else now")
    expires: DayOrMoment | None = Field(default=None, description="When it is over; else three days after it starts")
    send_at: DayOrMoment | None = Field(default=None, description="When it is to go out; else when it is sent")
    channels: Several = Field(default_factory=list, description="email, sms, webpush; what people chose without it")
    sender: Ref | None = Field(default=None, description="Id of the [[staff]] person who speaks")
