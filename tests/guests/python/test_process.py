"""The process that a function finds itself in, and what becomes of those it makes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gettone.wire.messages import Completed, encode_invoke
from tests.guests.python.zygotes import Options, Serve

IMPORTS = "import multiprocessing, os, signal, subprocess, sys, threading, time\n\n"

# What a handler does in a child that it forks.
CHILDREN = {
    "os._exit(0)": b"",
    "pass": b"",
    "return 'from the child'": b"",
    "raise ValueError('from the child')": b"ValueError: from the child",
    "sys.exit(3)": b"",
    "print('from the child')": b"from the child",
    "logging.error('from the child')": b"from the child",
    "os.write(3, b'x' * 64); os.write(4, b'x')": b"",
}


def test_environment_holds_the_variables_and_little_else(serve: Serve) -> None:
    """Nothing of the host's environment: a path, a home in /tmp, language and time zone."""
    worker = serve(
        "import os\n\ndef handler(context, event):\n    return dict(os.environ)\n", Options(variables={"A": "x"})
    )

    assert json.loads(worker.answer()) == {
        "A": "x",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": "UTC",
    }


def test_child_processes_see_the_variables(serve: Serve) -> None:
    """The process environment itself is set, not only Python's view of it."""
    worker = serve(
        "import subprocess\n\ndef handler(context, event):\n"
        "    return subprocess.run(['env'], capture_output=True, text=True).stdout.split()\n",
        Options(variables={"A": "x"}),
    )

    assert "A=x" in json.loads(worker.answer())


def test_time_zone_is_utc_unless_a_variable_says_otherwise(serve: Serve) -> None:
    """As in Twilio's cloud, local time is UTC."""
    source = "import time\n\ndef handler(context, event):\n    return time.localtime(0).tm_hour\n"

    assert serve(source).answer() == "0"
    assert serve(source, Options(variables={"TZ": "EST5"})).answer() == "19"


def test_working_folder_is_the_task_root_and_input_is_empty(serve: Serve) -> None:
    """Relative names start at the deployment; reading from stdin ends at once."""
    worker = serve("import os, sys\n\ndef handler(context, event):\n    return [os.getcwd(), sys.stdin.read()]\n")

    assert json.loads(worker.answer()) == [worker_root(serve), ""]


def worker_root(serve: Serve) -> str:
    """The task root of the last worker."""
    return str(serve.folder / f"task{serve.workers[-1].key}")


def test_deployment_is_not_written_into(serve: Serve) -> None:
    """Importing leaves no byte code behind."""
    worker = serve({"f.py": "from .g import x\n\ndef handler(context, event):\n    return x\n", "g.py": "x = 1\n"})
    worker.answer()

    assert list(Path(worker_root(serve)).rglob("*.pyc")) == []


@pytest.mark.parametrize("child", CHILDREN)
def test_forked_child_never_speaks_for_its_parent(serve: Serve, child: str) -> None:
    """Whatever a forked child does, the invocation has one outcome, its parent's, and the worker serves on."""
    worker = serve(
        f"{IMPORTS}import logging\n\ndef handler(context, event):\n    pid = os.fork()\n"
        f"    if pid == 0:\n        {child}\n        return 'still the child'\n"
        "    os.waitpid(pid, 0)\n    return 'parent'\n"
    )
    outcomes = [worker.call() for _ in range(3)]

    assert [(getattr(outcome, "body", outcome), logs) for outcome, logs in outcomes] == [(b"parent", [])] * 3
    stream = worker.stdout if child.startswith("print") else worker.stderr
    if CHILDREN[child]:
        assert CHILDREN[child] in worker.printed(stream, CHILDREN[child])


def test_child_forked_by_an_async_handler_never_speaks_either(serve: Serve) -> None:
    """A child that comes back to the event loop ends there."""
    worker = serve(
        f"{IMPORTS}import asyncio\n\nasync def handler(context, event):\n    pid = os.fork()\n"
        "    await asyncio.sleep(0)\n    if pid:\n        os.waitpid(pid, 0)\n    return 'parent' if pid else 'child'\n"
    )

    assert [worker.answer() for _ in range(3)] == ["parent"] * 3


def test_fork_from_native_code_is_noticed(serve: Serve) -> None:
    """A fork that Python knows nothing of does not answer twice either."""
    worker = serve(
        f"{IMPORTS}import ctypes\n\ndef handler(context, event):\n    pid = ctypes.CDLL(None).fork()\n"
        "    if pid:\n        os.waitpid(pid, 0)\n    return 'parent' if pid else 'child'\n"
    )

    assert [worker.answer() for _ in range(3)] == ["parent"] * 3


def test_multiprocessing_works(serve: Serve) -> None:
    """Processes and pools of the standard library do their work."""
    worker = serve(
        f"{IMPORTS}def double(n):\n    return 2 * n\n\ndef handler(context, event):\n"
        "    with multiprocessing.get_context('fork').Pool(2) as pool:\n        return pool.map(double, [1, 2, 3])\n"
    )

    assert [worker.answer(), worker.answer()] == ["[2,4,6]", "[2,4,6]"]


def test_threads_do_not_hold_the_answer(serve: Serve) -> None:
    """A handler that leaves a thread behind has answered when it returns."""
    worker = serve(
        f"{IMPORTS}def handler(context, event):\n    threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "    return 'ok'\n"
    )

    assert worker.answer() == "ok"


def test_threads_do_not_hold_the_end_of_the_worker(serve: Serve) -> None:
    """When the wire closes the worker ends, whatever still runs in it."""
    worker = serve(
        f"{IMPORTS}def handler(context, event):\n    threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "    return 'ok'\n"
    )
    worker.answer()

    worker.conversation.wire.close()

    assert serve.zygote.exit_status(worker) == 0


@pytest.mark.parametrize("body", ["os.close(3)", "os.closerange(3, 64)", "os.dup2(0, 3)"])
def test_handler_that_closes_the_wire_ends_its_worker(serve: Serve, body: str) -> None:
    """Without its wire a worker cannot answer: it ends, instead of writing into something else."""
    worker = serve(f"{IMPORTS}def handler(context, event):\n    {body}\n    return 'ok'\n")
    worker.conversation.send_invoke("/f")

    assert serve.zygote.exit_status(worker) == 0


def test_invocation_without_a_ticket_is_forgotten(serve: Serve) -> None:
    """What was sent ahead starts only with a ticket; the host may have taken it back."""
    worker = serve("def handler(context, event):\n    return event.name\n")
    conversation = worker.conversation
    os.write(worker.tickets, b"t")
    conversation.say(ahead(1, "with") + ahead(2, "without"))
    first = conversation.hear()
    conversation.next_id = 3

    assert isinstance(first, Completed)
    assert (first.id, first.body) == (1, b"with")
    assert worker.answer({"name": "next"}) == "next"


def ahead(id: int, name: str) -> bytes:
    """An invocation that is sent before its turn."""
    return encode_invoke(id, "/f", "RQ" + "0" * 32, json.dumps({"name": name}).encode(), ticket=True)
