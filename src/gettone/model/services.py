"""Services, and how their workers are bounded. Values and ranges; must not know where they are written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gettone.model.builds import WantedPackages
from gettone.model.sids import AccountSid, ServiceSid


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What a service may ask for. The time is Twilio's; one invocation at a time per worker is, too."""

    concurrency: int = 1
    workers_max: int = 10
    timeout_seconds: float = 10.0


# Every wait and every pool has an end; beyond these a figure is a slip of the hand.
CONCURRENCY_MAX = 1000
WORKERS_MAX = 1000
TIMEOUT_SECONDS_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Service:
    """A service: functions and assets that are built and deployed together.

    `domain_base` is its unique name and four digits, unique among all accounts. `deploys_on_save`: in the console's
    editor, what is saved is live at once, and not only when all is deployed. `draft_packages` are what the next build
    there asks for, until it is live; None where that is what is live.
    """

    sid: ServiceSid
    account_sid: AccountSid
    unique_name: str
    friendly_name: str
    include_credentials: bool
    ui_editable: bool
    domain_base: str
    settings: ServiceSettings
    created_at: datetime
    updated_at: datetime
    deploys_on_save: bool = True
    draft_packages: WantedPackages | None = None
