"""One-time links: what they are good for, once, and for how long."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from gettone.control.audit import Audit
from gettone.control.links import Links
from gettone.control.office import Office
from gettone.control.users import Users
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.sids import AccountSid
from gettone.model.users import LinkPurpose, Role
from tests.control.hashing import light
from tests.control.offices import ACCOUNT_SID, OTHER_SID, Clock, add_account, holder, open_office
from tests.control.refusals import refusal
from tests.stores import sqlite_file

pytestmark = pytest.mark.anyio

ADA = "ada@example.com"
BOB = "bob@example.com"
PASSWORD = "correct horse battery staple"
WORTHLESS = "this link is not valid, or not any more: ask for another one, or make one with gettone owner reset-link"


def links_of(office: Office) -> Links:
    """The use cases, with a hash that costs nothing."""
    return Links(office, light())


async def owners(office: Office, account_sid: AccountSid = ACCOUNT_SID) -> list[str]:
    """Who owns the account."""
    page = await Users(office, light()).list(holder(account_sid), page=PageRequest())
    return [each.user.email for each in page.items if each.membership.role is Role.OWNER]


async def test_set_up_link_makes_the_owner_once() -> None:
    """Then it is worthless."""
    async with open_office() as office:
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        assert made.link.purpose is LinkPurpose.SET_UP
        user = await links_of(office).use(made.secret, email=" Ada@example.com", name="Ada", password=PASSWORD)
        again = await refusal(links_of(office).use(made.secret, email=BOB, name="Bob", password=PASSWORD))

        assert await owners(office) == [user.email] == [ADA]
        assert await light().verify(user.password_hash, PASSWORD)
    assert (again.code, again.message) == ("not_found", WORTHLESS)


async def test_set_up_link_used_twice_at_once_makes_one_owner() -> None:
    """Whoever comes second is refused, after the hashing, too."""
    async with open_office() as office:
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        done = await asyncio.gather(
            *(links_of(office).use(made.secret, email=each, password=PASSWORD) for each in (ADA, BOB)),
            return_exceptions=True,
        )

        assert len(await owners(office)) == 1
    assert [each.message for each in done if isinstance(each, PlatformError)] == [WORTHLESS]


async def test_set_up_link_is_worthless_once_there_is_an_owner() -> None:
    """Also if it was never used."""
    async with open_office() as office:
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        await Users(office, light()).create(holder(), email=ADA, name="", role=Role.OWNER)

        error = await refusal(links_of(office).use(made.secret, email=BOB, password=PASSWORD))

        assert await owners(office) == [ADA]
    assert error.message == WORTHLESS


async def test_set_up_link_makes_a_known_person_the_owner() -> None:
    """Who holds the link holds the machine: the person gets role and password."""
    async with open_office() as office:
        users = Users(office, light())
        known = await users.create(holder(), email=ADA, name="Ada", role=Role.VIEWER, password="another password")
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        user = await links_of(office).use(made.secret, email=ADA, password=PASSWORD)

        assert await owners(office) == [ADA]
    assert (user.id, user.name) == (known.id, "Ada")
    assert await light().verify(user.password_hash, PASSWORD)


async def test_set_up_link_lasts_seven_days() -> None:
    """To the second; a reset link lasts an hour."""
    clock = Clock()
    async with open_office(clock=clock) as office:
        links = links_of(office)
        made = await links.make_owner_link(ACCOUNT_SID)
        clock.move(hours=7 * 24)
        late = await refusal(links.use(made.secret, email=ADA, password=PASSWORD))
        clock.move(seconds=-0.001)
        await links.use(made.secret, email=ADA, password=PASSWORD)

        reset = await links.make_owner_link(ACCOUNT_SID)
        clock.move(hours=1)
        late_reset = await refusal(links.use(reset.secret, password=PASSWORD))

    assert late.message == late_reset.message == WORTHLESS


async def test_reset_link_sets_the_owners_password_once() -> None:
    """And nothing else; the audit log has it, with the address it came from."""
    async with open_office() as office:
        ada = await Users(office, light()).create(
            holder(), email=ADA, name="Ada", role=Role.OWNER, password="forgotten password"
        )
        links = links_of(office)
        made = await links.make_owner_link(ACCOUNT_SID)
        user = await links.use(made.secret, password=PASSWORD, email=BOB, name="Bob", address="192.0.2.9")
        again = await refusal(links.use(made.secret, password="another password"))
        told = (await Audit(office).list(holder(), page=PageRequest())).items

    assert (user.id, user.email, user.name) == (ada.id, ADA, "Ada")
    assert await light().verify(user.password_hash, PASSWORD)
    assert again.message == WORTHLESS
    assert [(entry.actor, entry.action, entry.target, entry.address) for entry in told[:2]] == [
        (f"user {ADA}", "user.set-password", ada.id, "192.0.2.9"),
        ("operator", "link.create", ada.id, None),
    ]


async def test_new_link_ends_the_earlier_one() -> None:
    """So a link that got into wrong hands is taken back."""
    async with open_office() as office:
        first = await links_of(office).make_owner_link(ACCOUNT_SID)
        second = await links_of(office).make_owner_link(ACCOUNT_SID)

        assert (await refusal(links_of(office).use(first.secret, email=ADA, password=PASSWORD))).message == WORTHLESS
        await links_of(office).use(second.secret, email=ADA, password=PASSWORD)


async def test_mistake_in_the_form_uses_nothing_up() -> None:
    """A short password, a long name, no address: the link is good for another try."""
    async with open_office() as office:
        links = links_of(office)
        made = await links.make_owner_link(ACCOUNT_SID)
        for email, name, password in [
            (ADA, "", "short"),
            (ADA, "x" * 256, PASSWORD),
            (None, "", PASSWORD),
            ("ada", "", PASSWORD),
        ]:
            error = await refusal(links.use(made.secret, email=email, name=name, password=password))
            assert error.code == "invalid"

        await links.use(made.secret, email=ADA, password=PASSWORD)


@pytest.mark.parametrize("secret", ["", "x", "x" * 100_000, "\x00", "\ud800"])
async def test_what_is_no_link_is_refused_before_any_work(secret: str) -> None:
    """With the same words, whatever is wrong with the rest."""
    async with open_office() as office:
        error = await refusal(links_of(office).use(secret, email="x", password="x"))

    assert (error.code, error.message) == ("not_found", WORTHLESS)


async def test_digest_of_a_link_opens_nothing() -> None:
    """Who reads the database cannot use what is there."""
    async with open_office() as office:
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        assert made.link.secret_digest == hashlib.sha256(made.secret.encode()).hexdigest()

        error = await refusal(links_of(office).use(made.link.secret_digest, email=ADA, password=PASSWORD))

    assert error.message == WORTHLESS


async def test_secret_of_a_link_and_passwords_show_nowhere(tmp_path: Path) -> None:
    """Not in a repr, not in the audit log, not in the database's bytes."""
    async with sqlite_file(tmp_path) as store, open_office(store) as office:
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        user = await links_of(office).use(made.secret, email=ADA, password=PASSWORD)
        told = await Audit(office).list(holder(), page=PageRequest())
        shown = f"{made!r} {user!r} {told!r}"
    kept = bytes_in(tmp_path)

    assert ADA.encode() in kept
    for secret in (made.secret, PASSWORD):
        assert secret not in shown
        assert secret.encode() not in kept


