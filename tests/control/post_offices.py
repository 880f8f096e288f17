"""Servers that letters are handed to, on loopback, for tests: a mail server, and one that short messages are posted to.

Must not know who sends.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class MailServer:
    """What was delivered. `recipient_answer` and `data_answer` are what it says instead of taking a letter."""

    username: str = "gettone"
    password: str = "a mail server's password"
    recipient_answer: str = ""
    data_answer: str = ""
    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    @property
    def letters(self) -> list[EmailMessage]:
        """The letters that were taken."""
        found = []
        for envelope in self.envelopes:
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            found.append(message)
        return found

    async def handle_RCPT(  # noqa: N802 the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        if not self.recipient_answer:
            envelope.rcpt_tos.append(address)
        return self.recipient_answer or "250 OK"

    async def handle_DATA(  # noqa: N802 the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a letter."""
        if not self.data_answer:
            self.envelopes.append(envelope)
            self.sessions.append(session)
        return self.data_answer or "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Let in who has the password."""
        login, password = getattr(data, "login", b""), getattr(data, "password", b"")
        held = (login, password) == (self.username.encode(), self.password.encode())
        return AuthResult(success=held, handled=held, auth_data=self.username)


@asynccontextmanager
async def mail_server(
    *, tls_context: ssl.SSLContext | None = None, implicit_tls: bool = False, with_password: bool = False
) -> AsyncIterator[MailServer]:
    """A mail server; with STARTTLS where there is a context, or TLS from the start."""
    handler = MailServer()
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def connected() -> SMTP:
        protocol = SMTP(
            handler,
            hostname="localhost",
            loop=loop,
            tls_context=None if implicit_tls else tls_context,
            require_starttls=tls_context is not None and not implicit_tls,
            auth_required=with_password and not implicit_tls,
            auth_require_tls=with_password and not implicit_tls,
            authenticator=handler.authenticate if with_password else None,
        )
        protocols.append(protocol)
        return protocol

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=tls_context if implicit_tls else None)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        server.close()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.close()
        await server.wait_closed()


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebServer:
    """What was posted. `answer` is what everybody is told, byte by byte; None: nothing, for ever."""

    answer: bytes | None = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}"
    url: str = ""
    posted: list[Posted] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-1])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.posted.append(Posted(head[0], headers, body))
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def web_server() -> AsyncIterator[WebServer]:
    """A web server."""
    handler = WebServer()
    server = await asyncio.start_server(handler.serve, "127.0.0.1", 0)
    handler.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield handler
    finally:
        server.close()
        await server.wait_closed()


async def closed_port() -> int:
    """A port of loopback where nobody listens."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
