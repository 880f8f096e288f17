"""Who may do what. Pure, but for `enter`, which looks up one account. Must not know how anybody proved who they are.

    all    owners, the auth token, a Main key, the machine's operator
    most   developers and Standard keys: all but members, keys and the account (a developer sees the account)
    look   viewers: reads, without the values of variables
    list   Restricted keys: what their policy lists, and never more

A key that is limited to a service may touch that service alone. A key that may invoke functions may do nothing else
(DESIGN 7): it lies in apps, where anybody finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid, ServiceSid
from gettone.model.users import Role
from gettone.store.interface import Transaction


class Permission(StrEnum):
    """What may be done. Services and what they hold count by noun; `variables:reveal` shows values."""

    SERVICES_READ = "services:read"
    SERVICES_WRITE = "services:write"
    ENVIRONMENTS_READ = "environments:read"
    ENVIRONMENTS_WRITE = "environments:write"
    VARIABLES_READ = "variables:read"
    VARIABLES_REVEAL = "variables:reveal"
    VARIABLES_WRITE = "variables:write"
    FUNCTIONS_READ = "functions:read"
    FUNCTIONS_WRITE = "functions:write"
    ASSETS_READ = "assets:read"
    ASSETS_WRITE = "assets:write"
    BUILDS_READ = "builds:read"
    BUILDS_WRITE = "builds:write"
    DEPLOYMENTS_READ = "deployments:read"
    DEPLOYMENTS_WRITE = "deployments:write"
    LOGS_READ = "logs:read"

    APPLICATIONS_READ = "applications:read"
    APPLICATIONS_WRITE = "applications:write"
    AUDIT_READ = "audit:read"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    CREDENTIALS_READ = "credentials:read"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"

    INVOKE = "invoke"


DENIED = 70051  # Twilio's number for a permission that is missing

_P = Permission

# What a key that is limited to a service may have there: everything inside it, and to look at the service itself.
WITHIN_A_SERVICE = frozenset(
    permission
    for permission in Permission
    if permission.partition(":")[0]
    in ("environments", "variables", "functions", "assets", "builds", "deployments", "logs")
) | {_P.SERVICES_READ}
_ALL = frozenset(Permission) - {_P.INVOKE}
_MOST = WITHIN_A_SERVICE | {_P.SERVICES_WRITE, _P.APPLICATIONS_READ, _P.APPLICATIONS_WRITE, _P.AUDIT_READ}
_LOOK = frozenset(permission for permission in _MOST if permission.endswith(":read"))

BY_ROLE: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {Role.OWNER: _ALL, Role.DEVELOPER: _MOST | {_P.ACCOUNTS_READ}, Role.VIEWER: _LOOK | {_P.ACCOUNTS_READ}}
)
BY_KEY_TYPE: Mapping[ApiKeyType, frozenset[Permission]] = MappingProxyType(
    {ApiKeyType.MAIN: _ALL, ApiKeyType.STANDARD: _MOST, ApiKeyType.RESTRICTED: frozenset()}
)

# What a policy may list: every permission, with what it is no use without; and what a CI system needs, under one name.
_DEPLOY = {
    _P.SERVICES_READ,
    _P.ENVIRONMENTS_READ,
    _P.VARIABLES_READ,
    _P.VARIABLES_WRITE,
    _P.FUNCTIONS_READ,
    _P.FUNCTIONS_WRITE,
    _P.ASSETS_READ,
    _P.ASSETS_WRITE,
    _P.BUILDS_READ,
    _P.BUILDS_WRITE,
    _P.DEPLOYMENTS_READ,
    _P.DEPLOYMENTS_WRITE,
}
DEPLOY = "deploy"
POLICY_NAMES: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        **{
            str(permission): frozenset({permission, _P(f"{noun}:read")} if verb else {permission})
            for permission in Permission
            for noun, _, verb in [permission.partition(":")]
        },
        DEPLOY: frozenset(_DEPLOY),
    }
)


def permissions(principal: Principal) -> frozenset[Permission]:
    """All that somebody may do, before the limit to one service."""
    match principal.kind:
        case PrincipalKind.OPERATOR | PrincipalKind.AUTH_TOKEN:
            return _ALL
        case PrincipalKind.USER:
            return BY_ROLE[principal.role] if principal.role is not None else frozenset()
        case PrincipalKind.API_KEY:
            if principal.key_type is ApiKeyType.RESTRICTED:
                return granted_by(principal.policy or ())
            return BY_KEY_TYPE[principal.key_type] if principal.key_type is not None else frozenset()


def granted_by(policy: tuple[str, ...]) -> frozenset[Permission]:
    """What a policy grants. Names that are not ours, such as Twilio's own paths, grant nothing."""
    return frozenset[Permission]().union(*(POLICY_NAMES.get(name, frozenset()) for name in policy))


def may(principal: Principal, permission: Permission, service_sid: ServiceSid | None = None) -> bool:
    """Whether somebody may do this: to the service, or to the account where none is named.

    A key that is limited to a service passes for SERVICES_READ without one: who lists services filters by
    `principal.service_sid`.
    """
    if permission not in permissions(principal):
        return False
    if principal.service_sid is None:
        return True
    if service_sid is None:
        return permission is Permission.SERVICES_READ
    return service_sid == principal.service_sid and permission in WITHIN_A_SERVICE


def require(principal: Principal, permission: Permission, service_sid: ServiceSid | None = None) -> None:
    """See `may`. Raises PlatformError `denied` that names what is missing, and who can give it."""
    if may(principal, permission, service_sid):
        return
    if permission in permissions(principal):
        message = (
            f"{principal.name} is limited to what is inside the service {principal.service_sid}: "
            f"for {permission} here, use a key without that limit"
        )
    else:
        message = f"{principal.name} lacks the permission {permission}: {_remedy(principal)}"
    raise PlatformError("denied", message, twilio_code=DENIED, permission=str(permission))


def _remedy(principal: Principal) -> str:
    if principal.kind is PrincipalKind.USER:
        return "ask an owner of the account for another role"
    if principal.key_type is ApiKeyType.RESTRICTED:
        return "an owner can add it to the key's policy"
    return "sign in with the account's auth token or a Main key"


async def enter(tx: Transaction, principal: Principal, account_sid: str) -> Principal:
    """Act in an account: one's own, or a subaccount of it.

    Raises PlatformError `not_found` for any other, whether it exists or not.
    """
    if account_sid == principal.account_sid:
        return principal
    account = await tx.accounts.find(sid=account_sid)
    within = account is not None and account.owner_account_sid == principal.account_sid
    if account is None or not within or principal.service_sid is not None:
        raise not_found(f"/Accounts/{account_sid}")
    return replace(principal, account_sid=account.sid)


def not_found(path: str) -> PlatformError:
    """What is said of what is not there, and of what is somebody else's."""
    return PlatformError("not_found", f"The requested resource {path[:300]} was not found")


def operator(account_sid: AccountSid) -> Principal:
    """Whoever sits at the machine itself."""
    return Principal(PrincipalKind.OPERATOR, account_sid, "operator")
