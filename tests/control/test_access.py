"""Who may do what: the whole matrix, as a table."""

import pytest

from gettone.control.access import Permission, enter, may, operator, require
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid, ServiceSid
from gettone.model.users import Role
from tests.control.offices import ACCOUNT_SID, OTHER_SID, add_account, holder, key, member, open_office

SERVICE = ServiceSid("ZS" + "1" * 32)
ANOTHER_SERVICE = ServiceSid("ZS" + "2" * 32)

WHO = {
    "operator": operator(ACCOUNT_SID),
    "auth token": holder(),
    "owner": member(Role.OWNER),
    "main key": key(ApiKeyType.MAIN),
    "developer": member(Role.DEVELOPER),
    "standard key": key(ApiKeyType.STANDARD),
    "viewer": member(Role.VIEWER),
    "deploy key": key(ApiKeyType.RESTRICTED, "deploy"),
    "invoke key": key(ApiKeyType.RESTRICTED, "invoke"),
}

# One column each, in the order of WHO: x may, . may not.
MATRIX = """
services:read       x x x x x x x x .
services:write      x x x x x x . . .
environments:read   x x x x x x x x .
environments:write  x x x x x x . . .
variables:read      x x x x x x x x .
variables:reveal    x x x x x x . . .
variables:write     x x x x x x . x .
functions:read      x x x x x x x x .
functions:write     x x x x x x . x .
assets:read         x x x x x x x x .
assets:write        x x x x x x . x .
builds:read         x x x x x x x x .
builds:write        x x x x x x . x .
deployments:read    x x x x x x x x .
deployments:write   x x x x x x . x .
logs:read           x x x x x x x . .
applications:read   x x x x x x x . .
applications:write  x x x x x x . . .
audit:read          x x x x x x x . .
keys:read           x x x x . . . . .
keys:write          x x x x . . . . .
accounts:read       x x x x x . x . .
accounts:write      x x x x . . . . .
credentials:read    x x x x . . . . .
members:read        x x x x . . . . .
members:write       x x x x . . . . .
invoke              . . . . . . . . x
"""


def rows() -> dict[Permission, list[str]]:
    """The matrix, by permission."""
    split = [line.split() for line in MATRIX.strip().splitlines()]
    return {Permission(name): marks for name, *marks in split}


def test_matrix_names_every_permission() -> None:
    """A new one has to be thought about for everybody."""
    assert list(rows()) == list(Permission)


@pytest.mark.parametrize("who", WHO)
def test_everybody_may_what_the_matrix_says(who: str) -> None:
    """No more and no less."""
    column = list(WHO).index(who)

    assert {permission for permission in Permission if may(WHO[who], permission)} == {
        permission for permission, marks in rows().items() if marks[column] == "x"
    }


@pytest.mark.parametrize("permission", sorted(set(Permission) - {Permission.INVOKE}))
def test_policy_grants_what_it_lists(permission: Permission) -> None:
    """To write is to read, too: what cannot be looked at cannot be changed."""
    noun = permission.partition(":")[0]
    granted = {each for each in Permission if may(key(ApiKeyType.RESTRICTED, permission), each)}

    assert granted == {permission, *([Permission(f"{noun}:read")] if noun != "credentials" else [permission])}


def test_foreign_permissions_grant_nothing() -> None:
    """Twilio's are kept for the day a key goes back there."""
    someone = key(ApiKeyType.RESTRICTED, "/twilio/messaging/messages/read", "/twilio/serverless/services/read")

    assert not any(may(someone, permission) for permission in Permission)


@pytest.mark.parametrize("kind", [PrincipalKind.USER, PrincipalKind.API_KEY])
def test_principal_without_role_or_type_may_nothing(kind: PrincipalKind) -> None:
    """What is not known is not allowed."""
    assert not any(may(Principal(kind, ACCOUNT_SID, "x"), permission) for permission in Permission)


