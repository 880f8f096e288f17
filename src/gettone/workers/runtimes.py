"""Where guests come from: a zygote that clones Python workers, or Node processes of their own.

Must not know deployments or calls. A source starts its zygote at the first guest, and again when it has died.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gettone.sandbox.cells import Cell
from gettone.sandbox.enclosure import Enclosure
from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Control, Nursery, Process

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Started:
    """A guest that was just started, and the host's ends of its descriptors. In a sandbox it has a cell."""

    process: Process
    wire: socket.socket
    stdout: int
    stderr: int
    tickets: tuple[int, int]
    cell: Cell | None = None


# Folders of packages, by their place in a task: node_modules, site-packages.
Packages = Mapping[str, Path]


class GuestSource(Protocol):
    """Starts guests of one runtime. Raises LaunchError."""

    async def start(self, packages: Packages) -> Started:
        """A new guest, with these packages in its task where it is confined."""

    async def close(self) -> None:
        """End what the source keeps for itself."""


class NodeSource:
    """Each Node guest is a process of its own."""

    def __init__(
        self,
        nursery: Nursery,
        node: Path,
        guest: Path,
        memory_bytes: int,
        flags: tuple[str, ...] = (),
        enclosure: Enclosure | None = None,
    ) -> None:
        self._nursery = nursery
        self._enclosure = enclosure
        # RLIMIT_AS ends V8 at its start: the heap has a bound of its own.
        self._argv = [str(node), f"--max-old-space-size={memory_bytes // MIB}", *flags, str(guest)]
        self._readable = [node, guest.parent]

    async def start(self, packages: Packages) -> Started:
        """A new Node process."""
        enclosure = self._enclosure
        if enclosure is None:
            return await _start(self._nursery, argv=self._argv, env=guest_environment(), cwd="/")
        cell = _make_cell(enclosure, packages)
        try:
            return await _start(
                self._nursery,
                cell,
                argv=enclosure.command(self._argv, self._readable, cell, packages),
                env=guest_environment(),
                cwd="/",
                worker=cell.name,
                filter=str(enclosure.filters.notify),
                files=[str(enclosure.filters.deny)],
            )
        except BaseException:
            cell.remove()
            raise

    async def close(self) -> None:
        """Nothing of its own to end: the nursery ends the guests."""


class PythonSource:
    """Python guests are cloned from a zygote, which holds the runtime and never user code."""

    def __init__(
        self,
        nursery: Nursery,
        argv: tuple[str, ...],
        memory_bytes: int,
        readable: Sequence[Path] = (),
        enclosure: Enclosure | None = None,
    ) -> None:
        self._nursery = nursery
        self._argv = list(argv)
        self._memory_bytes = memory_bytes
        self._readable = readable
        self._enclosure = enclosure
        self._zygote: Control | None = None
        self._opening = asyncio.Lock()

    async def start(self, packages: Packages) -> Started:
        """A clone of the zygote."""
        control = await self._control()
        enclosure = self._enclosure
        if enclosure is None:
            return await _start(control, memory_bytes=self._memory_bytes)
        inner = enclosure.inner_packages(packages)
        cell = _make_cell(enclosure, packages)
        try:
            return await _start(control, cell, memory_bytes=self._memory_bytes, worker=cell.name, packages=inner)
        except BaseException:
            cell.remove()
            raise

    async def close(self) -> None:
        """End the zygote, and with it its workers."""
        if self._zygote is not None:
            self._zygote.close()

    async def _control(self) -> Control:
        async with self._opening:
            if self._zygote is None:
                near, far = socket.socketpair()
                null = os.open(os.devnull, os.O_WRONLY)
                try:
                    await self._nursery.start(
                        [far.fileno(), null, null, null],
                        argv=self._command(),
                        env=guest_environment(),
                        cwd="/",
                        enrols=self._enclosure is not None,
                    )
                except BaseException:
                    near.close()
                    raise
                finally:
                    far.close()
                    os.close(null)
                self._zygote = Control(near)
                self._zygote.on_lost = self._forget
            return self._zygote

    def _command(self) -> list[str]:
        enclosure = self._enclosure
        if enclosure is None:
            return self._argv
        return enclosure.zygote_command([*self._argv, json.dumps(enclosure.told(self._readable))], self._readable)

    def _forget(self) -> None:
        self._zygote = None


def _make_cell(enclosure: Enclosure, packages: Packages) -> Cell:
    try:
        return enclosure.make_cell(packages)
    except OSError as error:
        raise LaunchError(f"a worker has no place on this disk: {error}") from error


async def _start(control: Control | Nursery, cell: Cell | None = None, **message: object) -> Started:
    near, far = socket.socketpair()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    # The host keeps both ends: it reads tickets to take calls back. Neither side ever waits for one.
    tickets = _pipe_without_waiting()
    try:
        process = await control.start([far.fileno(), out_write, err_write, tickets[0]], **message)
    except BaseException:
        near.close()
        for fd in (out_read, err_read, *tickets):
            os.close(fd)
        raise
    finally:
        far.close()
        os.close(out_write)
        os.close(err_write)
    return Started(process, near, out_read, err_read, tickets, cell)


def _pipe_without_waiting() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


def guest_environment() -> Mapping[str, str]:
    """All that a guest inherits. Variables come over the wire."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC"}
