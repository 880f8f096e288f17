"""The pages of a person's settings and of the account. A list, no more."""

from __future__ import annotations

from gettone.console import (
    account_settings,
    accounts,
    audit,
    members,
    outbox,
    own_data,
    own_sessions,
    profile,
    two_factor,
)

routes = [
    *profile.routes,
    *own_data.routes,
    *own_sessions.routes,
    *two_factor.routes,
    *account_settings.routes,
    *members.routes,
    *accounts.routes,
    *outbox.routes,
    *audit.routes,
]
