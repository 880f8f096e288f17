"""People: who they are, what they may be made, and that an account never loses its last owner."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from gettone.control.audit import Audit
from gettone.control.limits import Limits
from gettone.control.office import Office
from gettone.control.passwords import Passwords
from gettone.control.users import Member, Users, check_email
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import AccountSid
from gettone.model.users import Role, User
from gettone.store.postgres import open_postgres
from tests.control.hashing import light
from tests.control.offices import (
    ACCOUNT_SID,
    OTHER_SID,
    STARTED_AT,
    add_account,
    holder,
    key,
    member,
    office,
    open_office,
)
from tests.control.refusals import refusal
from tests.control.sites import make_site
from tests.stores import closing, postgres_url

pytestmark = pytest.mark.anyio

ADA = "ada@example.com"
BOB = "bob@example.com"
PASSWORD = "correct horse battery staple"


def users_of(office: Office) -> Users:
    """The use cases, with a hash that costs nothing."""
    return Users(office, light())


async def add(office: Office, email: str, role: Role, account_sid: AccountSid = ACCOUNT_SID) -> User:
    """A member."""
    return await users_of(office).create(holder(account_sid), email=email, name=email[:3], role=role)


async def roles(office: Office) -> dict[str, Role]:
    """Who is what in the account."""
    page = await users_of(office).list(holder(), page=PageRequest())
    return {each.user.email: each.membership.role for each in page.items}


async def test_member_is_kept_with_a_hash() -> None:
    """The address in one case, the password as argon2's hash, and in no repr."""
    passwords = Passwords()
    async with open_office() as office:
        users = Users(office, passwords)
        made = await users.create(
            holder(), email="  Ada@Example.COM ", name="Ada", role=Role.DEVELOPER, password=PASSWORD
        )
        found = await users.get(holder(), user_id=made.id)

    assert (found.user, found.membership.role, found.membership.created_at) == (made, Role.DEVELOPER, STARTED_AT)
    assert (made.email, made.name, made.email_verified_at) == (ADA, "Ada", None)
    assert made.password_hash is not None
    assert made.password_hash.startswith("$argon2id$")
    assert made.password_hash not in repr(made)
    assert await passwords.verify(made.password_hash, PASSWORD)


@pytest.mark.parametrize(
    "email", ["a@b", "a.b+c@example.com", "ä@bücher.example", "'o@example.com", "x" * 64 + "@example.com"]
)
def test_address_people_have_is_one(email: str) -> None:
    """Whether mail arrives is another question."""
    assert check_email(email) == email.casefold()


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "ada",
        "@example.com",
        "ada@",
        "a@b@c",
        "a b@example.com",
        "ada@example..com",
        "ada@.com",
        "ada@example.com.",
        "<ada@example.com>",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com\x00",
        "a\ud800@example.com",
        "x" * 65 + "@example.com",
        "x@" + "y" * 260,
        "x" * 100_000,
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    """Before anything is sent there."""
    with pytest.raises(PlatformError) as caught:
        check_email(email)
    assert (caught.value.code, caught.value.evidence["parameter"]) == ("invalid", "Email")


async def test_wrong_name_and_password_are_refused() -> None:
    """Nothing is left of it."""
    async with open_office() as office:
        for name, password in [("x" * 256, None), ("a\n", None), ("Ada", "short"), ("Ada", "x" * 1025)]:
            error = await refusal(
                users_of(office).create(holder(), email=ADA, name=name, role=Role.VIEWER, password=password)
            )
            assert error.code == "invalid"

        assert await roles(office) == {}


async def test_person_belongs_to_several_accounts() -> None:
    """It is one person; nobody gives it another password that way; once to each account."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        ada = await add(office, ADA, Role.OWNER)
        again = await add(office, "ADA@example.com", Role.VIEWER, OTHER_SID)
        taken = await refusal(add(office, ADA, Role.VIEWER))
        await add_account(office, AccountSid("AC" + "9" * 32))
        other_password = await refusal(
            users_of(office).create(
                holder(AccountSid("AC" + "9" * 32)), email=ADA, name="", role=Role.VIEWER, password=PASSWORD
            )
        )

    assert again == ada
    assert taken.code == other_password.code == "conflict"


async def test_members_of_another_account_are_not_there() -> None:
    """For no verb."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        theirs = await add(office, BOB, Role.OWNER, OTHER_SID)
        users = users_of(office)
        for user_id in (theirs.id, "0" * 32, "", "\x00"):
            for trying in (
                users.get(holder(), user_id=user_id),
                users.set_role(holder(), user_id=user_id, role=Role.VIEWER),
                users.remove(holder(), user_id=user_id),
                users.delete(holder(), user_id=user_id),
                users.export(holder(), user_id=user_id),
            ):
                error = await refusal(trying)
                assert error.code == "not_found"
                assert error.message == f"The requested resource /Users/{user_id} was not found"

        assert await roles(office) == {}


