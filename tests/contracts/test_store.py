"""What every store keeps: the rows of each noun, how they are found, which exclude each other, what goes with what."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from gettone.model.accounts import AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.builds import Dependency, WantedPackages
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionEvent, Language, Visibility
from gettone.model.outbox import Channel
from gettone.model.pages import PageRequest
from gettone.model.services import ServiceSettings
from gettone.model.users import LinkPurpose, Role
from gettone.store.interface import Cluster, Rows, Store, Transaction
from tests.store import nouns
from tests.store.nouns import ACCOUNT, ASSET, ENVIRONMENT, FUNCTION, LATER, MOMENT, SERVICE, USER, sid

pytestmark = pytest.mark.anyio

# Each noun: the name of its rows, one as it is added to what `furnish` adds, its key, and all else that may change.
NOUNS: list[tuple[str, Any, tuple[str, ...], dict[str, Any]]] = [
    (
        "accounts",
        nouns.account(7, owner_account_sid=ACCOUNT),
        ("sid",),
        {
            "friendly_name": "",
            "status": AccountStatus.SUSPENDED,
            "auth_token": b"",
            "secondary_auth_token": b"\x00",
            "updated_at": MOMENT,
        },
    ),
    (
        "users",
        nouns.user(7),
        ("id",),
        {
            "email": "other@example.com",
            "name": "",
            "password_hash": "$argon2id$",
            "email_verified_at": LATER,
            "phone": "+15550100",
            "phone_verified_at": LATER,
            "totp": b"sealed \x00",
            "totp_confirmed_at": MOMENT,
            "totp_step": 1 << 40,
            "recovery_digests": ("a" * 64, "b" * 64),
            "locale": "ja",
            "zone": "Asia/Tokyo",
            "terms_accepted_at": MOMENT,
            "writes_code": False,
            "language": Language.JAVASCRIPT,
            "pins": ("functions", "keys"),
        },
    ),
    ("memberships", nouns.membership(1), ("account_sid", "user_id"), {"role": Role.VIEWER}),
    (
        "links",
        nouns.link(7),
        ("secret_digest",),
        {
            "purpose": LinkPurpose.INVITE,
            "user_id": USER,
            "email": "a@example.com",
            "role": Role.DEVELOPER,
            "used_at": LATER,
        },
    ),
    (
        "sessions",
        nouns.session(7),
        ("id",),
        {"secret_digest": "f" * 64, "seen_at": LATER, "address": "::1", "user_agent": "", "strong": True},
    ),
    (
        "codes",
        nouns.code(),
        ("user_id", "purpose"),
        {"secret": b"", "tries": 5, "recipient": "", "expires_at": MOMENT},
    ),
    (
        "registrations",
        nouns.registration(7),
        ("secret_digest",),
        {"email": "a@example.com", "password_hash": "", "locale": "ja", "zone": "Europe/Rome"},
    ),
    (
        "outbox",
        nouns.message(7),
        ("id",),
        {
            "channel": Channel.SMS,
            "text": None,
            "secret_digest": "d" * 64,
            "due_at": None,
            "tries": 3,
            "sent_at": LATER,
            "failure": "refused",
        },
    ),
    ("terms", nouns.terms(), ("locale",), {"text": "", "updated_at": LATER}),
    (
        "api_keys",
        nouns.api_key(7),
        ("sid",),
        {
            "type": ApiKeyType.RESTRICTED,
            "policy": ("deployments:write", "/twilio/video"),
            "service_sid": SERVICE,
            "previous_secret": b"before",
            "previous_secret_until": LATER,
            "last_used_at": MOMENT,
        },
    ),
    (
        "applications",
        nouns.application(7),
        ("sid",),
        {
            "voice_url": "https://example.com/voice?a=1&b=%20",
            "voice_method": "GET",
            "sms_url": "",
            "voice_caller_id_lookup": True,
            "public_application_connect_enabled": True,
        },
    ),
    (
        "services",
        nouns.service(7),
        ("sid",),
        {
            "friendly_name": "Ünïcode",
            "include_credentials": False,
            "ui_editable": True,
            "deploys_on_save": False,
            "draft_packages": WantedPackages((Dependency("lodash", "^4"),), ("requests>=2",)),
            "settings": ServiceSettings(concurrency=1000, workers_max=1, timeout_seconds=0.25),
        },
    ),
    (
        "environments",
        nouns.environment(7),
        ("sid",),
        {
            "domain_suffix": None,
            "build_sid": nouns.build().sid,
            "deployment_sid": sid("ZD", 3),
            "updated_at": LATER,
        },
    ),
    ("host_names", nouns.host_name(7), ("host",), {"created_at": LATER}),
    ("variables", nouns.variable(7), ("sid",), {"key": "OTHER", "value": b""}),
    (
        "functions",
        nouns.function(7),
        ("sid",),
        {"friendly_name": "renamed", "event": FunctionEvent.MESSAGE, "removed_version_sid": sid("ZN", 1)},
    ),
    ("function_versions", nouns.function_version(7), ("sid",), {"visibility": Visibility.PRIVATE, "size_bytes": 0}),
    ("assets", nouns.asset(7), ("sid",), {"friendly_name": "renamed", "removed_version_sid": sid("ZN", 1)}),
    ("asset_versions", nouns.asset_version(7), ("sid",), {"content_type": "text/plain; charset=utf-8"}),
    ("builds", nouns.build(7), ("sid",), nouns.COMPLETE_BUILD),
    ("bundles", nouns.bundle(7), ("key",), {"used_at": LATER}),
    ("deployments", nouns.deployment(7), ("sid",), {"build_sid": sid("ZB", 1), "is_plugin": True, "message": "why"}),
    ("audit", nouns.audit_entry(1), ("id",), {"detail": {}, "address": "::1"}),
]


def rows_of(tx: Transaction, name: str) -> Rows[Any]:
    """The rows of a noun."""
    rows: Rows[Any] = getattr(tx, name)
    return rows


@pytest.fixture
async def furnished(store: Store) -> Store:
    """A store with one account and a service in it."""
    async with store.writing() as tx:
        await nouns.furnish(tx)
    return store


async def test_every_noun_comes_back_as_it_was(furnished: Store) -> None:
    """What was added is found by its key, and so is every field that was changed; other rows stay as they were."""
    for name, noun, key, changes in NOUNS:
        matching = {field: getattr(noun, field) for field in key}
        changed = replace(noun, **changes)
        async with furnished.writing() as tx:
            others = await rows_of(tx, name).all()
            await rows_of(tx, name).add(noun)
        async with furnished.reading() as tx:
            added = await rows_of(tx, name).find(**matching)
        async with furnished.writing() as tx:
            await rows_of(tx, name).update(changed)
        async with furnished.reading() as tx:
            updated = await rows_of(tx, name).all()

        assert added == noun
        assert updated == [*others, changed]


async def test_rows_match_by_each_field(furnished: Store) -> None:
    """Fields, one or several, also missing values and enumerations, find, count, page and delete the same rows."""
    for name, noun, _, _ in NOUNS:
        fields = {field: getattr(noun, field) for field in noun.__dataclass_fields__}
        simple = {field: it for field, it in fields.items() if it is None or isinstance(it, str | int | datetime)}
        async with furnished.writing() as tx:
            rows = rows_of(tx, name)
            await rows.add(noun)
            matched = {field: noun in await rows.all(**{field: value}) for field, value in simple.items()}
            found = await rows.find(**simple)
            page = await rows.page(PageRequest(), **simple)
            before, gone, after = await rows.count(), await rows.delete(**simple), await rows.count()

        assert matched == dict.fromkeys(simple, True), name
        assert (found, page.items) == (noun, (noun,))
        assert (before - after, gone) == (1, 1)


async def test_a_key_is_taken_once(furnished: Store) -> None:
    """The same row again is a conflict."""
    for name, noun, _, _ in NOUNS:
        if name == "audit":  # whose keys the store gives
            continue
        async with furnished.writing() as tx:
            await rows_of(tx, name).add(noun)
        with pytest.raises(PlatformError) as refused:
            async with furnished.writing() as tx:
                await rows_of(tx, name).add(noun)

        assert (name, refused.value.code) == (name, "conflict")


async def test_audit_entries_are_numbered_as_they_come(furnished: Store) -> None:
    """Whatever number they bring."""
    async with furnished.writing() as tx:
        for _ in range(2):
            await tx.audit.add(nouns.audit_entry(99))
        numbers = [entry.id for entry in await tx.audit.all()]

    assert numbers == [1, 2]


async def test_a_row_that_is_gone_cannot_be_updated(furnished: Store) -> None:
    """Updating is no adding."""
    for name, noun, key, _ in NOUNS:
        async with furnished.writing() as tx:
            with pytest.raises(PlatformError) as refused:
                await rows_of(tx, name).update(noun)
            count = await rows_of(tx, name).count(**{field: getattr(noun, field) for field in key})

        assert (name, refused.value.code, count) == (name, "not_found", 0)


UNIQUE: list[tuple[str, list[Any], str]] = [
    ("users", [nouns.user(7), nouns.user(8, email="person7@example.com")], "email"),
    ("sessions", [nouns.session(7), nouns.session(8, secret_digest=nouns.session(7).secret_digest)], "secret_digest"),
    ("services", [nouns.service(7), nouns.service(8, unique_name="service-7")], "unique_name"),
    ("services", [nouns.service(7), nouns.service(8, domain_base="service-7-1234")], "domain_base"),
    ("environments", [nouns.environment(7), nouns.environment(8, unique_name="environment-7")], "unique_name"),
    ("environments", [nouns.environment(7), nouns.environment(8, domain_suffix="e7")], "domain_suffix"),
    (
        "environments",
        [nouns.environment(7, domain_suffix=None), nouns.environment(8, domain_suffix=None)],
        "service_sid",
    ),
    ("environments", [nouns.environment(7), nouns.environment(8, domain_name="service-1-1234-e7")], "domain_name"),
    ("variables", [nouns.variable(7), nouns.variable(8, key="KEY_7")], "key"),
]


@pytest.mark.parametrize(("name", "taken", "column"), UNIQUE, ids=[f"{each[0]}-{each[2]}" for each in UNIQUE])
async def test_what_must_be_unique_is(furnished: Store, name: str, taken: list[Any], column: str) -> None:
    """The second is a conflict that says which field, in evidence too; the first stays."""
    first, second = taken
    key = "id" if name in ("users", "sessions") else "sid"
    async with furnished.writing() as tx:
        await rows_of(tx, name).add(first)
    with pytest.raises(PlatformError) as refused:
        async with furnished.writing() as tx:
            await rows_of(tx, name).add(second)
    async with furnished.reading() as tx:
        counts = [await rows_of(tx, name).count(**{key: getattr(each, key)}) for each in taken]

    assert (refused.value.code, counts) == ("conflict", [1, 0])
    assert column in refused.value.message
    assert (refused.value.evidence["table"], column in str(refused.value.evidence["columns"])) == (name, True)


async def test_names_are_unique_within_their_owner_alone(furnished: Store) -> None:
    """Two accounts may have a service of one name, two services an environment of one name and none with a suffix."""
    other = nouns.service(8, account_sid=sid("AC", 8), unique_name="service-1")
    production = nouns.environment(8, domain_suffix=None)
    async with furnished.writing() as tx:
        await tx.accounts.add(nouns.account(8))
        await tx.services.add(other)
        await tx.environments.add(production)
        await tx.environments.add(
            nouns.environment(9, domain_suffix=None, service_sid=other.sid, unique_name="environment-1")
        )
        count = await tx.environments.count(domain_suffix=None)

    assert count == 2


async def test_rows_hold_to_their_fields(furnished: Store) -> None:
    """A name that is no field, a find that matches several and a delete of everything are slips, and say so."""
    async with furnished.writing() as tx:
        await tx.services.add(nouns.service(7))
        for slip in (
            tx.services.find(colour="red"),
            tx.services.page(PageRequest(), position=1),
            tx.builds.all(function_versions="x"),
            tx.services.find(account_sid=ACCOUNT),
            tx.services.delete(),
        ):
            with pytest.raises(TypeError):
                await slip
        found = await tx.services.find(account_sid=ACCOUNT, unique_name="service-7")

    assert found == nouns.service(7)


async def test_a_text_that_cannot_be_kept_is_refused_and_found_nowhere(furnished: Store) -> None:
    """NUL and half a surrogate pair: `invalid` when they come in, in no row when they are asked for."""
    for text in ("a\0b", "\ud800"):
        with pytest.raises(PlatformError) as refused:
            async with furnished.writing() as tx:
                await tx.services.add(nouns.service(7, friendly_name=text))
        async with furnished.writing() as tx:
            asked = (
                await tx.services.find(unique_name=text),
                await tx.services.count(unique_name=text),
                (await tx.services.page(PageRequest(), unique_name=text)).items,
                await tx.services.delete(unique_name=text),
            )

        assert (refused.value.code, asked) == ("invalid", (None, 0, (), 0))


async def test_what_no_row_can_hold_is_found_nowhere(furnished: Store) -> None:
    """A status that there is not, a number beyond 64 bits: whoever asks gets nothing, not an error."""
    async with furnished.reading() as tx:
        asked = (
            await tx.accounts.find(status="nonsense"),
            await tx.accounts.count(status="ACTIVE"),
            (await tx.audit.page(PageRequest(), id=10**30)).items,
            await tx.audit.find(id=-(1 << 63)),
            await tx.accounts.count(status="active"),
        )

    assert asked == (None, 0, (), None, 1)


async def test_times_have_a_zone_and_come_back_in_utc(furnished: Store) -> None:
    """A time of any zone is the same moment; one without is a slip."""
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    async with furnished.writing() as tx:
        await tx.users.add(nouns.user(7, created_at=elsewhere))
        with pytest.raises(TypeError):
            await tx.users.add(nouns.user(8, created_at=MOMENT.replace(tzinfo=None)))
        found = await tx.users.find(created_at=elsewhere, id=nouns.user(7).id)

    assert found is not None
    assert (found.created_at, found.created_at.utcoffset()) == (MOMENT, timedelta(0))


async def test_what_belongs_to_a_service_goes_with_it(furnished: Store) -> None:
    """Everything below it goes, at whatever order; another service and the account's own things stay."""
    async with furnished.writing() as tx:
        await tx.services.add(nouns.service(2))
        await tx.api_keys.add(nouns.api_key(1))
        await tx.api_keys.add(nouns.api_key(2, service_sid=SERVICE))
        await tx.variables.add(nouns.variable())
        await tx.host_names.add(nouns.host_name())
        await tx.deployments.add(nouns.deployment(build_sid=nouns.build().sid))
    async with furnished.writing() as tx:
        gone = await tx.services.delete(sid=SERVICE)
    async with furnished.reading() as tx:
        left = {name: await rows_of(tx, name).count() for name, *_ in NOUNS}

    assert gone == 1
    assert {name: count for name, count in left.items() if count} == {
        "accounts": 1,
        "users": 1,
        "services": 1,
        "api_keys": 1,
    }


