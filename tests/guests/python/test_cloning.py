"""The zygote: what it starts, what it tells, what it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from gettone.wire.messages import Completed, Failed, Log
from tests.guests.python.zygotes import Options, Serve, Zygote, has_ended, zygote

VARIABLES = {"ACCOUNT_SID": "AC" + "1" * 32, "API_KEY": "SK" + "2" * 32, "API_SECRET": "3" * 32}
MINT = """
from gettone import AccessToken, VideoGrant, decode

def handler(context, event):
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, identity="alice")
    token.add_grant(VideoGrant(room="lobby"))
    return decode(token.to_jwt()).claims["jti"]
"""
START_CHILD = """
import subprocess

def handler(context, event):
    return str(subprocess.Popen(["sleep", "600"], start_new_session=event.get("apart", False)).pid)
"""
CLONES = 200


def test_worker_says_hello_with_its_runtime_and_pid(bare_zygote: Zygote) -> None:
    """The first frame names the interpreter and the process that the zygote has reported."""
    worker = bare_zygote.start()
    hello = worker.conversation.hello()
    worker.close()

    assert (hello.version, hello.pid) == (1, worker.pid)
    assert hello.runtime == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert bare_zygote.exit_status(worker) == 0


def test_worker_ends_when_its_wire_closes(bare_zygote: Zygote) -> None:
    """Without a host there is nothing to serve: the worker ends by itself, with success."""
    worker = bare_zygote.start()
    worker.conversation.hello()

    worker.conversation.wire.close()

    assert bare_zygote.exit_status(worker) == 0


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("sys.exit()", 0),
        ("sys.exit(3)", 3),
        ("sys.exit('no')", 1),
        ("os._exit(7)", 7),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.abort()", -signal.SIGABRT),
    ],
)
def test_exit_status_is_reported(serve: Serve, ending: str, status: int) -> None:
    """However a handler ends its process, the host is told how it ended, and gets no outcome."""
    worker = serve(f"import os, signal, sys\n\ndef handler(context, event):\n    {ending}\n")
    worker.conversation.send_invoke("/f")

    assert serve.zygote.exit_status(worker) == status
    assert [type(message) for message in worker.rest()] in ([], [Log])


def test_kill_ends_worker_with_its_status(serve: Serve) -> None:
    """A killed worker is reported as killed."""
    worker = serve("import time\n\ndef handler(context, event):\n    time.sleep(600)\n")
    worker.conversation.send_invoke("/f")

    serve.zygote.kill(worker)

    assert serve.zygote.exit_status(worker) == -signal.SIGKILL


@pytest.mark.parametrize("apart", [False, True])
def test_kill_ends_what_the_worker_started(serve: Serve, apart: bool) -> None:
    """Children die with the worker, also those that left its process group."""
    worker = serve(START_CHILD)
    child = int(worker.answer({"apart": apart}))

    serve.zygote.kill(worker)

    assert serve.zygote.exit_status(worker) == -signal.SIGKILL
    assert has_ended(child)


def test_what_a_worker_leaves_behind_ends_with_it(serve: Serve) -> None:
    """A worker that ends by itself takes its children along."""
    worker = serve({"f.py": START_CHILD, "end.py": "import os\n\ndef handler(context, event):\n    os._exit(0)\n"})
    child = int(worker.answer())

    worker.conversation.send_invoke("/end")

    assert serve.zygote.exit_status(worker) == 0
    assert has_ended(child)


def test_workers_die_with_their_zygote(root: Path) -> None:
    """A zygote that is killed takes its workers with it."""
    with zygote(root) as running:
        worker = running.start()
        worker.conversation.hello()

        running.process.kill()

        assert has_ended(worker.pid)
        worker.close()


def test_closed_control_socket_ends_zygote_and_workers(root: Path) -> None:
    """When the host is gone, zygote and workers end."""
    with zygote(root) as running:
        worker = running.start()
        worker.conversation.hello()

        running.control.close()

        assert running.process.wait(20) == 0
        assert has_ended(worker.pid)
        worker.close()


def test_zygote_outlives_a_ctrl_c(root: Path) -> None:
    """A Ctrl-C in the terminal reaches the whole group; when to stop is the host's decision."""
    with zygote(root) as running:
        running.start().close()

        running.process.send_signal(signal.SIGINT)
        worker = running.start()

        assert worker.conversation.hello().pid == worker.pid
        worker.close()


def test_start_without_all_descriptors_is_refused(bare_zygote: Zygote) -> None:
    """A start that brings too few descriptors fails with a reason, and the next one works."""
    bare_zygote.tell({"do": "start", "key": 900_001, "memory_bytes": None}, [0])
    said = bare_zygote.hear(900_001, "start", "fail")
    worker = bare_zygote.start()

    assert said == {"did": "fail", "key": 900_001, "message": "1 descriptors came, not 4"}
    assert worker.conversation.hello().pid == worker.pid
    worker.close()


def test_kill_of_an_unknown_key_is_ignored(bare_zygote: Zygote) -> None:
    """What has ended already may still be asked to end; messages right behind each other are told apart."""
    bare_zygote.tell({"do": "kill", "key": 900_002})
    worker = bare_zygote.start()

    assert worker.conversation.hello().pid == worker.pid
    worker.close()