@pytest.mark.parametrize(
    "principal", [member(Role.DEVELOPER, email=BOB), member(Role.VIEWER, email=BOB), key(ApiKeyType.STANDARD)]
)
async def test_others_manage_nobody(principal: Principal) -> None:
    """Not even look at them."""
    async with open_office() as office:
        ada = await add(office, ADA, Role.OWNER)
        users = users_of(office)
        for trying in (
            users.create(principal, email="eve@example.com", name="", role=Role.VIEWER),
            users.get(principal, user_id=ada.id),
            users.list(principal, page=PageRequest()),
            users.set_role(principal, user_id=ada.id, role=Role.VIEWER),
            users.remove(principal, user_id=ada.id),
            users.delete(principal, user_id=ada.id),
            users.export(principal, user_id=ada.id),
        ):
            assert (await refusal(trying)).code == "denied"


async def test_nobody_manages_a_role_that_may_more_than_they() -> None:
    """To manage members would be to have everything."""
    manager = key(ApiKeyType.RESTRICTED, "members:write")
    async with open_office() as office:
        await add(office, ADA, Role.VIEWER)
        bob = await add(office, BOB, Role.DEVELOPER)
        for role in Role:
            for trying in (
                users_of(office).create(manager, email="eve@example.com", name="", role=role),
                users_of(office).set_role(manager, user_id=bob.id, role=role),
                users_of(office).remove(manager, user_id=bob.id),
                users_of(office).delete(manager, user_id=bob.id),
            ):
                assert (await refusal(trying)).code == "denied"

        assert await roles(office) == {ADA: Role.VIEWER, BOB: Role.DEVELOPER}


async def test_role_is_changed() -> None:
    """And told in the audit log; the same role is no change."""
    async with open_office() as office:
        ada = await add(office, ADA, Role.VIEWER)
        users = users_of(office)
        new = await users.set_role(member(Role.OWNER, email=BOB), user_id=ada.id, role=Role.DEVELOPER)
        same = await users.set_role(holder(), user_id=ada.id, role=Role.DEVELOPER)
        told = (await Audit(office).list(holder(), page=PageRequest())).items

    assert (new.user, new.membership.role) == (ada, Role.DEVELOPER)
    assert same == Member(ada, new.membership)
    assert [(entry.actor, entry.action, entry.target, entry.detail) for entry in told] == [
        (f"user {BOB}", "member.set-role", ada.id, {"role": "developer", "was": "viewer"}),
        (f"auth token {ACCOUNT_SID}", "member.add", ada.id, {"role": "viewer"}),
    ]


async def test_last_owner_stays() -> None:
    """Neither removed, nor demoted, nor deleted, not even by itself; a second owner makes it possible."""
    async with open_office() as office:
        ada = await add(office, ADA, Role.OWNER)
        users = users_of(office)
        for trying in (
            users.set_role(holder(), user_id=ada.id, role=Role.VIEWER),
            users.remove(holder(), user_id=ada.id),
            users.delete(holder(), user_id=ada.id),
            users.delete(member(Role.OWNER), user_id=ada.id),
        ):
            error = await refusal(trying)
            assert error.code == "conflict"
            assert f"the last owner of {ACCOUNT_SID}" in error.message
        await users.set_role(holder(), user_id=ada.id, role=Role.OWNER)
        await add(office, BOB, Role.OWNER)
        await users.remove(member(Role.OWNER), user_id=ada.id)

        assert await roles(office) == {BOB: Role.OWNER}


