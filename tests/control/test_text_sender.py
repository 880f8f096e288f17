"""Short messages over HTTP, to a real server on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs

import pytest

from gettone.control import text_sender
from gettone.control.senders import Parcel, Sender, SendingFailed
from gettone.control.text_sender import (
    ANSWER_BYTES_MAX,
    TwilioAccount,
    TwilioSender,
    Webhook,
    WebhookSender,
)
from gettone.model.errors import PlatformError
from tests.control.offices import ACCOUNT_SID, STARTED_AT
from tests.control.post_offices import closed_port, web_server

pytestmark = pytest.mark.anyio

NUMBER = "+81312345678"
TEXT = "123456 が Gettone の確認コードです。"
PARCEL = Parcel("0" * 32, NUMBER, "Code", TEXT, STARTED_AT)
TOKEN = "t" * 32


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def failure(sender: Sender) -> SendingFailed:
    """Why it was not sent."""
    with pytest.raises(SendingFailed) as failed:
        await sender.send(PARCEL)
    return failed.value


def twilio(url: str, sender: str = "+15550100") -> TwilioSender:
    """Twilio, at another address."""
    return TwilioSender(TwilioAccount(ACCOUNT_SID, TOKEN, sender, url))


async def test_webhook_gets_the_message_signed() -> None:
    """As JSON; the signature is over what was posted."""
    async with web_server() as server:
        await WebhookSender(Webhook(f"{server.url}/hook?key=1", "s3cret")).send(PARCEL)
        await WebhookSender(Webhook(f"{server.url}/hook")).send(PARCEL)
        signed, plain = server.posted

    expected = "sha256=" + hmac.new(b"s3cret", signed.body, hashlib.sha256).hexdigest()
    assert signed.line == "POST /hook?key=1 HTTP/1.1"
    assert json.loads(signed.body) == {"id": PARCEL.id, "to": NUMBER, "body": TEXT}
    assert (signed.headers["content-type"], signed.headers["x-gettone-signature"]) == ("application/json", expected)
    assert "x-gettone-signature" not in plain.headers


@pytest.mark.parametrize(("sender", "field"), [("+15550100", "From"), ("MG" + "c" * 32, "MessagingServiceSid")])
async def test_twilio_gets_the_message_of_an_account(sender: str, field: str) -> None:
    """As its Messages API takes it, under the account's own name."""
    async with web_server() as server:
        await twilio(server.url, sender).send(PARCEL)
        posted = server.posted[0]

    credentials = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    assert posted.line == f"POST /2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json HTTP/1.1"
    assert posted.headers["authorization"] == f"Basic {credentials}"
    assert parse_qs(posted.body.decode()) == {"To": [NUMBER], field: [sender], "Body": [TEXT]}


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        ("400 Bad Request", True),
        ("401 Unauthorized", False),
        ("403 Forbidden", False),
        ("404 Not Found", True),
        ("429 Too Many Requests", False),
        ("500 Internal Server Error", False),
        ("302 Found", False),
    ],
)
async def test_refusal_is_told_by_its_number(status: str, is_final: bool) -> None:
    """What the operator can mend, and what passes, is tried again."""
    async with web_server() as server:
        server.answer = answer(status, b'{"code": 21211, "message": "no"}', "location: http://127.0.0.1:1/")
        hook, sms = await failure(WebhookSender(Webhook(server.url))), await failure(twilio(server.url))
        requests = len(server.posted)

    assert (hook.reason, hook.is_final) == (f"the webhook refused it ({status[:3]})", is_final)
    assert (sms.reason, sms.is_final) == (f"Twilio refused it ({status[:3]}, error 21211)", is_final)
    assert requests == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code": "x"}', b"[" * 10_000])
async def test_answer_that_is_no_error_of_twilios_is_one_without_a_number(body: bytes) -> None:
    """Whatever stands between us and Twilio."""
    async with web_server() as server:
        server.answer = answer("503 Unavailable", body)

        assert (await failure(twilio(server.url))).reason == "Twilio refused it (503, error unknown)"


async def test_long_answer_is_not_read_to_its_end() -> None:
    """A status is all that is needed."""
    async with web_server() as server:
        server.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n" + b"x" * (ANSWER_BYTES_MAX + 1)

        await WebhookSender(Webhook(server.url)).send(PARCEL)


async def test_server_that_is_away_or_says_nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """In time."""
    monkeypatch.setattr(text_sender, "SEND_SECONDS", 0.2)
    async with web_server() as server:
        server.answer = None
        silent = await failure(WebhookSender(Webhook(server.url)))
        server.answer = b"nonsense\r\n\r\n"
        odd = await failure(WebhookSender(Webhook(server.url)))
    away = await failure(WebhookSender(Webhook(f"http://127.0.0.1:{await closed_port()}")))

    assert [each.is_final for each in (silent, odd, away)] == [False, False, False]


async def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the code, nor the token; nor in a reason or a repr."""
    caplog.set_level("INFO")
    async with web_server() as server:
        server.answer = answer("400 Bad Request", TEXT.encode())
        failed = await failure(twilio(server.url))
        hook = Webhook(f"{server.url}/hook?key=k3y", "s3cret")
    shown = f"{failed!r} {caplog.text} {hook!r} {TwilioAccount(ACCOUNT_SID, TOKEN, NUMBER)!r} {PARCEL!r}"

    for secret in (TOKEN, TEXT, "k3y", "s3cret"):
        assert secret not in shown


def test_account_that_can_be_none_is_refused() -> None:
    """With the setting to mend, where it is one."""
    with pytest.raises(PlatformError, match="GETTONE_SMS_WEBHOOK_URL"):
        WebhookSender(Webhook("ftp://example.com"))
    with pytest.raises(PlatformError, match="GETTONE_SMS_FROM"):
        twilio("https://api.twilio.com", "")
    with pytest.raises(PlatformError):
        TwilioSender(TwilioAccount("SK" + "a" * 32, TOKEN, NUMBER))