async def test_an_account_goes_with_its_subaccounts_and_all_that_is_theirs(furnished: Store) -> None:
    """Users stay: they may be members elsewhere. Another account stays untouched."""
    below = nouns.account(2, owner_account_sid=ACCOUNT)
    async with furnished.writing() as tx:
        await tx.accounts.add(below)
        await tx.accounts.add(nouns.account(3))
        await tx.services.add(nouns.service(2, account_sid=below.sid))
        await tx.memberships.add(nouns.membership())
        await tx.links.add(nouns.link(user_id=USER))
        await tx.api_keys.add(nouns.api_key(account_sid=below.sid))
        await tx.applications.add(nouns.application())
        await tx.audit.add(nouns.audit_entry())
        await tx.audit.add(nouns.audit_entry(account_sid=sid("AC", 3)))
    async with furnished.writing() as tx:
        gone = await tx.accounts.delete(sid=ACCOUNT)
    async with furnished.reading() as tx:
        left = {name: await rows_of(tx, name).count() for name, *_ in NOUNS}

    assert gone == 1
    assert {name: count for name, count in left.items() if count} == {"accounts": 1, "users": 1, "audit": 1}


async def test_a_user_goes_with_memberships_links_sessions_and_letters(furnished: Store) -> None:
    """Nothing that names the person stays, but the audit log."""
    async with furnished.writing() as tx:
        await tx.memberships.add(nouns.membership())
        await tx.sessions.add(nouns.session())
        await tx.codes.add(nouns.code())
        for n, user_id in enumerate((USER, None), 1):
            await tx.links.add(nouns.link(n, user_id=user_id))
            await tx.outbox.add(nouns.message(n, user_id=user_id))
        await tx.users.delete(id=USER)
    async with furnished.reading() as tx:
        counts = (await tx.memberships.count(), await tx.sessions.count(), await tx.codes.count())
        left = ([each.secret_digest for each in await tx.links.all()], await tx.outbox.all())

    assert counts == (0, 0, 0)
    assert left == ([nouns.link(2).secret_digest], [nouns.message(2)])


