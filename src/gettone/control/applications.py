"""TwiML applications: where a client's call or message goes. Rules are Twilio's; nothing published depends on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.control.texts import check_text, check_url
from gettone.model.accounts import FRIENDLY_NAME_CHARACTERS_MAX
from gettone.model.applications import Application
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import APPLICATION, AccountSid
from gettone.store.interface import Transaction

API_VERSIONS = ("2010-04-01", "2008-08-01")
METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class ApplicationFields:
    """What is set; None is left as it is. An empty address takes one away, an empty method is the default."""

    friendly_name: str | None = None
    api_version: str | None = None
    voice_url: str | None = None
    voice_method: str | None = None
    voice_fallback_url: str | None = None
    voice_fallback_method: str | None = None
    status_callback: str | None = None
    status_callback_method: str | None = None
    voice_caller_id_lookup: bool | None = None
    sms_url: str | None = None
    sms_method: str | None = None
    sms_fallback_url: str | None = None
    sms_fallback_method: str | None = None
    sms_status_callback: str | None = None
    message_status_callback: str | None = None
    public_application_connect_enabled: bool | None = None


_NOTHING = ApplicationFields()


class Applications:
    """The TwiML applications of an account."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(
        self, principal: Principal, *, account_sid: str, fields: ApplicationFields = _NOTHING
    ) -> Application:
        """Make an application. Raises PlatformError `invalid` that names the parameter."""
        office = self._office
        access.require(principal, Permission.APPLICATIONS_WRITE)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            application = make_application(office, acting.account_sid, fields)
            most = office.limits.applications_per_account
            if await tx.applications.count(account_sid=acting.account_sid) >= most:
                raise PlatformError("invalid", f"an account has at most {most} applications: delete one")
            await tx.applications.add(application)
            name = application.friendly_name
            await audit.record(tx, acting, office.clock, "application.create", application.sid, friendly_name=name)
        return application

    async def get(self, principal: Principal, *, account_sid: str, sid: str) -> Application:
        """One application."""
        access.require(principal, Permission.APPLICATIONS_READ)
        async with self._office.store.reading() as tx:
            return await _get(tx, await access.enter(tx, principal, account_sid), sid)

    async def list(
        self, principal: Principal, *, account_sid: str, page: PageRequest, friendly_name: str | None = None
    ) -> Page[Application]:
        """The account's applications; those of exactly this name, if one is given."""
        access.require(principal, Permission.APPLICATIONS_READ)
        async with self._office.store.reading() as tx:
            acting = await access.enter(tx, principal, account_sid)
            if friendly_name is None:
                return await tx.applications.page(page, account_sid=acting.account_sid)
            check_text("FriendlyName", friendly_name, FRIENDLY_NAME_CHARACTERS_MAX)
            return await tx.applications.page(page, account_sid=acting.account_sid, friendly_name=friendly_name)

    async def update(
        self, principal: Principal, *, account_sid: str, sid: str, fields: ApplicationFields
    ) -> Application:
        """Change what is given."""
        office = self._office
        access.require(principal, Permission.APPLICATIONS_WRITE)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            old = await _get(tx, acting, sid)
            new = _changed(old, fields)
            if new == old:
                return old
            new = replace(new, updated_at=office.clock())
            await tx.applications.update(new)
            name = new.friendly_name
            await audit.record(tx, acting, office.clock, "application.update", new.sid, friendly_name=name)
        return new

    async def delete(self, principal: Principal, *, account_sid: str, sid: str) -> None:
        """Delete an application."""
        office = self._office
        access.require(principal, Permission.APPLICATIONS_WRITE)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            old = await _get(tx, acting, sid)
            await tx.applications.delete(sid=old.sid)
            name = old.friendly_name
            await audit.record(tx, acting, office.clock, "application.delete", old.sid, friendly_name=name)


async def _get(tx: Transaction, acting: Principal, sid: str) -> Application:
    found = None
    if APPLICATION.matches(sid):
        found = await tx.applications.find(sid=sid, account_sid=acting.account_sid)
    if found is None:
        raise access.not_found(f"/Accounts/{acting.account_sid}/Applications/{sid}")
    return found


def make_application(office: Office, account_sid: AccountSid, fields: ApplicationFields) -> Application:
    """A new application as it is kept. Raises PlatformError `invalid` that names the parameter."""
    now = office.clock()
    blank = Application(
        sid=APPLICATION.make(office.randomness),
        account_sid=account_sid,
        friendly_name="",
        api_version=API_VERSIONS[0],
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
        created_at=now,
        updated_at=now,
    )
    return _changed(blank, fields)


def _changed(old: Application, given: ApplicationFields) -> Application:
    lookup, connect = given.voice_caller_id_lookup, given.public_application_connect_enabled
    return replace(
        old,
        friendly_name=_name(given.friendly_name, old.friendly_name),
        api_version=_one_of("ApiVersion", API_VERSIONS, given.api_version, old.api_version),
        voice_url=_url("VoiceUrl", given.voice_url, old.voice_url),
        voice_method=_method("VoiceMethod", given.voice_method, old.voice_method),
        voice_fallback_url=_url("VoiceFallbackUrl", given.voice_fallback_url, old.voice_fallback_url),
        voice_fallback_method=_method("VoiceFallbackMethod", given.voice_fallback_method, old.voice_fallback_method),
        status_callback=_url("StatusCallback", given.status_callback, old.status_callback),
        status_callback_method=_method(
            "StatusCallbackMethod", given.status_callback_method, old.status_callback_method
        ),
        voice_caller_id_lookup=old.voice_caller_id_lookup if lookup is None else lookup,
        sms_url=_url("SmsUrl", given.sms_url, old.sms_url),
        sms_method=_method("SmsMethod", given.sms_method, old.sms_method),
        sms_fallback_url=_url("SmsFallbackUrl", given.sms_fallback_url, old.sms_fallback_url),
        sms_fallback_method=_method("SmsFallbackMethod", given.sms_fallback_method, old.sms_fallback_method),
        sms_status_callback=_url("SmsStatusCallback", given.sms_status_callback, old.sms_status_callback),
        message_status_callback=_url(
            "MessageStatusCallback", given.message_status_callback, old.message_status_callback
        ),
        public_application_connect_enabled=old.public_application_connect_enabled if connect is None else connect,
    )


def _name(given: str | None, old: str) -> str:
    return old if given is None else check_text("FriendlyName", given, FRIENDLY_NAME_CHARACTERS_MAX)


def _url(parameter: str, given: str | None, old: str | None) -> str | None:
    if given is None:
        return old
    return check_url(parameter, given) if given else None


def _method(parameter: str, given: str | None, old: str) -> str:
    return _one_of(parameter, METHODS, "POST" if given == "" else given and given.upper(), old)


def _one_of(parameter: str, known: tuple[str, ...], given: str | None, old: str) -> str:
    if given is None:
        return old
    if given not in known:
        raise PlatformError("invalid", f"{parameter} must be {' or '.join(known)}", parameter=parameter)
    return given
