"""The supervisor of connections, in a real nursery: whatever a confined process hands it, it goes on."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from gettone.sandbox.launch import Nursery
from tests.sandbox.confined import start_confined

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="seccomp is Linux's"),
]

# connect(2) with what no program would say. A raw call: the C library has no opinion on its arguments.
CALLS = """
import ctypes, os, socket, struct
libc = ctypes.CDLL(None)
inet = struct.pack("=HH4s8x", socket.AF_INET, socket.htons({port}), bytes((127, 0, 0, 1)))
inet6 = struct.pack("=HHI16sI", socket.AF_INET6, socket.htons({port}), 0, bytes(15) + bytes((1,)), 0)
pair = socket.socketpair()
pipe = os.pipe()
plain, datagram, plain6 = socket.socket(), socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_INET6)
at = lambda value: ctypes.c_void_p(value)
for fd in (pair[0].fileno(), pipe[0], plain.fileno(), datagram.fileno(), plain6.fileno(), 0, 99, -1, 1 << 31):
    for address, size in ((at(0), 16), (at(8), 16), (at(2**63), 16), (at(2**64 - 1), 16), (inet, 0), (inet, 2),
                          (inet, 3), (inet, 7), (inet6, 24), (inet6, 28), (inet6, 27), (inet, 2**31), (inet, -1)):
        libc.connect(fd, address, ctypes.c_uint(size & 0xFFFFFFFF))
number = ctypes.c_long({{"x86_64": 42, "aarch64": 203}}[os.uname().machine])
wide = ctypes.c_ulong(plain.fileno() | 1 << 32)
libc.syscall(number, wide, inet, ctypes.c_ulong(1 << 32 | 16))
with socket.socket() as last:
    last.connect(("127.0.0.1", {port}))
    last.sendall(b"still here")
"""


@pytest.fixture
def anyio_backend() -> str:
    """The gateway's loop."""
    return "asyncio"


async def test_no_argument_of_connect_ends_the_supervisor(tmp_path: Path) -> None:
    """One process's nonsense would otherwise end every worker of the node."""
    nursery = Nursery()
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        nursery.open_targets([f"127.0.0.1:{port}", f"[::1]:{port}"], [])
        try:
            process = await start_confined(nursery, stack, tmp_path, CALLS.format(port=port))
            async with asyncio.timeout(20):
                status = await process.exited
        finally:
            await nursery.close()

    assert status == 0
