"""With a concurrency above one, async handlers overlap on one loop and plain ones run between."""

from __future__ import annotations

import pytest

from gettone.wire.messages import Completed, Failed, Log
from tests.guests.python.zygotes import Options, Serve, Worker

TWO = Options(concurrency=2)
MANY = Options(concurrency=100)

# The first waits for the second: neither is answered unless both are under way.
MEET = """
import asyncio
arrived = {}

async def handler(context, event):
    mine = arrived.setdefault(event.name, asyncio.Event())
    other = arrived.setdefault(event.waits_for, asyncio.Event())
    print(event.name, "came")
    mine.set()
    await other.wait()
    print(event.name, "met", end="")
    return event.name
"""


def hear_all(worker: Worker, count: int) -> tuple[dict[int, Completed | Failed], list[Log]]:
    """Outcomes by id, and all logs, of so many invocations."""
    outcomes: dict[int, Completed | Failed] = {}
    logs: list[Log] = []
    while len(outcomes) < count:
        message = worker.conversation.hear()
        if isinstance(message, Log):
            assert message.id not in outcomes
            logs.append(message)
        else:
            assert isinstance(message, Completed | Failed)
            outcomes[message.id] = message
    return outcomes, logs


def test_async_handlers_overlap(serve: Serve) -> None:
    """Two invocations that wait for each other both answer, and each one's output is its own."""
    worker = serve(MEET, TWO)
    ann = worker.conversation.send_invoke("/f", {"name": "ann", "waits_for": "bob"})
    bob = worker.conversation.send_invoke("/f", {"name": "bob", "waits_for": "ann"})

    outcomes, logs = hear_all(worker, 2)

    assert {id: getattr(outcome, "body", None) for id, outcome in outcomes.items()} == {ann: b"ann", bob: b"bob"}
    assert sorted((log.id, log.text) for log in logs) == sorted(
        [(ann, "ann came"), (ann, "ann met"), (bob, "bob came"), (bob, "bob met")]
    )


def test_many_invocations_each_have_one_outcome(serve: Serve) -> None:
    """A hundred at once, sync and async, answer with what they were asked."""
    worker = serve(
        {
            "f.py": "import asyncio\n\nasync def handler(context, event):\n"
            "    await asyncio.sleep(event.n % 3 / 1000)\n    return event.n\n",
            "g.py": "def handler(context, event, callback):\n    callback(None, event.n)\n",
        },
        MANY,
    )
    ids = {worker.conversation.send_invoke("/f" if n % 2 else "/g", {"n": n}): n for n in range(100)}

    outcomes, _ = hear_all(worker, 100)

    assert {id: int(getattr(outcome, "body", b"-1")) for id, outcome in outcomes.items()} == ids


def test_plain_handler_may_run_a_loop_of_its_own(serve: Serve) -> None:
    """A handler that is not async finds no loop running, as it would alone."""
    worker = serve(
        "import asyncio\n\nasync def greet():\n    return 'hi'\n\n"
        "def handler(context, event):\n    return asyncio.run(greet())\n",
        TWO,
    )

    assert [worker.answer(), worker.answer()] == ["hi", "hi"]


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("threading.Timer(0.01, callback, (None, 'ok')).start()", "ok"),
        ("threading.Timer(0.01, callback, ('no',)).start()", "no"),
        ("callback(None, 'ok'); raise ValueError('late')", "ok"),
        ("raise ValueError('no')", "no"),
        ("raise KeyboardInterrupt('no')", "no"),
        ("pass", "calling callback"),
    ],
)
def test_callbacks_work_as_they_do_one_at_a_time(serve: Serve, keyword: str, body: str, told: str) -> None:
    """From a thread, as an error, after it, or not at all."""
    worker = serve(f"import threading\n\n{keyword} handler(context, event, callback):\n    {body}\n", TWO)
    outcome, _ = worker.call()

    assert told in (outcome.body.decode() if isinstance(outcome, Completed) else outcome.message)
    assert isinstance(outcome, Completed) == (told == "ok")


def test_invocation_that_waits_does_not_hold_the_others(serve: Serve) -> None:
    """While a plain handler waits for its callback, the next invocation is served."""
    worker = serve(
        {
            "f.py": "import threading\nfree = threading.Event()\n\ndef answer(callback):\n    free.wait()\n"
            "    callback(None, 'at last')\n\ndef handler(context, event, callback):\n"
            "    threading.Thread(target=answer, args=(callback,)).start()\n",
            "g.py": "from .f import free\n\ndef handler(context, event):\n    free.set()\n    return 'freed'\n",
        },
        TWO,
    )
    waiting = worker.conversation.send_invoke("/f")
    freeing = worker.conversation.send_invoke("/g")

    outcomes, _ = hear_all(worker, 2)

    assert [getattr(outcomes[id], "body", None) for id in (freeing, waiting)] == [b"freed", b"at last"]


def test_failure_of_one_leaves_the_others_alone(serve: Serve) -> None:
    """Exceptions, results that are none and a stopped loop end their own invocation only."""
    worker = serve(
        {
            "f.py": "import asyncio\n\nasync def handler(context, event):\n"
            "    asyncio.get_running_loop().stop()\n    await asyncio.sleep(0.01)\n    return {event}\n",
            "g.py": "import asyncio\n\nasync def handler(context, event):\n"
            "    await asyncio.sleep(0.02)\n    return 'ok'\n",
        },
        TWO,
    )
    slow = worker.conversation.send_invoke("/g")
    bad = worker.conversation.send_invoke("/f")

    outcomes, _ = hear_all(worker, 2)

    assert isinstance(outcomes[bad], Failed)
    assert getattr(outcomes[slow], "body", None) == b"ok"


def test_worker_ends_when_its_wire_closes(serve: Serve) -> None:
    """With invocations under way, too."""
    worker = serve("import asyncio\n\nasync def handler(context, event):\n    await asyncio.sleep(600)\n", TWO)
    worker.conversation.send_invoke("/f")

    worker.conversation.wire.close()

    assert serve.zygote.exit_status(worker) == 0


def test_sys_exit_ends_the_worker(serve: Serve) -> None:
    """From a coroutine as from anywhere else."""
    worker = serve(
        "import asyncio, sys\n\nasync def handler(context, event):\n    await asyncio.sleep(0)\n    sys.exit(3)\n", TWO
    )
    worker.conversation.send_invoke("/f")

    assert serve.zygote.exit_status(worker) == 3


def test_forked_child_never_speaks(serve: Serve) -> None:
    """A child of an async handler that overlaps with others ends by itself."""
    worker = serve(
        "import asyncio, os\n\nasync def handler(context, event):\n    pid = os.fork()\n    if pid:\n"
        "        os.waitpid(pid, 0)\n    return 'parent' if pid else 'child'\n",
        TWO,
    )

    assert [worker.answer(), worker.answer()] == ["parent", "parent"]