async def test_two_owners_who_demote_each_other_leave_one() -> None:
    """Whoever comes second is refused."""
    async with open_office() as office:
        ada, bob = await add(office, ADA, Role.OWNER), await add(office, BOB, Role.OWNER)
        users = users_of(office)
        done = await asyncio.gather(
            users.set_role(member(Role.OWNER, email=BOB), user_id=ada.id, role=Role.VIEWER),
            users.remove(member(Role.OWNER, email=ADA), user_id=bob.id),
            return_exceptions=True,
        )
        left = await roles(office)

    assert [each.code for each in done if isinstance(each, PlatformError)] == ["conflict"]
    assert list(left.values()).count(Role.OWNER) == 1


@pytest.mark.needs("postgres")
async def test_two_owners_demoted_by_two_processes_leave_one() -> None:
    """Rules hold among several that write to one database."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(postgres_url())
        stores = [await stack.enter_async_context(closing(await open_postgres(url))) for _ in range(2)]
        first = await stack.enter_async_context(open_office(stores[0]))
        second = office(stores[1], first.logs, seed=2)
        ada, bob = await add(first, ADA, Role.OWNER), await add(first, BOB, Role.OWNER)
        done = await asyncio.gather(
            users_of(first).set_role(holder(), user_id=ada.id, role=Role.VIEWER),
            users_of(second).set_role(holder(), user_id=bob.id, role=Role.VIEWER),
            return_exceptions=True,
        )
        left = await roles(first)

    assert [each.code for each in done if isinstance(each, PlatformError)] == ["conflict"]
    assert sorted(left.values()) == [Role.OWNER, Role.VIEWER]


async def test_removed_member_is_kept_as_a_person() -> None:
    """It may belong elsewhere, and come back."""
    async with open_office() as office:
        ada = await add(office, ADA, Role.VIEWER)
        await users_of(office).remove(holder(), user_id=ada.id)
        assert await roles(office) == {}

        assert await add(office, ADA, Role.DEVELOPER) == ada


async def test_deleted_person_is_forgotten() -> None:
    """The audit log keeps what was done, and not by whom; nobody else's entries change."""
    async with open_office() as office:
        await add(office, ADA, Role.OWNER)
        bob = await add(office, BOB, Role.DEVELOPER)
        acting = member(Role.OWNER, email=BOB)
        for number in range(120):
            await users_of(office).create(acting, email=f"{number}@example.com", name="", role=Role.VIEWER)
        await users_of(office).delete(member(Role.DEVELOPER, email=BOB), user_id=bob.id)
        told = (await Audit(office).list(holder(), page=PageRequest(1000))).items
        async with office.store.reading() as tx:
            assert await tx.users.find(id=bob.id) is None

    assert len(told) == 123
    assert BOB not in repr(told)
    assert {entry.actor for entry in told} == {"user deleted", f"auth token {ACCOUNT_SID}"}
    assert (told[0].action, told[0].target) == ("member.delete", bob.id)


async def test_deployments_of_a_deleted_person_are_nobodys() -> None:
    """They stay, as what is served does."""
    acting = member(Role.DEVELOPER, email=BOB)
    async with open_office() as office:
        bob = await add(office, BOB, Role.DEVELOPER)
        await make_site(office)
        await make_site(office, principal=acting)
        await users_of(office).delete(acting, user_id=bob.id)
        async with office.store.reading() as tx:
            actors = [each.actor for each in await tx.deployments.all()]

    assert actors == [ACCOUNT_SID, "deleted"]


async def test_person_of_several_accounts_is_deleted_by_itself_alone() -> None:
    """An owner of one of them removes it from there."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        ada = await add(office, ADA, Role.VIEWER)
        await add(office, ADA, Role.VIEWER, OTHER_SID)
        error = await refusal(users_of(office).delete(holder(), user_id=ada.id))
        await users_of(office).delete(member(Role.VIEWER), user_id=ada.id)
        async with office.store.reading() as tx:
            assert await tx.memberships.count() == await tx.users.count() == 0

    assert error.code == "conflict"


async def test_members_are_bounded() -> None:
    """As a setting."""
    async with open_office(limits=Limits(members_per_account=1)) as office:
        await add(office, ADA, Role.OWNER)
        error = await refusal(add(office, BOB, Role.VIEWER))

    assert error.code == "invalid"
    assert "at most 1 members" in error.message
