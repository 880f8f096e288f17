"""Who carries letters: what the operator has set, checked. Must not know the outbox.

Senders are kept apart from each other: mail_sender.py speaks SMTP, text_sender.py HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gettone.model.outbox import Channel

SEND_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter that is to be carried. `id` is the same when it is tried again."""

    id: str
    recipient: str
    subject: str
    text: str = field(repr=False)
    created_at: datetime


class SendingFailed(Exception):
    """A letter was not taken. `reason` is ours, without a word of the letter; `is_final`: another try is of no use."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


class Sender(Protocol):
    """Carries letters of one channel."""

    async def send(self, parcel: Parcel) -> None:
        """Hand a letter on. Raises SendingFailed. It ends within SEND_SECONDS."""


Senders = Mapping[Channel, Sender]
