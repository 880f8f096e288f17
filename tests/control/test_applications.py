"""TwiML applications: Twilio's fields, defaults and bounds."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gettone.control.applications import ApplicationFields, Applications
from gettone.control.audit import Audit
from gettone.control.limits import Limits
from gettone.model.api_keys import ApiKeyType
from gettone.model.applications import Application
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.sids import APPLICATION
from gettone.model.users import Role
from tests.control.offices import (
    ACCOUNT_SID,
    OTHER_SID,
    STARTED_AT,
    Clock,
    add_account,
    holder,
    key,
    member,
    open_office,
)
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

WHOLE = ApplicationFields(
    friendly_name="Phone",
    api_version="2008-08-01",
    voice_url="https://example.com/voice?a=1",
    voice_method="GET",
    voice_fallback_url="http://example.com:8080/fallback",
    voice_fallback_method="get",
    status_callback="https://example.com/status",
    status_callback_method="GET",
    voice_caller_id_lookup=True,
    sms_url="https://example.com/sms",
    sms_method="GET",
    sms_fallback_url="https://example.com/sms-fallback",
    sms_fallback_method="GET",
    sms_status_callback="https://example.com/sms-status",
    message_status_callback="https://example.com/message",
    public_application_connect_enabled=True,
)


async def test_application_has_twilios_defaults() -> None:
    """No address, POST everywhere, the newest version."""
    async with open_office() as office:
        made = await Applications(office).create(holder(), account_sid=ACCOUNT_SID)

    assert APPLICATION.matches(made.sid)
    assert made == Application(
        sid=made.sid,
        account_sid=ACCOUNT_SID,
        friendly_name="",
        api_version="2010-04-01",
        voice_url=None,
        voice_method="POST",
        voice_fallback_url=None,
        voice_fallback_method="POST",
        status_callback=None,
        status_callback_method="POST",
        voice_caller_id_lookup=False,
        sms_url=None,
        sms_method="POST",
        sms_fallback_url=None,
        sms_fallback_method="POST",
        sms_status_callback=None,
        message_status_callback=None,
        public_application_connect_enabled=False,
        created_at=STARTED_AT,
        updated_at=STARTED_AT,
    )


async def test_every_field_is_kept() -> None:
    """And found again; methods in capitals."""
    async with open_office() as office:
        made = await Applications(office).create(holder(), account_sid=ACCOUNT_SID, fields=WHOLE)
        found = await Applications(office).get(holder(), account_sid=ACCOUNT_SID, sid=made.sid)

    assert found == made
    for name in ApplicationFields.__dataclass_fields__:
        given = getattr(WHOLE, name)
        assert getattr(found, name) == (given.upper() if name.endswith("_method") else given)


async def test_update_changes_what_is_given() -> None:
    """An empty address takes one away, an empty method is the default; the rest stays."""
    clock = Clock()
    async with open_office(clock=clock) as office:
        applications = Applications(office)
        made = await applications.create(holder(), account_sid=ACCOUNT_SID, fields=WHOLE)
        clock.move(minutes=1)
        nothing = await applications.update(
            holder(), account_sid=ACCOUNT_SID, sid=made.sid, fields=ApplicationFields(friendly_name="Phone")
        )
        some = ApplicationFields(voice_url="", sms_method="", voice_caller_id_lookup=False, friendly_name="")
        new = await applications.update(holder(), account_sid=ACCOUNT_SID, sid=made.sid, fields=some)
        found = await applications.get(holder(), account_sid=ACCOUNT_SID, sid=made.sid)

    assert nothing == made
    assert new == found
    assert new == replace(
        made,
        voice_url=None,
        sms_method="POST",
        voice_caller_id_lookup=False,
        friendly_name="",
        updated_at=STARTED_AT + timedelta(minutes=1),
    )


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        (ApplicationFields(friendly_name="x" * 65), "FriendlyName"),
        (ApplicationFields(friendly_name="a\x00"), "FriendlyName"),
        (ApplicationFields(api_version="2011"), "ApiVersion"),
        (ApplicationFields(api_version=""), "ApiVersion"),
        (ApplicationFields(voice_url="ftp://example.com/"), "VoiceUrl"),
        (ApplicationFields(voice_url="//example.com/"), "VoiceUrl"),
        (ApplicationFields(voice_url="javascript:alert(1)"), "VoiceUrl"),
        (ApplicationFields(voice_url="https:///path"), "VoiceUrl"),
        (ApplicationFields(voice_url="https://[::1/"), "VoiceUrl"),
        (ApplicationFields(voice_url="https://example.com:99999/"), "VoiceUrl"),
        (ApplicationFields(voice_url="https://exa mple.com/"), "VoiceUrl"),
        (ApplicationFields(voice_url="https://example.com/\n"), "VoiceUrl"),
        (ApplicationFields(voice_url="https://é.example/"), "VoiceUrl"),
        (ApplicationFields(voice_url="https://example.com/" + "x" * 1100), "VoiceUrl"),
        (ApplicationFields(voice_fallback_url="x"), "VoiceFallbackUrl"),
        (ApplicationFields(status_callback="x"), "StatusCallback"),
        (ApplicationFields(sms_url="x"), "SmsUrl"),
        (ApplicationFields(sms_fallback_url="x"), "SmsFallbackUrl"),
        (ApplicationFields(sms_status_callback="x"), "SmsStatusCallback"),
        (ApplicationFields(message_status_callback="x"), "MessageStatusCallback"),
        (ApplicationFields(voice_method="PUT"), "VoiceMethod"),
        (ApplicationFields(voice_fallback_method="x"), "VoiceFallbackMethod"),
        (ApplicationFields(status_callback_method="x"), "StatusCallbackMethod"),
        (ApplicationFields(sms_method="x"), "SmsMethod"),
        (ApplicationFields(sms_fallback_method="x"), "SmsFallbackMethod"),
    ],
)
async def test_wrong_field_is_named(fields: ApplicationFields, parameter: str) -> None:
    """As Twilio's clients write it."""
    async with open_office() as office:
        error = await refusal(Applications(office).create(holder(), account_sid=ACCOUNT_SID, fields=fields))

    assert (error.code, error.evidence["parameter"]) == ("invalid", parameter)
    assert parameter in error.message


