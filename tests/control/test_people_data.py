"""What is held of people beside their names: exported to them without its secrets, and gone with them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from gettone.control.accounts import Accounts
from gettone.control.audit import Audit
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.control.households import ADA, BOB, BROWSER, OTHER_PASSWORD, PASSWORD, Household, household
from tests.control.offices import ACCOUNT_SID, holder
from tests.control.test_second_factor import switch_on

pytestmark = pytest.mark.anyio

NUMBER = "+390612345678"


async def lines_of(lines: AsyncIterator[bytes]) -> list[dict[str, object]]:
    """The lines of an export."""
    return [json.loads(line) async for line in lines]


async def furnish(home: Household) -> list[str]:
    """Ada with everything a person can have, and Bob invited; the secrets among it."""
    who, enrolment, codes = await switch_on(home)
    await home.verification.send_phone_code(who, phone=NUMBER)
    secrets = [enrolment.secret, *codes, await home.text(NUMBER)]
    await home.verification.confirm_phone(who, code=await home.code(NUMBER))
    await home.verification.send_email_link(who)
    secrets.append(await home.link(ADA))
    await home.invitations.create(holder(), email=BOB, role=Role.VIEWER)
    return [*secrets, await home.link(BOB)]


async def test_export_has_sessions_and_letters_and_no_secret() -> None:
    """A person's, and an account's."""
    async with household() as home:
        secrets = await furnish(home)
        async with home.office.store.reading() as tx:
            user = await tx.users.find(email=ADA)
        assert user is not None
        person = await lines_of(await home.users.export(holder(), user_id=user.id))
        account = await lines_of(await Accounts(home.office).export(holder(), sid=ACCOUNT_SID))

    told = {str(line["noun"]): line for line in person}
    letters = {line["recipient"] for line in person if line["noun"] == "letter"}
    assert (told["user"]["phone"], told["session"]["user_agent"], letters) == (NUMBER, BROWSER, {ADA, NUMBER})
    invitations = [line["email"] for line in account if line["noun"] == "invitation"]
    assert invitations == [BOB]
    names = {name for line in (*person, *account) for name in line if line["noun"] != "code"}
    assert not {"totp", "recovery_digests", "secret_digest", "password_hash", "text"} & names
    for secret in secrets:
        assert secret not in json.dumps([person, account])


async def test_deleted_person_leaves_nothing_but_what_it_did() -> None:
    """No session, no code, no letter; its address is in the audit log no more, also as who was invited."""
    async with household() as home:
        await home.person()
        await home.invitations.create(holder(), email=BOB, role=Role.DEVELOPER)
        made = await home.invitations.accept(await home.link(BOB), name="Bob", password=PASSWORD, accepts_terms=True)
        who = await home.found(made.secret)
        home.clock.move(seconds=30)
        await home.verification.send_phone_code(who, phone=NUMBER)
        await home.users.delete(holder(), user_id=who.user.id)
        told = (await Audit(home.office).list(holder(), page=PageRequest())).items
        async with home.office.store.reading() as tx:
            left = [await rows.count() for rows in (tx.sessions, tx.codes, tx.outbox)]

    assert left == [0, 0, 0]
    assert BOB not in repr(told)


async def test_set_up_link_ends_the_sessions_of_who_was_known() -> None:
    """Its password is another one since; the owner signs in at once."""
    async with household() as home:
        made = await home.links.make_owner_link(ACCOUNT_SID)
        await home.person(role=Role.VIEWER)
        before = await home.sign_in()
        user = await home.links.use(made.secret, email=ADA, password=OTHER_PASSWORD)
        after = await home.sessions.open_for(user, address="192.0.2.7", user_agent=BROWSER)

        assert await home.sessions.find(before.secret) is None
        assert (await home.found(after.secret)).principal.role is Role.OWNER