async def test_the_first_account_is_the_oldest_that_no_other_owns(store: Store) -> None:
    """None in a new store; subaccounts and younger accounts are not it."""
    async with store.writing() as tx:
        nobody = await tx.first_account()
        await tx.accounts.add(nouns.account(2))
        await tx.accounts.add(nouns.account(1))
        await tx.accounts.add(nouns.account(3, owner_account_sid=nouns.account(2).sid))
        before = await tx.first_account()
        await tx.accounts.delete(sid=nouns.account(2).sid)
        after = await tx.first_account()

    assert (nobody, before, after) == (None, nouns.account(2), nouns.account(1))


async def test_letters_are_due_in_the_order_of_their_times(furnished: Store) -> None:
    """Those whose time has come, no more than were asked for; those that are not to be tried never are."""
    second = timedelta(seconds=1)
    times = {1: LATER, 2: MOMENT, 3: None, 4: LATER + second, 5: MOMENT - second, 6: MOMENT}
    async with furnished.writing() as tx:
        for n, due_at in times.items():
            await tx.outbox.add(nouns.message(n, due_at=due_at))
        due = [await tx.due_messages(LATER, at_most) for at_most in (10, 2)]

    assert [[int(each.id, 16) for each in some] for some in due] == [[5, 2, 6, 1], [5, 2]]