async def test_list_can_be_of_one_name() -> None:
    """Exactly, and of this account alone."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        applications = Applications(office)
        for sid, name in [(ACCOUNT_SID, "a"), (ACCOUNT_SID, "A"), (ACCOUNT_SID, "a"), (OTHER_SID, "a")]:
            await applications.create(holder(sid), account_sid=sid, fields=ApplicationFields(friendly_name=name))
        everything = await applications.list(holder(), account_sid=ACCOUNT_SID, page=PageRequest())
        named = await applications.list(holder(), account_sid=ACCOUNT_SID, page=PageRequest(), friendly_name="a")

    assert [each.friendly_name for each in everything.items] == ["a", "A", "a"]
    assert [each.friendly_name for each in named.items] == ["a", "a"]


async def test_another_accounts_application_is_not_there() -> None:
    """For no verb; what is no SID is not there either."""
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        applications = Applications(office)
        theirs = await applications.create(holder(OTHER_SID), account_sid=OTHER_SID, fields=WHOLE)
        for account_sid, sid in [
            (ACCOUNT_SID, theirs.sid),
            (OTHER_SID, theirs.sid),
            (ACCOUNT_SID, "AP" + "0" * 32),
            (ACCOUNT_SID, "\x00"),
        ]:
            for trying in (
                applications.get(holder(), account_sid=account_sid, sid=sid),
                applications.update(holder(), account_sid=account_sid, sid=sid, fields=WHOLE),
                applications.delete(holder(), account_sid=account_sid, sid=sid),
            ):
                assert (await refusal(trying)).code == "not_found"
        for elsewhere in (
            applications.create(holder(), account_sid=OTHER_SID),
            applications.list(holder(), account_sid=OTHER_SID, page=PageRequest()),
        ):
            assert (await refusal(elsewhere)).code == "not_found"

        assert await applications.get(holder(OTHER_SID), account_sid=OTHER_SID, sid=theirs.sid) == theirs


async def test_viewers_look_and_invoking_keys_do_not() -> None:
    """Standard keys may do all of it."""
    async with open_office() as office:
        applications = Applications(office)
        made = await applications.create(key(ApiKeyType.STANDARD), account_sid=ACCOUNT_SID)
        await applications.get(member(Role.VIEWER), account_sid=ACCOUNT_SID, sid=made.sid)
        for trying in (
            applications.create(member(Role.VIEWER), account_sid=ACCOUNT_SID),
            applications.update(member(Role.VIEWER), account_sid=ACCOUNT_SID, sid=made.sid, fields=WHOLE),
            applications.delete(member(Role.VIEWER), account_sid=ACCOUNT_SID, sid=made.sid),
            applications.list(key(ApiKeyType.RESTRICTED, "invoke"), account_sid=ACCOUNT_SID, page=PageRequest()),
        ):
            assert (await refusal(trying)).code == "denied"


async def test_applications_are_bounded_also_when_made_at_once() -> None:
    """The last place is given once."""
    async with open_office(limits=Limits(applications_per_account=2)) as office:
        applications = Applications(office)
        done = await asyncio.gather(
            *(applications.create(holder(), account_sid=ACCOUNT_SID) for _ in range(4)), return_exceptions=True
        )

    assert sum(isinstance(each, PlatformError) for each in done) == 2


async def test_every_change_is_in_the_audit_log() -> None:
    """With its actor; a deletion tells the name."""
    async with open_office() as office:
        applications = Applications(office)
        made = await applications.create(holder(), account_sid=ACCOUNT_SID, fields=WHOLE)
        await applications.update(
            holder(), account_sid=ACCOUNT_SID, sid=made.sid, fields=ApplicationFields(friendly_name="b")
        )
        await applications.delete(holder(), account_sid=ACCOUNT_SID, sid=made.sid)
        told = await Audit(office).list(holder(), page=PageRequest())

    assert [(entry.action, entry.target, entry.detail) for entry in told.items] == [
        ("application.delete", made.sid, {"friendly_name": "b"}),
        ("application.update", made.sid, {"friendly_name": "b"}),
        ("application.create", made.sid, {"friendly_name": "Phone"}),
    ]
