"""What people agree to when they sign up, as the operator wrote it. Must not know who may write it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in one language: `en` or `ja`."""

    locale: str
    text: str
    updated_at: datetime
