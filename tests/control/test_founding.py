"""The first start, and every later one: what is made, what is compared, and that nothing stops half-way."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import pytest

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.authentication import Authentication
from gettone.control.builds import Builds
from gettone.control.deployments import Deployments
from gettone.control.first_settings import BroughtKey, Founding
from gettone.control.founding import Founded, found
from gettone.control.links import Links
from gettone.control.office import Office
from gettone.control.publication import Publication
from gettone.control.services import Services
from gettone.control.users import Users
from gettone.model.pages import PageRequest
from gettone.model.sids import ACCOUNT
from gettone.model.users import Role
from gettone.project.load import load_project
from gettone.project.project import Project
from gettone.routes.segment import EnvironmentSegment
from gettone.store.interface import LogStore, Store
from gettone.store.postgres import open_postgres
from gettone.store.sqlite import open_sqlite_logs
from tests.control.desks import RUNTIMES, LedPackages
from tests.control.hashing import light
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, MASTER_KEY, OTHER_SID, Clock, holder, office
from tests.control.refusals import refusal
from tests.stores import closing, postgres_url, sqlite_file, sqlite_memory

pytestmark = pytest.mark.anyio

ADA = "ada@example.com"
PASSWORD = "correct horse battery staple"
BROUGHT = BroughtKey("SK" + "e" * 32, "WHATTWILIOSHOWEDONCE0123456789ab", "Twilio's")
NOTHING = Founding()
WHOLE = Founding(ACCOUNT_SID, AUTH_TOKEN, ADA, PASSWORD, (BROUGHT,))


@dataclass
class Machine:
    """What a control program starts with. Each start is a new process: other randomness, other desks."""

    store: Store
    logs: LogStore
    clock: Clock = field(default_factory=Clock)
    starts: int = 0
    master_key: bytes = MASTER_KEY

    async def start(self, founding: Founding = NOTHING) -> tuple[Office, Founded]:
        """What a start does before anybody is served."""
        self.starts += 1
        made = office(self.store, self.logs, clock=self.clock, seed=self.starts, master_key=self.master_key)
        builds = Builds(made, LedPackages(), RUNTIMES)
        try:
            return made, await found(made, light(), Deployments(made, builds), founding)
        finally:
            await builds.close()


@asynccontextmanager
async def machine(folder: Path | None = None) -> AsyncIterator[Machine]:
    """A machine that nothing was started on, with its database in memory or in a folder."""
    opening = sqlite_memory() if folder is None else sqlite_file(folder)
    async with opening as store, closing(await open_sqlite_logs(None)) as logs:
        yield Machine(store, logs)


@pytest.fixture(scope="session")
def project(repository: Path) -> Project:
    """The example that the product comes with."""
    return load_project(repository / "examples/quickstart")


async def state(store: Store) -> list[object]:
    """All that a start writes."""
    async with store.reading() as tx:
        tables = (tx.accounts, tx.users, tx.memberships, tx.links, tx.api_keys, tx.applications, tx.services)
        more = (tx.environments, tx.variables, tx.function_versions, tx.deployments, tx.audit)
        return [await table.all() for table in (*tables, *more)] + [await tx.snapshots.latest()]


async def test_first_start_makes_account_key_and_link() -> None:
    """The link's secret and the key's are told this once; the account's token opens the API."""
    async with machine() as m:
        made, told = await m.start()
        token = await Accounts(made).auth_token(holder(told.account_sid), sid=told.account_sid)
        who = Authentication(made)
        assert told.api_key is not None
        by_key = await who.authenticate(told.api_key.key.sid, told.api_key.secret)
        by_token = await who.authenticate(told.account_sid, token)
        async with m.store.reading() as tx:
            published = await tx.snapshots.current_segments()

        assert told.set_up_secret is not None
        user = await Links(made, light()).use(told.set_up_secret, email=ADA, password=PASSWORD)

    assert ACCOUNT.matches(told.account_sid)
    assert (told.has_owner, told.quickstart, told.notices) == (False, None, ())
    assert by_key is not None
    assert by_token is not None
    assert list(published) == [told.account_sid]
    assert user.email == ADA
    assert told.set_up_secret not in repr(told)
    assert told.api_key.secret not in repr(told)


async def test_unattended_start_takes_what_it_is_given() -> None:
    """Account, token, owner and keys are the operator's own: there is no link."""
    async with machine() as m:
        made, told = await m.start(WHOLE)
        who = Authentication(made)
        members = await Users(made, light()).list(holder(), page=PageRequest())

        assert await who.authenticate(ACCOUNT_SID, AUTH_TOKEN) is not None
        assert await who.authenticate(BROUGHT.sid, BROUGHT.secret) is not None
        assert await light().verify(members.items[0].user.password_hash, PASSWORD)
    assert (told.account_sid, told.has_owner, told.set_up_secret) == (ACCOUNT_SID, True, None)
    assert [(each.user.email, each.membership.role) for each in members.items] == [(ADA, Role.OWNER)]
    assert AUTH_TOKEN not in repr(WHOLE)
    assert PASSWORD not in repr(WHOLE)
    assert BROUGHT.secret not in repr(WHOLE)


