"""Publications: each change is in the snapshot when it is committed, and what is no change is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.environments import Environments
from gettone.control.host_names import HostNames
from gettone.control.limits import Limits
from gettone.control.office import Office
from gettone.control.publication import SNAPSHOTS_KEPT
from gettone.control.publish import Publisher
from gettone.control.services import Services
from gettone.control.variables import EnvironmentVariables
from gettone.control.vault import Vault
from gettone.model.accounts import AccountStatus
from gettone.model.builds import BuildStatus
from gettone.model.errors import PlatformError
from gettone.model.services import ServiceSettings
from gettone.model.sids import AccountSid
from gettone.routes.codec import decode_segment
from gettone.routes.sealing import open_segment, verify_manifest
from gettone.routes.segment import AccountSegment, EnvironmentSegment, Manifest
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, MASTER_KEY, Clock, add_account, holder, open_office, seeded
from tests.control.refusals import refusal
from tests.control.sites import Site, add_build, deploy, make_site, upload
from tests.stores import postgres

pytestmark = pytest.mark.anyio

BELOW = AccountSid("AC" + "d" * 32)


@pytest.fixture
async def office(anyio_backend: str) -> AsyncIterator[Office]:
    """An office with one account."""
    async with open_office() as opened:
        yield opened


async def newest(office: Office) -> Manifest:
    """The manifest that a gateway would accept now."""
    async with office.store.reading() as tx:
        latest = await tx.snapshots.latest()
    assert latest is not None
    manifest = verify_manifest(office.vault.gateway_keys().public_key, latest.signature, latest.manifest, "test", 0)
    assert manifest.revision == latest.revision
    return manifest


async def published(office: Office, owner: str) -> EnvironmentSegment | AccountSegment | None:
    """What a gateway would make of an owner's segment now."""
    entry = {entry.owner: entry for entry in (await newest(office)).segments}.get(owner)
    if entry is None:
        return None
    async with office.store.reading() as tx:
        kept = await tx.snapshots.find_segment(entry.digest)
    assert kept is not None
    assert len(kept.content) == entry.size_bytes
    return decode_segment(open_segment(office.vault.snapshot_key, "test", owner, entry.digest, kept.content))


async def environment_of(office: Office, site: Site) -> EnvironmentSegment:
    """What is published of a site."""
    segment = await published(office, site.environment_sid)
    assert isinstance(segment, EnvironmentSegment)
    return segment


async def account_of(office: Office, sid: AccountSid = ACCOUNT_SID) -> AccountSegment:
    """What is published of an account."""
    segment = await published(office, sid)
    assert isinstance(segment, AccountSegment)
    return segment


async def faults(office: Office) -> tuple[str, ...]:
    """What of the snapshot is not as the state would have it."""
    async with office.store.reading() as tx:
        return await cast(Publisher, office.publisher).verify(tx)


async def publish_again(office: Office, site: Site) -> int | None:
    """Ask for a publication that nothing calls for."""
    async with office.store.writing() as tx:
        return await office.publisher.publish(tx, holder(), environments=[site.environment_sid], accounts=[ACCOUNT_SID])


async def test_deployment_is_published_with_all_that_serving_needs(office: Office) -> None:
    """Names, content by digest, credentials among the variables."""
    site = await make_site(office)

    segment = await environment_of(office, site)

    assert segment.build_sid == site.build_sid
    assert segment.functions[0].path == "/hello"
    assert segment.domain_name.endswith(".localhost")
    assert segment.hosts == (segment.domain_name,)
    assert dict(segment.variables) == {"ACCOUNT_SID": ACCOUNT_SID, "AUTH_TOKEN": AUTH_TOKEN}
    assert await faults(office) == ()


async def test_nothing_is_published_where_nothing_changed(office: Office) -> None:
    """The revision stays, and so does every segment."""
    site = await make_site(office)
    before = await newest(office)

    assert await publish_again(office, site) is None
    assert await newest(office) == before


async def test_equal_deployment_differs_in_its_sid_alone(office: Office) -> None:
    """Log lines are kept under the deployment, so it is published; workers go on by their own digest."""
    site = await make_site(office)
    first = await environment_of(office, site)

    await deploy(office, site.environment_sid, site.build_sid)

    second = await environment_of(office, site)
    assert second.deployment_sid != first.deployment_sid
    assert replace(second, deployment_sid=first.deployment_sid) == first


async def test_transaction_writes_only_the_segments_that_it_changes(office: Office) -> None:
    """Others keep their digest: gateways fetch nothing of them."""
    site, other = await make_site(office), await make_site(office)
    before = {entry.owner: entry for entry in (await newest(office)).segments}

    await EnvironmentVariables(office).create(
        holder(), service=site.service_sid, environment_sid=site.environment_sid, key="COLOUR", value="blue"
    )

    after = {entry.owner: entry for entry in (await newest(office)).segments}
    assert {owner for owner in after if after[owner] != before[owner]} == {site.environment_sid}
    assert other.environment_sid in after