async def test_what_is_over_is_forgotten(furnished: Store) -> None:
    """Sessions, codes, sign-ups and letters, at the very moment; what goes on stays."""
    async with furnished.writing() as tx:
        await tx.codes.add(nouns.code())
        for n, expires_at in enumerate((LATER, LATER + timedelta(microseconds=1)), 1):
            await tx.sessions.add(nouns.session(n, expires_at=expires_at))
            await tx.registrations.add(nouns.registration(n, expires_at=expires_at))
            await tx.outbox.add(nouns.message(n, expires_at=expires_at))
        gone = [await tx.forget_expired(LATER), await tx.forget_expired(LATER)]
        left = [await rows_of(tx, name).count() for name in ("codes", "sessions", "registrations", "outbox")]

    assert (gone, left) == ([4, 0], [0, 1, 1, 1])


IN_USE = {
    "a function whose version is in a build": ("functions", {"sid": FUNCTION}),
    "a version that is in a build": ("function_versions", {"sid": sid("ZN", 1)}),
    "an asset whose version is in a build": ("assets", {"sid": ASSET}),
    "a build that is live": ("builds", {"sid": sid("ZB", 1)}),
}


@pytest.mark.parametrize(("name", "matching"), IN_USE.values(), ids=IN_USE)
async def test_what_is_used_cannot_go(furnished: Store, name: str, matching: dict[str, str]) -> None:
    """A conflict by the time of the commit, and everything is there as before; the store goes on."""
    async with furnished.reading() as tx:
        before = await rows_of(tx, name).all()
    with pytest.raises(PlatformError) as refused:
        async with furnished.writing() as tx:
            await rows_of(tx, name).delete(**matching)
    async with furnished.writing() as tx:
        after = await rows_of(tx, name).all()
        await tx.environments.delete(sid=ENVIRONMENT)
        await tx.builds.delete(sid=sid("ZB", 1))
        await rows_of(tx, name).delete(**matching)
    async with furnished.reading() as tx:
        left = await rows_of(tx, name).count(**matching)

    assert (refused.value.code, after, left) == ("conflict", before, 0)


