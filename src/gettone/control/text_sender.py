"""Short messages over HTTP: to a webhook of the operator's, or through a Twilio account. Must not know the outbox.

No redirect is followed, and no more of an answer is read than tells whether the message was taken.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx2
import msgspec

from gettone.control.senders import SEND_SECONDS, Parcel, SendingFailed
from gettone.control.texts import check_url
from gettone.model.errors import PlatformError
from gettone.model.sids import ACCOUNT

SIGNATURE = "X-Gettone-Signature"
TWILIO_URL = "https://api.twilio.com"
ANSWER_BYTES_MAX = 16_384
# What is worth another try: too many at once, and a server that has trouble.
_LATER = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where short messages are posted to as JSON. With a secret, the body is signed with it."""

    url: str = field(repr=False)  # secrets stand in such addresses
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account that sends. `sender` is a number of its own, or the SID of a messaging service."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    api_url: str = TWILIO_URL


class _Refusal(msgspec.Struct):
    """What is read of an error of Twilio's."""

    code: int


class WebhookSender:
    """Posts `{"id", "to", "body"}`. Any 2xx means that it was taken.

    `X-Gettone-Signature` is `sha256=` and the HMAC-SHA256 of the body in hex.
    """

    def __init__(self, webhook: Webhook) -> None:
        check_url("GETTONE_SMS_WEBHOOK_URL", webhook.url)
        self._webhook = webhook

    async def send(self, parcel: Parcel) -> None:
        """Hand a message to the webhook. Raises SendingFailed."""
        body = msgspec.json.encode({"id": parcel.id, "to": parcel.recipient, "body": parcel.text})
        headers = {"Content-Type": "application/json"}
        if self._webhook.secret is not None:
            headers[SIGNATURE] = "sha256=" + hmac.new(self._webhook.secret.encode(), body, "sha256").hexdigest()
        status, _ = await _post("the webhook", self._webhook.url, content=body, headers=headers)
        if not 200 <= status < 300:
            raise _refused("the webhook", str(status), status)


class TwilioSender:
    """Sends through Twilio's Messages API."""

    def __init__(self, account: TwilioAccount) -> None:
        ACCOUNT.check(account.account_sid)
        check_url("GETTONE_SMS_API_URL", account.api_url)
        if not account.sender:
            raise PlatformError(
                "invalid",
                "GETTONE_SMS_FROM is missing: set it to a number of the account, or a messaging service's SID",
            )
        self._account = account

    async def send(self, parcel: Parcel) -> None:
        """Hand a message to Twilio. Raises SendingFailed."""
        account = self._account
        sender = "MessagingServiceSid" if account.sender.startswith("MG") else "From"
        status, answer = await _post(
            "Twilio",
            f"{account.api_url.rstrip('/')}/2010-04-01/Accounts/{quote(account.account_sid)}/Messages.json",
            data={"To": parcel.recipient, sender: account.sender, "Body": parcel.text},
            auth=(account.account_sid, account.auth_token),
        )
        if not 200 <= status < 300:
            raise _refused("Twilio", f"{status}, error {_twilio_code(answer)}", status)


async def _post(
    whom: str,
    url: str,
    *,
    content: bytes | None = None,
    data: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> tuple[int, bytes]:
    """Post once. The status, and the beginning of the answer. Raises SendingFailed."""
    try:
        async with (
            asyncio.timeout(SEND_SECONDS),
            httpx2.AsyncClient(timeout=SEND_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=content, data=data, headers=headers, auth=auth) as response,
        ):
            answer = b""
            async for piece in response.aiter_bytes():
                answer += piece
                if len(answer) > ANSWER_BYTES_MAX:
                    break
            return response.status_code, answer[:ANSWER_BYTES_MAX]
    except TimeoutError:
        raise SendingFailed(f"{whom} did not answer in time") from None
    except httpx2.HTTPError as error:
        raise SendingFailed(f"{whom} cannot be reached ({type(error).__name__})") from None


def _refused(whom: str, told: str, status: int) -> SendingFailed:
    # Credentials can be mended while a message waits.
    is_final = 400 <= status < 500 and status not in (*_LATER, 401, 403)
    return SendingFailed(f"{whom} refused it ({told})", is_final=is_final)


def _twilio_code(answer: bytes) -> str:
    try:
        return str(msgspec.json.decode(answer, type=_Refusal).code)
    except (msgspec.DecodeError, RecursionError):
        return "unknown"