async def test_state_that_cannot_be_served_is_not_committed(office: Office) -> None:
    """Two functions at one path, in a build that no rule stopped: the deployment is undone, the message names them."""
    site = await make_site(office)
    before = await newest(office)
    twins = [await upload(office, site.service_sid, b"1"), await upload(office, site.service_sid, b"2")]
    build = await add_build(office, site.service_sid, twins)

    refused = await refusal(deploy(office, site.environment_sid, build))

    assert refused.code == "conflict"
    assert f"of build {build} are both served at /hello" in refused.message
    assert await newest(office) == before
    async with office.store.reading() as tx:
        environment = await tx.environments.find(sid=site.environment_sid)
        assert environment is not None
        assert environment.build_sid == site.build_sid
        assert await tx.deployments.count(build_sid=build) == 0
    assert await faults(office) == ()


async def test_build_that_is_not_completed_is_not_published(office: Office) -> None:
    """Whoever forgot to check."""
    site = await make_site(office)
    build = await add_build(office, site.service_sid, [], status=BuildStatus.FAILED)

    assert (await refusal(deploy(office, site.environment_sid, build))).code == "invalid"


async def test_own_variable_stands_before_what_the_platform_adds(office: Office) -> None:
    """As on Twilio."""
    site = await make_site(office)

    await EnvironmentVariables(office).create(
        holder(), service=site.service_sid, environment_sid=site.environment_sid, key="AUTH_TOKEN", value="mine"
    )

    assert (await environment_of(office, site)).variables["AUTH_TOKEN"] == "mine"


async def test_credentials_go_with_their_setting(office: Office) -> None:
    """And the service's bounds come with it."""
    site = await make_site(office)

    await Services(office).update(
        holder(), service=site.service_sid, include_credentials=False, settings=ServiceSettings(concurrency=7)
    )

    segment = await environment_of(office, site)
    assert dict(segment.variables) == {}
    assert segment.settings.concurrency == 7


async def test_what_is_undeployed_or_deleted_is_published_no_more(office: Office) -> None:
    """By an empty deployment, with its environment, with its service."""
    undeployed, environment, service = [await make_site(office) for _ in range(3)]

    await deploy(office, undeployed.environment_sid, None)
    await Environments(office).delete(holder(), service=environment.service_sid, sid=environment.environment_sid)
    await Services(office).delete(holder(), service=service.service_sid)

    assert [entry.owner for entry in (await newest(office)).segments] == [ACCOUNT_SID]
    assert await faults(office) == ()


async def test_host_name_is_published_with_its_environment(office: Office) -> None:
    """After the label."""
    site = await make_site(office)

    await HostNames(office).create(
        holder(), service=site.service_sid, environment_sid=site.environment_sid, host="api.example.com"
    )

    assert (await environment_of(office, site)).hosts[1:] == ("api.example.com",)


async def test_host_name_that_another_environment_answers_to_is_refused(office: Office) -> None:
    """Also where it was written past the use case: two environments must never share a name."""
    site, other = await make_site(office), await make_site(office)
    theirs = (await environment_of(office, other)).domain_name
    await HostNames(office).create(
        holder(), service=site.service_sid, environment_sid=site.environment_sid, host="api.example.com"
    )

    async def take_theirs() -> None:
        async with office.store.writing() as tx:
            mine = await tx.host_names.find(host="api.example.com")
            assert mine is not None
            await tx.host_names.add(replace(mine, host=theirs))
            await office.publisher.publish(tx, holder(), environments=[site.environment_sid])

    refused = await refusal(take_theirs())

    assert refused.code == "conflict"
    assert theirs in refused.message


async def test_keys_are_published_with_their_account_alone(office: Office) -> None:
    """No environment is touched, however many there are."""
    site = await make_site(office)
    before = {entry.owner: entry for entry in (await newest(office)).segments}

    made = await ApiKeys(office).create(holder(), account_sid=ACCOUNT_SID)

    after = {entry.owner: entry for entry in (await newest(office)).segments}
    assert after[site.environment_sid] == before[site.environment_sid]
    assert [(key.sid, key.secret) for key in (await account_of(office)).keys] == [(made.key.sid, made.secret)]


async def test_key_that_was_rotated_is_published_with_both_secrets(office: Office) -> None:
    """Until when the old one counts is published, too: time alone changes no segment."""
    keys = ApiKeys(office)
    made = await keys.create(holder(), account_sid=ACCOUNT_SID)
    rotated = await keys.rotate(holder(), account_sid=ACCOUNT_SID, sid=made.key.sid, overlap_seconds=60)

    entry = (await account_of(office)).keys[0]
    assert (entry.secret, entry.previous_secret) == (rotated.secret, made.secret)
    assert entry.previous_until == rotated.key.previous_secret_until
    cast(Clock, office.clock).move(hours=1)
    assert await faults(office) == ()