async def test_what_belongs_to_nothing_cannot_come(furnished: Store) -> None:
    """A row whose owner is not there is a conflict."""
    with pytest.raises(PlatformError) as refused:
        async with furnished.writing() as tx:
            await tx.variables.add(nouns.variable(environment_sid=sid("ZE", 99)))

    assert refused.value.code == "conflict"


async def test_builds_are_found_by_what_stands_in_them(furnished: Store) -> None:
    """By a version, and by any version of a function or an asset; oldest first, each once, with its lists in order."""
    empty, second = nouns.build(2), nouns.build(3, function_versions=(sid("ZN", 1),))
    async with furnished.writing() as tx:
        await tx.builds.add(empty)
        await tx.builds.add(second)
        first = await tx.builds.find(sid=sid("ZB", 1))
        found = [
            await tx.builds_with_version(nouns.function_version(1).sid),
            await tx.builds_with_version(nouns.function_version(2).sid),
            await tx.builds_with_version(nouns.asset_version().sid),
            await tx.builds_of(FUNCTION),
            await tx.builds_of(ASSET),
            await tx.builds_of(nouns.function(99).sid),
        ]
        page = await tx.builds.page(PageRequest())

    assert found == [[first, second], [first], [first], [first, second], [first], []]
    assert page.items == (second, empty, first)
    assert first == nouns.build(**nouns.COMPLETE_BUILD)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