@pytest.mark.parametrize("later", [WHOLE, NOTHING], ids=["equal", "none"])
async def test_later_start_writes_nothing(later: Founding, project: Project) -> None:
    """Equal settings are ignored, and none is needed; no secret is told again."""
    async with machine() as m:
        _, first = await m.start(replace(WHOLE, quickstart=project))
        before = await state(m.store)
        with patch.object(type(m.store), "writing", side_effect=AssertionError("nothing is to be written")):
            _, again = await m.start(replace(later, quickstart=project))

        assert await state(m.store) == before
    assert first.api_key is not None
    assert again == replace(first, api_key=None)
    assert again.quickstart is not None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Founding(account_sid=OTHER_SID), f"GETTONE_ACCOUNT_SID does not fit: this data belongs to {ACCOUNT_SID}"),
        (Founding(auth_token="f" * 32), f"GETTONE_AUTH_TOKEN does not fit: {ACCOUNT_SID} has another auth token"),
        (
            Founding(owner_email="bob@example.com", owner_password=PASSWORD),
            f"GETTONE_OWNER_EMAIL does not fit: {ACCOUNT_SID} has another owner",
        ),
        (
            Founding(owner_email=ADA, owner_password="another password"),
            f"GETTONE_OWNER_PASSWORD_FILE does not fit: {ADA} has another password",
        ),
        (
            Founding(keys=(replace(BROUGHT, secret="x" * 32),)),
            f"the setting of a key to bring does not fit: there is a key {BROUGHT.sid} with another secret or account",
        ),
    ],
    ids=["sid", "token", "email", "password", "key"],
)
async def test_settings_of_other_data_are_refused(wrong: Founding, said: str) -> None:
    """With one sentence, and nothing is written."""
    async with machine() as m:
        await m.start(WHOLE)
        before = await state(m.store)
        error = await refusal(m.start(wrong))

        assert await state(m.store) == before
    assert error.code == "invalid"
    assert error.message == f"{said}. Leave it out, or start with other data"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Founding(account_sid="AC1"), "GETTONE_ACCOUNT_SID is none: write AC and 32"),
        (Founding(account_sid="SK" + "a" * 32), "GETTONE_ACCOUNT_SID is none"),
        (Founding(auth_token="short"), "GETTONE_AUTH_TOKEN is none: write 32 lower-case"),
        (Founding(owner_email=ADA), "an owner needs both GETTONE_OWNER_EMAIL and GETTONE_OWNER_PASSWORD_FILE"),
        (Founding(owner_password=PASSWORD), "an owner needs both"),
        (Founding(owner_email="ada", owner_password=PASSWORD), "Email is no address"),
        (Founding(owner_email=ADA, owner_password="short"), "a password needs 8 characters"),
        (Founding(keys=(replace(BROUGHT, secret="short"),)), "must have 32 to 256 characters"),
        (Founding(keys=(replace(BROUGHT, sid="SK"),)), "this is no SID of an api key"),
        (Founding(keys=(replace(BROUGHT, friendly_name="x" * 65),)), "has 65 characters, 64 are allowed"),
        (Founding(keys=(BROUGHT, BROUGHT)), "a key is to be brought twice"),
    ],
)
async def test_settings_that_can_be_none_are_refused(wrong: Founding, said: str) -> None:
    """Before anything is made."""
    async with machine() as m:
        error = await refusal(m.start(wrong))
        async with m.store.reading() as tx:
            assert await tx.cluster() is None
            assert await tx.accounts.count() == 0

    assert error.code == "invalid"
    assert said in error.message
    assert PASSWORD not in error.message


async def test_another_master_key_is_refused() -> None:
    """With the sentence that says what to do, before anything else is looked at."""
    async with machine() as m:
        await m.start(WHOLE)
        m.master_key = b"another key of the same length.."
        error = await refusal(m.start(WHOLE))

    assert "the master key is not the one that this database was made with" in error.message