async def test_promoted_token_reaches_the_variables_of_every_environment(office: Office) -> None:
    """A secondary one changes none of them."""
    site, accounts = await make_site(office), Accounts(office)
    before = await environment_of(office, site)

    second = await accounts.create_secondary_token(holder(), sid=ACCOUNT_SID)

    assert await environment_of(office, site) == before
    assert (await account_of(office)).auth_tokens == (AUTH_TOKEN, second)

    await accounts.promote_secondary_token(holder(), sid=ACCOUNT_SID)

    assert (await environment_of(office, site)).variables["AUTH_TOKEN"] == second
    assert (await account_of(office)).auth_tokens == (second,)
    assert await faults(office) == ()


async def test_suspended_account_is_published_without_environments_and_secrets(office: Office) -> None:
    """docs/decisions/0008. Opened again, everything is as it was."""
    await add_account(office, BELOW, ACCOUNT_SID)
    site = await make_site(office, principal=holder(BELOW))
    before = await environment_of(office, site)

    await Accounts(office).update(holder(), sid=BELOW, status=AccountStatus.SUSPENDED)

    assert await published(office, site.environment_sid) is None
    assert await account_of(office, BELOW) == AccountSegment(BELOW, AccountStatus.SUSPENDED, (), ())
    assert await faults(office) == ()

    await Accounts(office).update(holder(), sid=BELOW, status=AccountStatus.ACTIVE)

    assert await environment_of(office, site) == before
    assert await faults(office) == ()


async def test_subaccount_is_suspended_with_its_owner(office: Office) -> None:
    """Its own status stays: opened again, the owner brings it back."""
    await add_account(office, BELOW, ACCOUNT_SID)
    site = await make_site(office, principal=holder(BELOW))

    for status, shows in ((AccountStatus.SUSPENDED, False), (AccountStatus.ACTIVE, True)):
        async with office.store.writing() as tx:
            account = await tx.accounts.find(sid=ACCOUNT_SID)
            assert account is not None
            await tx.accounts.update(replace(account, status=status))
            await office.publisher.publish(tx, holder(), accounts=[ACCOUNT_SID])

        assert (await published(office, site.environment_sid) is not None) is shows
        assert await faults(office) == ()


async def test_deleted_account_takes_everything_with_it(office: Office) -> None:
    """Of the subaccount nothing is published, of its neighbours everything."""
    await add_account(office, BELOW, ACCOUNT_SID)
    site, kept = await make_site(office, principal=holder(BELOW)), await make_site(office)

    await Accounts(office).delete(holder(), sid=BELOW)

    assert {entry.owner for entry in (await newest(office)).segments} == {ACCOUNT_SID, kept.environment_sid}
    assert site.environment_sid != kept.environment_sid
    assert await faults(office) == ()


async def test_old_snapshots_are_let_go(office: Office) -> None:
    """With the segments that only they named."""
    site = await make_site(office)
    oldest = await newest(office)
    digest = next(entry.digest for entry in oldest.segments if entry.owner == site.environment_sid)

    for _ in range(SNAPSHOTS_KEPT + 1):
        await deploy(office, site.environment_sid, site.build_sid)

    async with office.store.reading() as tx:
        revisions = [snapshot.revision for snapshot in await tx.snapshots.list(100)]
        assert await tx.snapshots.find_segment(digest) is None
    assert revisions == list(range(oldest.revision + 21, oldest.revision + 1, -1))
    assert await faults(office) == ()


async def test_publications_at_once_come_one_after_the_other(office: Office) -> None:
    """No revision is skipped or given twice, and the last one holds what every task did."""
    sites = [await make_site(office) for _ in range(5)]
    before = await newest(office)

    await asyncio.gather(*(deploy(office, site.environment_sid, site.build_sid) for site in sites for _ in range(3)))

    assert (await newest(office)).revision == before.revision + 15
    assert await faults(office) == ()


@pytest.mark.needs("postgres")
async def test_postgresql_publishes_as_sqlite_does(anyio_backend: str) -> None:
    """Deployed, changed, taken away; and the content can be had in pieces."""
    async with postgres() as store, open_office(store) as office:
        site, gone = await make_site(office, source=b"exports.handler = 2"), await make_site(office)
        await deploy(office, gone.environment_sid, None)
        await EnvironmentVariables(office).create(
            holder(), service=site.service_sid, environment_sid=site.environment_sid, key="COLOUR", value="blue"
        )

        segment = await environment_of(office, site)
        async with store.reading() as tx:
            pieces = [await tx.blobs.piece(segment.functions[0].digest, place) for place in range(2)]

        assert segment.variables["COLOUR"] == "blue"
        assert await published(office, gone.environment_sid) is None
        assert pieces == [b"exports.handler = 2", None]
        assert await faults(office) == ()