async def test_pages_lead_through_all_rows_and_back(furnished: Store, size: int) -> None:
    """Newest first, nothing twice, nothing left out, `None` at the ends; the way back shows the same pages."""
    async with furnished.writing() as tx:
        for n in range(1, 6):
            await tx.host_names.add(nouns.host_name(n))
    expected = [f"api{n}.example.com" for n in (5, 4, 3, 2, 1)]
    async with furnished.reading() as tx:
        page = await tx.host_names.page(PageRequest(size), account_sid=ACCOUNT)
        forth = [page]
        while page.next is not None:
            page = await tx.host_names.page(PageRequest(size, after=page.next), account_sid=ACCOUNT)
            forth.append(page)
        back = [page]
        while page.previous is not None:
            page = await tx.host_names.page(PageRequest(size, before=page.previous), account_sid=ACCOUNT)
            back.append(page)
    if 5 % size == 0:
        assert back[::-1] == forth

    assert [each.host for piece in forth for each in piece.items] == expected
    assert forth[0].previous is None
    assert (back[-1].previous, back[-1].items[0].host) == (None, expected[0])


async def test_pages_stay_in_place_while_rows_come_and_go(furnished: Store) -> None:
    """A row that came since shows on no later page; one that went shifts nothing; past the end there is a way back."""
    async with furnished.writing() as tx:
        for n in range(1, 5):
            await tx.host_names.add(nouns.host_name(n))
        first = await tx.host_names.page(PageRequest(2))
        await tx.host_names.delete(host="api3.example.com")
        await tx.host_names.add(nouns.host_name(9))
        second = await tx.host_names.page(PageRequest(2, after=first.next))
        newer = await tx.host_names.page(PageRequest(2, before=first.next))
        for n in (1, 2):
            await tx.host_names.delete(host=f"api{n}.example.com")
        beyond = await tx.host_names.page(PageRequest(2, after=first.next))
        assert beyond.previous is not None
        back = await tx.host_names.page(PageRequest(2, before=beyond.previous))

    assert [each.host for each in second.items] == ["api2.example.com", "api1.example.com"]
    assert (second.next, second.previous is not None) == (None, True)
    assert [each.host for each in newer.items] == ["api9.example.com", "api4.example.com"]
    assert (beyond.items, beyond.next) == ((), None)
    assert [each.host for each in back.items] == ["api9.example.com", "api4.example.com"]