@pytest.mark.parametrize("key_type", [ApiKeyType.MAIN, ApiKeyType.STANDARD])
def test_key_of_one_service_touches_that_service_alone(key_type: ApiKeyType) -> None:
    """Nothing above it but reading that service: not even a change of the service itself."""
    limited = key(key_type, service_sid=SERVICE)

    inside = {permission for permission in Permission if may(limited, permission, SERVICE)}
    assert {Permission.DEPLOYMENTS_WRITE, Permission.LOGS_READ, Permission.SERVICES_READ} < inside
    assert not any(
        permission.startswith(("applications", "audit", "keys", "accounts", "credentials", "members", "invoke"))
        or permission is Permission.SERVICES_WRITE
        for permission in inside
    )
    assert [permission for permission in Permission if may(limited, permission, ANOTHER_SERVICE)] == []
    assert [permission for permission in Permission if may(limited, permission)] == [Permission.SERVICES_READ]


def test_key_of_one_service_may_no_more_there_than_its_policy_lists() -> None:
    """A CI system's key: deploying, in one service."""
    ours = key(ApiKeyType.RESTRICTED, "deploy", service_sid=SERVICE)

    assert may(ours, Permission.DEPLOYMENTS_WRITE, SERVICE)
    assert not may(ours, Permission.VARIABLES_REVEAL, SERVICE)
    assert not may(ours, Permission.DEPLOYMENTS_WRITE, ANOTHER_SERVICE)


@pytest.mark.parametrize(
    ("principal", "said"),
    [
        (member(Role.VIEWER), "ada@example.com lacks the permission keys:write: ask an owner of the account for"),
        (key(ApiKeyType.STANDARD), "lacks the permission keys:write: sign in with the account's auth token or a Main"),
        (key(ApiKeyType.RESTRICTED, "deploy"), "lacks the permission keys:write: an owner can add it to the key's"),
        (key(ApiKeyType.MAIN, service_sid=SERVICE), f"is limited to what is inside the service {SERVICE}: for keys:"),
    ],
)
def test_refusal_names_what_is_missing_and_who_gives_it(principal: Principal, said: str) -> None:
    """With Twilio's number."""
    with pytest.raises(PlatformError) as caught:
        require(principal, Permission.KEYS_WRITE)

    assert caught.value.code == "denied"
    assert caught.value.evidence == {"twilio_code": 70051, "permission": "keys:write"}
    assert said in caught.value.message


@pytest.mark.anyio
async def test_own_account_and_subaccounts_are_entered() -> None:
    """Whoever acts above acts below, as who they are."""
    below = AccountSid("AC" + "d" * 32)
    async with open_office() as office:
        await add_account(office, below, owner_sid=ACCOUNT_SID)
        async with office.store.reading() as tx:
            assert await enter(tx, holder(), ACCOUNT_SID) == holder()
            entered = await enter(tx, member(Role.VIEWER), below)

    assert entered.account_sid == below
    assert (entered.name, entered.role) == ("ada@example.com", Role.VIEWER)


@pytest.mark.anyio
async def test_no_other_account_is_entered() -> None:
    """Neither another, nor one that does not exist, nor the one above: the same words for all."""
    below = AccountSid("AC" + "d" * 32)
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        await add_account(office, below, owner_sid=ACCOUNT_SID)
        async with office.store.reading() as tx:
            for principal, sid in [
                (holder(), OTHER_SID),
                (holder(), "AC" + "0" * 32),
                (holder(), "x" * 1000),
                (holder(), ""),
                (holder(below), ACCOUNT_SID),
                (key(ApiKeyType.MAIN, service_sid=SERVICE), below),
            ]:
                with pytest.raises(PlatformError) as caught:
                    await enter(tx, principal, sid)
                assert caught.value.code == "not_found"
                assert caught.value.message == f"The requested resource {f'/Accounts/{sid}'[:300]} was not found"