async def test_announcement_reaches_every_listener(office: Office) -> None:
    """Once it is committed."""
    heard: list[str] = []
    publisher = cast(Publisher, office.publisher)
    publisher.listeners += [lambda: heard.append("one"), lambda: heard.append("two")]

    publisher.announce()

    assert heard == ["one", "two"]


async def test_start_of_the_same_version_publishes_nothing(office: Office) -> None:
    """Equal digests: nothing happens."""
    await make_site(office)
    before = await newest(office)

    async with office.store.writing() as tx:
        done = await cast(Publisher, office.publisher).republish_all(tx)

    assert (done.revision, dict(done.problems)) == (None, {})
    assert await newest(office) == before


async def test_start_under_another_domain_publishes_what_changes(office: Office) -> None:
    """One revision, whatever the number of environments; accounts stay as they are."""
    sites = [await make_site(office) for _ in range(3)]
    before = await newest(office)
    moved = Publisher(office.vault, office.clock, office.randomness, office.limits, "example.org")

    async with office.store.writing() as tx:
        done = await moved.republish_all(tx)

    assert done.revision == before.revision + 1
    for site in sites:
        assert (await environment_of(office, site)).domain_name.endswith(".example.org")


async def test_start_goes_on_past_what_cannot_be_served(office: Office) -> None:
    """A bound was lowered: who is beyond it stays as it was, is named, and holds up nobody."""
    large, small = await make_site(office), await make_site(office)
    variables = EnvironmentVariables(office)
    await variables.create(
        holder(), service=large.service_sid, environment_sid=large.environment_sid, key="A", value="x" * 400
    )
    before = await environment_of(office, large)
    strict = Publisher(office.vault, office.clock, office.randomness, Limits(environment_bytes=300), "example.org")

    async with office.store.writing() as tx:
        done = await strict.republish_all(tx)

    assert list(done.problems) == [large.environment_sid]
    assert "300 are allowed" in done.problems[large.environment_sid]
    assert await environment_of(office, large) == before
    assert (await environment_of(office, small)).domain_name.endswith(".example.org")


@pytest.mark.parametrize("what", ["state", "segment", "manifest", "content", "owner"])
async def test_snapshot_that_is_not_the_state_is_told(office: Office, what: str) -> None:
    """The kill tests rest on it: whatever was changed behind the publisher's back is found."""
    site = await make_site(office)
    async with office.store.writing() as tx:
        segments = await tx.snapshots.current_segments()
        segment = await tx.snapshots.find_segment(segments[site.environment_sid])
        environment = await tx.environments.find(sid=site.environment_sid)
        latest = await tx.snapshots.latest()
        assert segment is not None
        assert environment is not None
        assert latest is not None
        if what == "state":
            await tx.environments.update(replace(environment, build_sid=None))
        elif what == "segment":
            await tx.snapshots.put_segment(replace(segment, digest="0" * 64))
        elif what == "manifest":
            await tx.snapshots.put(replace(latest, revision=latest.revision + 1, manifest=b"{}"), 5)
        elif what == "content":
            version = (await tx.function_versions.all(service_sid=site.service_sid))[0]
            await tx.function_versions.update(replace(version, digest="0" * 64))
            await office.publisher.publish(tx, holder(), environments=[site.environment_sid])
        else:
            await tx.snapshots.drop_segment(ACCOUNT_SID)

    assert await faults(office) != ()


async def test_manifest_that_somebody_else_wrote_is_not_built_upon(office: Office) -> None:
    """Who can write the database, and has no key, cannot have his entries signed."""
    site = await make_site(office)
    async with office.store.writing() as tx:
        latest = await tx.snapshots.latest()
        assert latest is not None
        forged = latest.manifest.replace(b'"revision":', b'"revision": ')
        await tx.snapshots.put(replace(latest, revision=latest.revision + 1, manifest=forged), 5)

    with pytest.raises(PlatformError, match="signature"):
        await deploy(office, site.environment_sid, None)


async def test_another_master_key_publishes_nothing(office: Office) -> None:
    """Neither over what the first one signed."""
    site = await make_site(office)
    vault = Vault(bytes(32), seeded())
    stranger = Publisher(vault, office.clock, office.randomness, office.limits)

    assert vault.snapshot_key != Vault(MASTER_KEY, seeded()).snapshot_key
    with pytest.raises(PlatformError, match="master key"):
        async with office.store.writing() as tx:
            await stranger.publish(tx, holder(), environments=[site.environment_sid])
