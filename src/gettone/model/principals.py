"""Who acts: a user, an API key, an auth token, or the machine's own operator. Must not know how they proved it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gettone.model.api_keys import ApiKeyType
from gettone.model.sids import AccountSid, ServiceSid
from gettone.model.users import Role


class PrincipalKind(StrEnum):
    """What sort of thing acts."""

    USER = "user"
    API_KEY = "api key"
    AUTH_TOKEN = "auth token"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts, in one account. `name` is for the audit log: an e-mail address, a key's SID, `operator`.

    `role` is a user's; `key_type`, `policy` and `service_sid` (the one service it may touch) are a key's.
    """

    kind: PrincipalKind
    account_sid: AccountSid
    name: str
    role: Role | None = None
    key_type: ApiKeyType | None = None
    policy: tuple[str, ...] | None = None
    service_sid: ServiceSid | None = None
    address: str | None = None
