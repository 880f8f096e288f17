"""Accounts, keys and TwiML applications as JSON: every key that Twilio's have, and no other. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gettone.api.calls import Call
from gettone.api.dates import iso8601, rfc2822
from gettone.api.fields import sid_of
from gettone.api.pages import ClassicPage, Meta
from gettone.api.shapes_services import Ac, Iso, Shape
from gettone.control.api_keys import NewApiKey
from gettone.model.accounts import Account
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.applications import Application

Sk = Annotated[str, sid_of("SK")]
Ap = Annotated[str, sid_of("AP")]
Rfc = Annotated[
    str,
    Field(
        pattern=r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$",
        examples=["Thu, 30 Jul 2015 20:00:00 +0000"],
    ),
]
Verb = Literal["GET", "POST"]
CLASSIC = "/2010-04-01/Accounts"


class KeyShape(Shape):
    """A key, without its secret."""

    sid: Sk
    friendly_name: str
    date_created: Rfc
    date_updated: Rfc


class NewKeyShape(KeyShape):
    """A key that was just made: its secret is told this once."""

    secret: str = Field(repr=False)


class KeyPage(ClassicPage):
    """A page of keys."""

    keys: list[KeyShape]


class SigningKeyPage(ClassicPage):
    """A page of keys, under the older name."""

    signing_keys: list[KeyShape]


class IamKeyShape(KeyShape):
    """A key in a list, and what it is good for."""

    flags: list[Literal["rest_api", "signing"]]


class IamKeyPage(Shape):
    """A page of keys."""

    keys: list[IamKeyShape]
    meta: Meta


class Policy(Shape):
    """What a restricted key may do."""

    allow: list[str]


class IamKeyDetail(KeyShape):
    """A key and its policy; null where its type alone says what it may do."""

    policy: Policy | None


class NewIamKeyShape(IamKeyDetail):
    """A key that was just made: its secret is told this once."""

    secret: str = Field(repr=False)


class ApplicationShape(Shape):
    """A TwiML application."""

    account_sid: Ac
    api_version: str
    date_created: Rfc
    date_updated: Rfc
    friendly_name: str
    message_status_callback: str | None
    sid: Ap
    sms_fallback_method: Verb
    sms_fallback_url: str | None
    sms_method: Verb
    sms_status_callback: str | None
    sms_url: str | None
    status_callback: str | None
    status_callback_method: Verb
    uri: str
    voice_caller_id_lookup: bool
    voice_fallback_method: Verb
    voice_fallback_url: str | None
    voice_method: Verb
    voice_url: str | None
    public_application_connect_enabled: bool


class ApplicationPage(ClassicPage):
    """A page of TwiML applications."""

    applications: list[ApplicationShape]


# Each is a path below the account. Most lead to what is not here; clients read them, and do not follow.
_SUBRESOURCES = (
    ("available_phone_numbers", "AvailablePhoneNumbers"),
    ("calls", "Calls"),
    ("conferences", "Conferences"),
    ("incoming_phone_numbers", "IncomingPhoneNumbers"),
    ("notifications", "Notifications"),
    ("outgoing_caller_ids", "OutgoingCallerIds"),
    ("recordings", "Recordings"),
    ("transcriptions", "Transcriptions"),
    ("addresses", "Addresses"),
    ("signing_keys", "SigningKeys"),
    ("connect_apps", "ConnectApps"),
    ("sip", "SIP"),
    ("authorized_connect_apps", "AuthorizedConnectApps"),
    ("usage", "Usage"),
    ("keys", "Keys"),
    ("applications", "Applications"),
    ("short_codes", "SMS/ShortCodes"),
    ("queues", "Queues"),
    ("messages", "Messages"),
    ("balance", "Balance"),
)


class AccountShape(Shape):
    """An account. `auth_token` is null for those who may not see it."""

    auth_token: str | None = Field(repr=False)
    date_created: Rfc
    date_updated: Rfc
    friendly_name: str
    owner_account_sid: Ac
    sid: Ac
    status: Literal["active", "suspended", "closed"]
    subresource_uris: dict[str, str]
    type: Literal["Trial", "Full"]
    uri: str


class AccountPage(ClassicPage):
    """A page of accounts."""

    accounts: list[AccountShape]


class SecondaryTokenShape(Shape):
    """A second auth token that was just made: it is told this once."""

    account_sid: Ac
    date_created: Iso
    date_updated: Iso
    secondary_auth_token: str = Field(repr=False)
    url: str


class PromotedTokenShape(Shape):
    """The auth token that is the first one now."""

    account_sid: Ac
    auth_token: str = Field(repr=False)
    date_created: Iso
    date_updated: Iso
    url: str


def show_key(key: ApiKey) -> KeyShape:
    """A key as JSON."""
    return KeyShape(
        sid=key.sid,
        friendly_name=key.friendly_name,
        date_created=rfc2822(key.created_at),
        date_updated=rfc2822(key.updated_at),
    )


def show_new_key(new: NewApiKey) -> NewKeyShape:
    """A key and its secret as JSON."""
    return NewKeyShape(**show_key(new.key).model_dump(), secret=new.secret)


def show_iam_key(key: ApiKey) -> IamKeyShape:
    """A key of a list as JSON. Restricted keys sign no tokens."""
    restricted = key.type is ApiKeyType.RESTRICTED
    return IamKeyShape(**show_key(key).model_dump(), flags=["rest_api"] if restricted else ["rest_api", "signing"])


def show_iam_detail(key: ApiKey) -> IamKeyDetail:
    """A key and its policy as JSON."""
    return IamKeyDetail(**show_key(key).model_dump(), policy=_policy(key))


def show_new_iam_key(new: NewApiKey) -> NewIamKeyShape:
    """A key, its policy and its secret as JSON."""
    return NewIamKeyShape(**show_key(new.key).model_dump(), policy=_policy(new.key), secret=new.secret)


def _policy(key: ApiKey) -> Policy | None:
    return None if key.policy is None else Policy(allow=list(key.policy))


def show_application(application: Application) -> ApplicationShape:
    """A TwiML application as JSON."""
    return ApplicationShape(
        account_sid=application.account_sid,
        api_version=application.api_version,
        date_created=rfc2822(application.created_at),
        date_updated=rfc2822(application.updated_at),
        friendly_name=application.friendly_name,
        message_status_callback=application.message_status_callback,
        sid=application.sid,
        sms_fallback_method=_verb(application.sms_fallback_method),
        sms_fallback_url=application.sms_fallback_url,
        sms_method=_verb(application.sms_method),
        sms_status_callback=application.sms_status_callback,
        sms_url=application.sms_url,
        status_callback=application.status_callback,
        status_callback_method=_verb(application.status_callback_method),
        uri=f"{CLASSIC}/{application.account_sid}/Applications/{application.sid}.json",
        voice_caller_id_lookup=application.voice_caller_id_lookup,
        voice_fallback_method=_verb(application.voice_fallback_method),
        voice_fallback_url=application.voice_fallback_url,
        voice_method=_verb(application.voice_method),
        voice_url=application.voice_url,
        public_application_connect_enabled=application.public_application_connect_enabled,
    )


def _verb(method: str) -> Verb:
    return "GET" if method == "GET" else "POST"


def show_account(account: Account, auth_token: str | None) -> AccountShape:
    """An account as JSON, with its token for those who may see it."""
    uri = f"{CLASSIC}/{account.sid}"
    return AccountShape(
        auth_token=auth_token,
        date_created=rfc2822(account.created_at),
        date_updated=rfc2822(account.updated_at),
        friendly_name=account.friendly_name,
        owner_account_sid=account.owner_account_sid,
        sid=account.sid,
        status=account.status.value,
        subresource_uris={name: f"{uri}/{path}.json" for name, path in _SUBRESOURCES},
        type="Full",
        uri=f"{uri}.json",
    )


def show_secondary_token(call: Call, account: Account, token: str) -> SecondaryTokenShape:
    """A second auth token as JSON."""
    return SecondaryTokenShape(
        account_sid=account.sid,
        date_created=iso8601(account.updated_at),
        date_updated=iso8601(account.updated_at),
        secondary_auth_token=token,
        url=call.url("AuthTokens", "Secondary", product="accounts"),
    )


def show_promoted_token(call: Call, account: Account, token: str) -> PromotedTokenShape:
    """The auth token that was promoted as JSON."""
    return PromotedTokenShape(
        account_sid=account.sid,
        auth_token=token,
        date_created=iso8601(account.created_at),
        date_updated=iso8601(account.updated_at),
        url=call.url("AuthTokens", "Promote", product="accounts"),
    )
