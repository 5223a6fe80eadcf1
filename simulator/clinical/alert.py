"""Alerts: the data of a decision that a patient needs attention."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """The data of `alert.raised`: why the alert was raised."""

    score: Annotated[float, Meta(description="the value of the rule that raised the alert, such as NEWS2")]
    rule: Annotated[str, Meta(description="the rule that raised the alert, such as NEWS2")]