async def test_what_was_changed_here_since_counts_more_than_old_settings() -> None:
    """The start goes on, and says which settings are of no use any more."""
    async with machine() as m:
        made, _ = await m.start(WHOLE)
        accounts, keys, links = Accounts(made), ApiKeys(made), Links(made, light())
        await accounts.create_secondary_token(holder(), sid=ACCOUNT_SID)
        await accounts.promote_secondary_token(holder(), sid=ACCOUNT_SID)
        reset = await links.make_owner_link(ACCOUNT_SID)
        await links.use(reset.secret, password="another password")
        await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=BROUGHT.sid, overlap_seconds=0)
        _, rotated = await m.start(WHOLE)
        await keys.delete(holder(), account_sid=ACCOUNT_SID, sid=BROUGHT.sid)
        users = Users(made, light())
        bob = await users.create(holder(), email="bob@example.com", name="", role=Role.OWNER)
        [ada] = [
            each.user.id for each in (await users.list(holder(), page=PageRequest())).items if each.user.id != bob.id
        ]
        await users.remove(holder(), user_id=ada)
        _, deleted = await m.start(WHOLE)
        found_key = await refusal(keys.get(holder(), account_sid=ACCOUNT_SID, sid=BROUGHT.sid))

    assert rotated.notices == (
        f"GETTONE_AUTH_TOKEN is of no use any more: the auth token of {ACCOUNT_SID} was changed since",
        f"GETTONE_OWNER_PASSWORD_FILE is of no use any more: {ADA} set another password since",
        f"the setting of a key to bring is of no use any more: {BROUGHT.sid} was rotated since",
    )
    assert deleted.notices == (
        f"GETTONE_AUTH_TOKEN is of no use any more: the auth token of {ACCOUNT_SID} was changed since",
        f"GETTONE_OWNER_EMAIL is of no use any more: {ACCOUNT_SID} was given another owner since",
        f"the setting of a key to bring is of no use any more: {BROUGHT.sid} was deleted since",
    )
    assert found_key.code == "not_found"


async def test_second_token_fits_too() -> None:
    """While one is changed for the other, either may stand in the settings."""
    async with machine() as m:
        made, _ = await m.start(WHOLE)
        second = await Accounts(made).create_secondary_token(holder(), sid=ACCOUNT_SID)
        _, told = await m.start(replace(WHOLE, auth_token=second))

    assert told.notices == ()


async def test_owner_and_keys_can_be_set_later() -> None:
    """Where there is no owner yet: the link that waits becomes worthless."""
    async with machine() as m:
        made, first = await m.start()
        _, later = await m.start(Founding(owner_email=ADA, owner_password=PASSWORD, keys=(BROUGHT,)))
        assert first.set_up_secret is not None
        error = await refusal(Links(made, light()).use(first.set_up_secret, email="eve@example.com", password=PASSWORD))
        who = await Authentication(made).authenticate(BROUGHT.sid, BROUGHT.secret)

    assert (later.account_sid, later.has_owner, later.set_up_secret) == (first.account_sid, True, None)
    assert error.code == "not_found"
    assert who is not None


async def test_link_that_was_told_is_not_told_again() -> None:
    """A later start neither makes another nor ends the one that somebody has."""
    async with machine() as m:
        made, first = await m.start()
        _, later = await m.start()
        assert first.set_up_secret is not None
        await Links(made, light()).use(first.set_up_secret, email=ADA, password=PASSWORD)

    assert (later.has_owner, later.set_up_secret, later.api_key) == (False, None, None)


async def test_quickstart_is_deployed_with_a_key_that_is_there(project: Project) -> None:
    """Its variables open the account, not the example's; the account's own come with its credentials."""
    async with machine() as m:
        made, told = await m.start(Founding(quickstart=project))
        assert told.api_key is not None
        assert told.quickstart is not None
        segment = await published(made, told.quickstart.sid)
        async with m.store.reading() as tx:
            [application] = await tx.applications.all()
            [service] = await tx.services.all()
            [kept] = await tx.api_keys.all()
            token = made.vault.open("account", told.account_sid, (await tx.accounts.all())[0].auth_token)

    assert kept == told.api_key.key
    assert segment.domain_name == f"{service.domain_base}.localhost"
    assert service.domain_base.startswith("quickstart-")
    assert {each.path for each in segment.functions} >= {"/create-room-token", "/create-room-token-js", "/voice-token"}
    assert {each.path for each in segment.assets} == {"/index.html", "/index.js"}
    assert {name: segment.variables[name] for name in ("API_KEY", "API_SECRET", "TWIML_APP_SID")} == {
        "API_KEY": told.api_key.key.sid,
        "API_SECRET": told.api_key.secret,
        "TWIML_APP_SID": application.sid,
    }
    assert segment.variables["ACCOUNT_SID"] == told.account_sid
    assert segment.variables["AUTH_TOKEN"] == token


async def test_secrets_of_a_start_show_nowhere(tmp_path: Path, project: Project) -> None:
    """Not in the audit log, not in the database's bytes, whatever was given and made."""
    async with machine(tmp_path) as m:
        _, told = await m.start(replace(WHOLE, quickstart=project))
        async with m.store.reading() as tx:
            audited = repr(await tx.audit.all())
    kept = bytes_in(tmp_path)

    assert told.api_key is not None
    assert ADA.encode() in kept
    for secret in (AUTH_TOKEN, PASSWORD, BROUGHT.secret, told.api_key.secret):
        assert secret not in audited
        assert secret.encode() not in kept