async def test_any_place_can_be_asked_for(furnished: Store) -> None:
    """A number of any size is a place; a page has one row at least and a thousand at most."""
    huge = 10**30
    async with furnished.reading() as tx:
        pages = [
            await tx.services.page(request)
            for request in (
                PageRequest(after=huge),
                PageRequest(after=-huge),
                PageRequest(before=-huge),
                PageRequest(before=huge),
                PageRequest(0),
                PageRequest(huge),
            )
        ]

    assert [len(page.items) for page in pages] == [1, 0, 1, 0, 1, 1]


async def test_positions_are_never_used_again(furnished: Store) -> None:
    """The newest row goes, another comes: who stands before the gap sees it as newer."""
    async with furnished.writing() as tx:
        await tx.host_names.add(nouns.host_name(1))
        await tx.host_names.add(nouns.host_name(2))
        page = await tx.host_names.page(PageRequest(1))
        assert page.next is not None
        await tx.host_names.delete(host="api2.example.com")
        await tx.host_names.add(nouns.host_name(3))
        newer = await tx.host_names.page(PageRequest(before=page.next))

    assert [each.host for each in newer.items] == ["api3.example.com"]


async def test_an_installation_is_founded_once(store: Store) -> None:
    """The second founder is told that there is nothing left to do."""
    cluster = Cluster("c1", b"sealed", MOMENT)
    async with store.writing() as tx:
        before = await tx.cluster()
        await tx.found(cluster)
    with pytest.raises(PlatformError) as refused:
        async with store.writing() as tx:
            await tx.found(Cluster("c2", b"other", LATER))
    async with store.reading() as tx:
        after = await tx.cluster()

    assert (before, after, refused.value.code) == (None, cluster, "conflict")


async def test_last_use_only_moves_forward(furnished: Store) -> None:
    """The latest time stands; a key that is gone meanwhile is nobody's error."""
    async with furnished.writing() as tx:
        await tx.api_keys.add(nouns.api_key(1))
        await tx.api_keys.add(nouns.api_key(2, last_used_at=LATER))
        await tx.touch_api_keys({})
        await tx.touch_api_keys({sid("SK", 1): MOMENT, sid("SK", 2): MOMENT, sid("SK", 99): MOMENT})
        times = [key.last_used_at for key in await tx.api_keys.all()]
        await tx.touch_api_keys({sid("SK", 1): LATER})
        later = await tx.api_keys.find(sid=sid("SK", 1))

    assert times == [MOMENT, LATER]
    assert later is not None
    assert later.last_used_at == LATER


async def test_a_large_build_is_kept_whole(furnished: Store) -> None:
    """Hundreds of versions, in their order."""
    functions = [nouns.function_version(n, digest=hashlib.sha256(b"").hexdigest()) for n in range(1000, 1300)]
    made = nouns.build(7, function_versions=tuple(each.sid for each in reversed(functions)))
    async with furnished.writing() as tx:
        for each in functions:
            await tx.function_versions.add(each)
        await tx.builds.add(made)
    async with furnished.reading() as tx:
        found = await tx.builds.find(sid=made.sid)

    assert found == made
