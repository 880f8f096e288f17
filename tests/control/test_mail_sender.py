"""Letters over SMTP, to a real mail server on loopback."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from gettone.control import mail_sender
from gettone.control.mail_sender import MailSender, SmtpAccount, SmtpTls
from gettone.control.senders import Parcel, SendingFailed
from gettone.model.errors import PlatformError
from tests.control.offices import STARTED_AT
from tests.control.post_offices import MailServer, closed_port, mail_server
from tests.journeys.official_clients.certificates import make_certificates

pytestmark = pytest.mark.anyio

SENDER = "Gettone <gettone@example.com>"
TEXT = "リンク: https://console.example.com/link#" + "s" * 43 + "\n"
PARCEL = Parcel("0" * 32, "ada@example.com", "メールアドレスの確認", TEXT, STARTED_AT)


def sender_to(server: MailServer, *, tls_context: ssl.SSLContext | None = None, **changes: object) -> MailSender:
    """A sender to a server, without TLS unless it says so."""
    account = {"host": "127.0.0.1", "sender": SENDER, "port": server.port, "tls": SmtpTls.OFF} | changes
    return MailSender(SmtpAccount(**account), tls_context=tls_context)  # type: ignore[arg-type]


async def failure(sender: MailSender, parcel: Parcel = PARCEL) -> SendingFailed:
    """Why it was not sent."""
    with pytest.raises(SendingFailed) as failed:
        await sender.send(parcel)
    return failed.value


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server shows, and whom a sender trusts."""
    made = make_certificates(tmp_path, ["localhost"], "127.0.0.1")
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(made.certificate, made.key)
    return shown, ssl.create_default_context(cafile=str(made.authority))


async def test_letter_arrives_as_it_was_written() -> None:
    """Whatever its script; a machine sent it, and it is the same letter each time."""
    async with mail_server() as server:
        for _ in range(2):
            await sender_to(server).send(PARCEL)
        first, second = server.letters

    assert server.envelopes[0].mail_from == "gettone@example.com"
    assert server.envelopes[0].rcpt_tos == ["ada@example.com"]
    assert (first["From"], first["To"], first["Subject"]) == (SENDER, PARCEL.recipient, PARCEL.subject)
    assert first["Date"].datetime == STARTED_AT
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == second["Message-ID"] == f"<{PARCEL.id}@example.com>"
    assert first.get_content().replace("\r\n", "\n") == TEXT


@pytest.mark.parametrize("tls", [SmtpTls.STARTTLS, SmtpTls.TLS])
async def test_password_travels_within_tls(tls: SmtpTls, certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """From within a connection, and from its start."""
    shown, trusted = certificates
    async with mail_server(tls_context=shown, implicit_tls=tls is SmtpTls.TLS, with_password=True) as server:
        sender = sender_to(server, tls=tls, username=server.username, password=server.password, tls_context=trusted)
        await sender.send(PARCEL)

    assert [session.ssl is not None or tls is SmtpTls.TLS for session in server.sessions] == [True]
    assert [session.authenticated for session in server.sessions] == [True]


async def test_certificate_that_nobody_trusts_ends_it(
    certificates: tuple[ssl.SSLContext, ssl.SSLContext], caplog: pytest.LogCaptureFixture
) -> None:
    """Before a password is sent; it is worth another try, once it was mended."""
    caplog.set_level("CRITICAL")  # the server's own complaint
    shown, _ = certificates
    async with mail_server(tls_context=shown, with_password=True) as server:
        failed = await failure(
            sender_to(server, tls=SmtpTls.STARTTLS, username=server.username, password=server.password)
        )

    assert not failed.is_final
    assert server.letters == []


async def test_server_without_starttls_gets_nothing() -> None:
    """What asks for TLS does without a letter rather than without TLS."""
    async with mail_server() as server:
        failed = await failure(sender_to(server, tls=SmtpTls.STARTTLS))

    assert not failed.is_final
    assert server.letters == []


async def test_wrong_password_is_worth_another_try(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The operator mends it, and the letters go."""
    shown, trusted = certificates
    async with mail_server(tls_context=shown, with_password=True) as server:
        failed = await failure(
            sender_to(server, tls=SmtpTls.STARTTLS, username=server.username, password="no", tls_context=trusted)
        )

    assert (failed.is_final, failed.reason) == (False, "the mail server refused our user name or password (535)")


@pytest.mark.parametrize(
    ("answers", "reason", "is_final"),
    [
        ({"recipient_answer": "550 no such user"}, "the mail server refused it (550)", True),
        ({"recipient_answer": "450 try later"}, "the mail server refused it (450)", False),
        ({"data_answer": f"554 looks like spam: {TEXT[-44:-1]}"}, "the mail server refused it (554)", True),
        ({"data_answer": "421 too busy"}, "the mail server refused it (421)", False),
    ],
)
async def test_refusal_is_told_by_its_number(answers: dict[str, str], reason: str, is_final: bool) -> None:
    """Its words might repeat the letter's."""
    async with mail_server() as server:
        for name, answer in answers.items():
            setattr(server, name, answer)
        failed = await failure(sender_to(server))

    assert (failed.reason, failed.is_final) == (reason, is_final)


async def test_server_that_is_away_is_tried_again() -> None:
    """Nobody listens."""
    failed = await failure(sender_to(MailServer(port=await closed_port())))

    assert not failed.is_final


async def test_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """In time."""
    monkeypatch.setattr(mail_sender, "SEND_SECONDS", 0.05)
    held = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    failed = await failure(sender_to(MailServer(port=server.sockets[0].getsockname()[1])))
    held.set()
    server.close()
    await server.wait_closed()

    assert not failed.is_final


@pytest.mark.parametrize("recipient", ["ada@example.com\nBcc: eve@example.com", "a@b\r\n\r\ntext"])
async def test_address_brings_no_headers_along(recipient: str) -> None:
    """It cannot be written to, ever."""
    async with mail_server() as server:
        failed = await failure(sender_to(server), Parcel("0" * 32, recipient, "Subject", "text", STARTED_AT))

    assert failed.is_final
    assert server.letters == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sender": "Gettone"}, "GETTONE_SMTP_FROM"),
        ({"sender": "a@b\nBcc: c@d"}, "GETTONE_SMTP_FROM"),
        ({"host": "mail.example.com", "tls": SmtpTls.OFF, "username": "u", "password": "p"}, "GETTONE_SMTP_TLS"),
        ({"username": "u"}, "GETTONE_SMTP_PASSWORD_FILE"),
    ],
)
def test_account_that_can_be_none_is_refused(changes: dict[str, object], words: str) -> None:
    """With the setting to mend."""
    with pytest.raises(PlatformError, match=words):
        sender_to(MailServer(), **changes)  # type: ignore[arg-type]


def test_password_shows_nowhere() -> None:
    """Not in a repr."""
    assert "s3cret" not in repr(SmtpAccount("host", SENDER, username="u", password="s3cret"))