def bytes_in(folder: Path) -> bytes:
    """All that files hold."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def published(office: Office, environment_sid: str) -> EnvironmentSegment:
    """What gateways are told of an environment."""
    async with office.store.reading() as tx:
        segment = await (await Publication.open(tx, office.vault)).find(environment_sid)
    assert isinstance(segment, EnvironmentSegment)
    return segment


async def test_deleted_quickstart_stays_deleted(project: Project) -> None:
    """It was the account's own."""
    async with machine() as m:
        made, told = await m.start(Founding(quickstart=project))
        await Services(made).delete(holder(told.account_sid), service="quickstart")
        _, later = await m.start(Founding(quickstart=project))

    assert told.quickstart is not None
    assert later.quickstart is None


async def test_service_of_that_name_is_left_alone(project: Project) -> None:
    """When it was somebody's before there was to be a quickstart."""
    async with machine() as m:
        made, told = await m.start()
        theirs = await Services(made).create(holder(told.account_sid), unique_name="quickstart", friendly_name="My own")
        _, later = await m.start(Founding(quickstart=project))
        async with m.store.reading() as tx:
            assert await tx.services.all() == [theirs]
            assert await tx.environments.count() == 0

    assert later.quickstart is None


@pytest.mark.needs("postgres")
async def test_two_first_starts_at_once_make_one_account(project: Project) -> None:
    """Two control processes over one database: one link, one key, one quickstart, whoever makes which."""
    settings = Founding(quickstart=project)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(postgres_url())
        stores = [await stack.enter_async_context(closing(await open_postgres(url))) for _ in range(2)]
        logs = await stack.enter_async_context(closing(await open_sqlite_logs(None)))
        machines = [Machine(store, logs, starts=number * 100) for number, store in enumerate(stores)]
        told = [each for _, each in await asyncio.gather(*(m.start(settings) for m in machines))]
        found = await shape(stores[0])

    assert told[0].account_sid == told[1].account_sid
    assert [each.set_up_secret is not None for each in told].count(True) == 1
    assert [each.quickstart is not None for each in told] == [True, True]
    assert (found["links"], found["keys"], found["applications"]) == (1, ["quickstart"], ["quickstart"])
    assert (found["services"], found["environments"], found["deployments"]) == (["quickstart"], ["production"], 1)


class PowerFailure(BaseException):
    """The process is gone: nothing after this line runs."""


def stopped_at(store: Store, commit: int) -> AbstractContextManager[object]:
    """A store whose process is shot just before the commit of this number."""
    original = type(store).writing
    count = 0

    @asynccontextmanager
    async def writing(self: Store) -> AsyncIterator[object]:
        nonlocal count
        async with original(self) as tx:
            yield tx
            count += 1
            if count == commit:
                raise PowerFailure

    return patch.object(type(store), "writing", writing)


async def test_start_that_is_stopped_anywhere_is_completed_by_the_next(tmp_path: Path, project: Project) -> None:
    """Whichever commit it does not reach: the next start leaves what an undisturbed one leaves."""
    settings = replace(WHOLE, quickstart=project)
    async with machine() as m:
        await m.start(settings)
        wanted = await shape(m.store)
    stopped = 0
    while True:
        folder = tmp_path / str(stopped)
        folder.mkdir()
        async with machine(folder) as m:
            try:
                with stopped_at(m.store, stopped + 1):
                    await m.start(settings)
                break
            except PowerFailure:
                stopped += 1
            _, told = await m.start(settings)

            assert await shape(m.store) == wanted
            assert told.account_sid == ACCOUNT_SID
            assert told.quickstart is not None
        shutil.rmtree(folder)

    assert stopped >= 5


async def shape(store: Store) -> dict[str, object]:
    """What there is, without what differs from start to start: SIDs and secrets."""
    async with store.reading() as tx:
        return {
            "accounts": [each.sid for each in await tx.accounts.all()],
            "owners": [each.role for each in await tx.memberships.all()],
            "links": await tx.links.count(),
            "keys": [each.friendly_name for each in await tx.api_keys.all()],
            "applications": [each.friendly_name for each in await tx.applications.all()],
            "services": [each.unique_name for each in await tx.services.all()],
            "environments": [each.unique_name for each in await tx.environments.all()],
            "variables": sorted(each.key for each in await tx.variables.all()),
            "functions": sorted(each.path for each in await tx.function_versions.all()),
            "assets": sorted(each.path for each in await tx.asset_versions.all()),
            "deployments": await tx.deployments.count(),
            "published": len(await tx.snapshots.current_segments()),
            "audit": sorted(each.action for each in await tx.audit.all()),
        }