def test_worker_holds_no_descriptor_but_its_own(serve: Serve) -> None:
    """Input, two pipes, the wire and the tickets: nothing of the zygote or of another worker."""
    serve("def handler(context, event):\n    return 'first'\n")
    worker = serve(
        "import os\n\ndef handler(context, event):\n"
        "    return {fd: os.readlink(f'/proc/self/fd/{fd}') for fd in sorted(os.listdir('/proc/self/fd'), key=int)"
        " if os.path.exists(f'/proc/self/fd/{fd}') or int(fd) < 5}\n"
    )

    held = json.loads(worker.answer())

    assert {name: target.split(":")[0] for name, target in held.items()} == {
        "0": "/dev/null",
        "1": "pipe",
        "2": "pipe",
        "3": "socket",
        "4": "pipe",
    }


def test_worker_leads_its_own_session_without_core_dumps(serve: Serve) -> None:
    """A signal to the host's terminal does not reach it, and its memory is not written to disk."""
    worker = serve(
        "import os, resource\n\ndef handler(context, event):\n"
        "    return [os.getsid(0) == os.getpid(), resource.getrlimit(resource.RLIMIT_CORE)]\n"
    )

    assert json.loads(worker.answer()) == [True, [0, 0]]


def test_memory_is_bounded_and_the_worker_goes_on(serve: Serve) -> None:
    """A handler that asks for too much fails with MemoryError and a hint; the next invocation is served."""
    worker = serve(
        "def handler(context, event):\n"
        "    if event.get('greedy'):\n"
        "        kept = [bytearray(1 << 20) for _ in range(1000)]\n"
        "    return 'ok'\n",
        memory_bytes=256 << 20,
    )

    failure = worker.failure({"greedy": True})

    assert failure.name == "MemoryError"
    assert failure.problem is not None
    assert (failure.problem.line, failure.problem.hint is not None) == (3, True)
    assert worker.answer() == "ok"


def test_clones_mint_tokens_with_ids_of_their_own(bare_zygote: Zygote, tmp_path: Path) -> None:
    """No two of many clones of one zygote give a token the same jti."""
    ids = set()
    for number in range(CLONES):
        serve = Serve(bare_zygote, tmp_path / str(number))
        worker = serve(MINT, Options(variables=VARIABLES))
        ids |= {worker.answer(), worker.answer()}
        serve.end()

    assert len(ids) == 2 * CLONES


def test_clones_draw_random_numbers_of_their_own(serve: Serve) -> None:
    """`random`, `uuid4` and temporary names differ between clones."""
    source = (
        "import random, tempfile, uuid\n\ndef handler(context, event):\n"
        "    return [random.random(), str(uuid.uuid4()), tempfile.mktemp()]\n"
    )

    one, other = json.loads(serve(source).answer()), json.loads(serve(source).answer())

    assert all(first != second for first, second in zip(one, other, strict=True))


def test_zygote_shows_nothing_of_one_worker_to_another(serve: Serve) -> None:
    """Variables, module state and the environment of one worker are not those of the next."""
    source = (
        "import os, json\nimport string as shared\n\ndef handler(context, event):\n"
        "    seen = [os.environ.get('SECRET'), context.get('SECRET'), getattr(shared, 'left', None)]\n"
        "    shared.left = 'left'\n"
        "    return seen\n"
    )
    first = serve(source, Options(variables={"SECRET": "of the first"}))
    first.answer()

    assert json.loads(serve(source).answer()) == [None, None, None]


def test_many_outcomes_of_hostile_workers_leave_the_zygote_alone(serve: Serve) -> None:
    """Whatever workers do to themselves, their zygote goes on cloning."""
    for body in (
        "os.kill(os.getppid(), 0); os.abort()",
        "[os.fork() for _ in range(4)]; os._exit(9)",
        "os.closerange(0, 64); os._exit(1)",
        "ctypes.string_at(0)",
    ):
        worker = serve(f"import ctypes, os\n\ndef handler(context, event):\n    {body}\n")
        worker.conversation.send_invoke("/f")
        assert serve.zygote.exit_status(worker) != 0

    assert serve("def handler(context, event):\n    return 'ok'\n").answer() == "ok"


def test_crash_in_native_code_is_told_on_stderr(serve: Serve) -> None:
    """A segmentation fault leaves a traceback for the log."""
    worker = serve("import ctypes\n\ndef handler(context, event):\n    ctypes.string_at(0)\n")
    worker.conversation.send_invoke("/f")

    assert serve.zygote.exit_status(worker) == -signal.SIGSEGV
    assert b"in handler" in worker.printed(worker.stderr, b"in handler")


def test_outcomes_are_of_the_closed_kinds(serve: Serve) -> None:
    """Each invocation has exactly one outcome, in order."""
    worker = serve("def handler(context, event):\n    return 1 / event.by\n")
    outcomes = [worker.call({"by": by})[0] for by in (1, 0, 2)]

    assert [type(outcome) for outcome in outcomes] == [Completed, Failed, Completed]
    assert os.getpid() != worker.pid
