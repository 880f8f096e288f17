"""Hears a request out before its answer goes: an answer in the middle of a body reaches a caller as a reset.

A server that answers early, and closes, leaves bytes unread; the kernel then resets the connection, and the answer may
be lost with it (RFC 9112, section 9.6). Must not know what is asked nor what is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEARD_BYTES_MAX: Final = 4 << 20
HEARD_SECONDS: Final = 5.0


def hear_out(app: ASGIApp) -> ASGIApp:
    """An application whose answers wait for the rest of the body, within bounds."""

    async def heard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _will_send_body(scope):
            await app(scope, receive, send)
            return
        is_whole = False

        async def receive_on() -> Message:
            nonlocal is_whole
            message = await receive()
            is_whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
            return message

        async def send_on(message: Message) -> None:
            nonlocal is_whole
            if not is_whole:
                is_whole = True
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HEARD_SECONDS):
                        await _drop(receive)
            await send(message)

        await app(scope, receive_on, send_on)

    return heard


def _will_send_body(scope: Scope) -> bool:
    """Whether there is a body to hear out. One that is too long for it, and waits for a word, is not asked for."""
    names = dict(scope["headers"])
    length = names.get(b"content-length", b"0")
    if b"expect" in names and length.isdigit() and int(length[:20]) > HEARD_BYTES_MAX:
        return False
    return b"transfer-encoding" in names or length != b"0"


async def _drop(receive: Receive) -> None:
    dropped = 0
    while dropped < HEARD_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
        dropped += len(message.get("body", b""))