def bytes_in(folder: Path) -> bytes:
    """All that files hold."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_several_owners_have_to_be_told_apart() -> None:
    """By address; who owns nothing is not found."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        users = Users(office, light())
        for email in (ADA, BOB):
            await users.create(holder(), email=email, name="", role=Role.OWNER)
        await users.create(holder(), email="eve@example.com", name="", role=Role.DEVELOPER)
        links = links_of(office)
        unclear = await refusal(links.make_owner_link(ACCOUNT_SID))
        nobody = await refusal(links.make_owner_link(ACCOUNT_SID, "eve@example.com"))
        made = await links.make_owner_link(ACCOUNT_SID, "Bob@Example.com")
        user = await links.use(made.secret, password=PASSWORD)

    assert unclear.message == f"{ACCOUNT_SID} has several owners: say for which one of {ADA}, {BOB}"
    assert nobody.code == "not_found"
    assert user.email == BOB


@pytest.mark.parametrize("purpose", [LinkPurpose.VERIFY, LinkPurpose.INVITE])
async def test_links_of_other_purposes_set_no_password(purpose: LinkPurpose) -> None:
    """Each is good for what it was made for."""
    async with open_office() as office:
        made = await links_of(office).make_owner_link(ACCOUNT_SID)
        async with office.store.writing() as tx:
            await tx.links.update(replace(made.link, purpose=purpose))
        error = await refusal(links_of(office).use(made.secret, email=ADA, password=PASSWORD))

    assert error.message == WORTHLESS
