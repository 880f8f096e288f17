"""Runs one program to its end and hands on what it prints, line by line. Must not know what it is or what for.

It is a nursery's child: it, and all that it starts, ends with it, with whoever waits for it, and with Gettone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery, Process

LINE_CHARACTERS_MAX = 1000
END_SECONDS = 10.0
_READ_BYTES = 1 << 16


async def run_program(
    nursery: Nursery,
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    hear: Callable[[str], None],
    user: int | None = None,
) -> int:
    """Run a program in a folder, with exactly this environment; its exit code, negative for a signal.

    Lines without text are left out, long ones are cut. Raises PlatformError `unavailable` when it cannot be started.
    Cancelled, it ends the program first.
    """
    reading, writing = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        process = await nursery.start(
            (null, writing, writing, null), argv=list(argv), env=dict(environment), cwd=str(folder), user=user
        )
    except BaseException as error:
        os.close(reading)
        if isinstance(error, LaunchError):
            raise PlatformError("unavailable", f"packages cannot be installed: {error}") from error
        raise
    finally:
        os.close(null)
        os.close(writing)
    try:
        await _listen(reading, hear)
        return await process.exited
    finally:
        await _end(process)


async def _listen(reading: int, hear: Callable[[str], None]) -> None:
    """Hand on what comes through a pipe until nobody holds its other end; closes this one."""
    pipe = open(reading, "rb", 0)  # noqa: ASYNC230, SIM115 - a pipe that is there; the transport closes it
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    rest = b""
    try:
        while data := await reader.read(_READ_BYTES):
            *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
            for line in lines:
                _hand_on(line, hear)
            # What would be cut off anyway need not be kept. A character has at most four bytes.
            rest = rest[: 4 * (LINE_CHARACTERS_MAX + 1)]
        _hand_on(rest, hear)
    finally:
        transport.close()


def _hand_on(line: bytes, hear: Callable[[str], None]) -> None:
    text = "".join(each for each in line.decode("utf-8", "replace") if each.isprintable()).rstrip()
    if text:
        hear(text if len(text) <= LINE_CHARACTERS_MAX else f"{text[:LINE_CHARACTERS_MAX]}…")


async def _end(process: Process) -> None:
    """Kill a process if it is there, and see it gone."""
    if process.exited.done():
        return
    process.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            await asyncio.shield(process.exited)
