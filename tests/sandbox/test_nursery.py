"""The nursery: what it starts, it ends, with all that came of it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import pytest

from gettone.sandbox.errors import LaunchError
from gettone.sandbox.launch import Nursery, Process

pytestmark = pytest.mark.anyio

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="subreapers and death signals are Linux's")


@pytest.fixture
def anyio_backend() -> str:
    """The gateway's loop."""
    return "asyncio"


@asynccontextmanager
async def nursery() -> AsyncIterator[tuple[Nursery, ExitStack]]:
    """An open nursery, and a stack of what to close after it."""
    opened = Nursery()
    with ExitStack() as stack:
        try:
            yield opened, stack
        finally:
            await opened.close()


async def start(opened: tuple[Nursery, ExitStack], script: str) -> tuple[Process, socket.socket]:
    """A shell script with the wire as descriptor 3."""
    near, far = socket.socketpair()
    opened[1].enter_context(near)
    near.settimeout(20)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        process = await opened[0].start(
            [far.fileno(), null, null, null], argv=["/bin/sh", "-c", script], env={"PATH": "/usr/bin:/bin"}
        )
    finally:
        far.close()
        os.close(null)
    return process, near


async def read_line(near: socket.socket) -> str:
    """What the script says next."""
    with near.makefile() as lines:
        return (await asyncio.to_thread(lines.readline)).strip()


async def ended(pid: int) -> bool:
    """Wait until a process that is not ours is gone (at most 20 s)."""
    fd = None
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(fd, gone.set)
    try:
        async with asyncio.timeout(20):
            await gone.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)
    return True


async def test_exit_code_reaches_the_host() -> None:
    """The host learns how a process ended: its code, or minus its signal."""
    async with nursery() as opened:
        left, _ = await start(opened, "exit 7")
        shot, near = await start(opened, "echo up >&3; exec sleep 1000")
        await read_line(near)

        shot.kill()

        assert await left.exited == 7
        assert await shot.exited == -signal.SIGKILL


async def test_program_that_is_not_there_is_told() -> None:
    """A start that cannot work says why."""
    async with nursery() as opened:
        near, far = socket.socketpair()
        with near, far, pytest.raises(LaunchError, match="No such file"):
            await opened[0].start([far.fileno()] * 4, argv=["/nonexistent"], env={})


async def test_process_inherits_three_descriptors_and_its_own_environment() -> None:
    """Nothing of the host's leaks into a guest: not a descriptor, not a variable."""
    async with nursery() as opened:
        _, near = await start(
            opened, "echo $(ls /proc/self/fd | tr '\\n' ' ') $(env | cut -d= -f1 | sort | tr '\\n' ' ') >&3"
        )

        said = await read_line(near)

        # 4 are its tickets, 5 is the folder that `ls` itself reads.
        assert said in ("0 1 2 3 4 5 PATH PWD", "0 1 2 3 4 5 PATH PWD _")


@LINUX
async def test_kill_takes_what_hid_in_another_session() -> None:
    """A double fork into a session of its own does not outlive its worker."""
    async with nursery() as opened:
        process, near = await start(opened, "setsid sh -c 'sleep 1000 & echo $! >&3' & wait; sleep 1000")
        hidden = int(await read_line(near))

        process.kill()
        await process.exited

        assert await ended(hidden)


async def test_nursery_that_was_shot_is_replaced() -> None:
    """The next start brings a new one."""
    async with nursery() as opened:
        first, near = await start(opened, "echo $PPID >&3; sleep 1000")
        os.kill(int(await read_line(near)), signal.SIGKILL)
        await first.exited

        second, _ = await start(opened, "exit 5")

        assert await second.exited == 5


@LINUX
async def test_nothing_outlives_a_host_that_was_shot() -> None:
    """kill -9 of the host ends the nursery and every guest."""
    host = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import asyncio, os, socket\n"
        "from gettone.sandbox.launch import Nursery\n"
        "async def main():\n"
        "    nursery = Nursery()\n"
        "    near, far = socket.socketpair()\n"
        "    argv = ['/bin/sh', '-c', 'trap \"\" TERM HUP; while :; do sleep 1000; done']\n"
        "    guest = await nursery.start([far.fileno()] * 4, argv=argv, env={'PATH': '/usr/bin:/bin'})\n"
        "    print(nursery._process.pid, guest.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n",
        stdout=asyncio.subprocess.PIPE,
    )
    assert host.stdout is not None
    pids = [int(pid) for pid in (await host.stdout.readline()).split()]

    host.kill()
    await host.wait()

    assert len(pids) == 2
    assert [await ended(pid) for pid in pids] == [True, True]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
async def test_a_process_is_who_it_was_asked_to_be() -> None:
    """User, group and no further groups; the saved user too, so there is no way back."""
    async with nursery() as opened:
        near, far = socket.socketpair()
        null = os.open(os.devnull, os.O_WRONLY)
        script = "echo $(id -u) $(id -G) $(grep ^Uid: /proc/self/status) >&3"
        with near, far:
            process = await opened[0].start(
                [far.fileno(), null, null, null],
                argv=["/bin/sh", "-c", script],
                env={"PATH": "/usr/bin:/bin"},
                user=65534,
            )
            os.close(null)
            far.close()
            await process.exited
            near.settimeout(20)

            assert near.recv(4096).split() == [b"65534", b"65534", b"Uid:", *[b"65534"] * 4]
