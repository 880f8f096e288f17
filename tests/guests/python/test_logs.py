"""What a function prints reaches the log as its own, bounded, and never after its outcome."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gettone.wire.messages import Completed, Failed, Log
from tests.guests.python.zygotes import Options, Serve

IMPORTS = "import asyncio, logging, os, subprocess, sys, threading, time, warnings\n\n"

# What a handler does, and the entries that come of it.
PRINTS = {
    "print('a')": [("info", "a")],
    "print('a'); print('b', 'c')": [("info", "a"), ("info", "b c")],
    "print('a\\nb')": [("info", "a"), ("info", "b")],
    "sys.stdout.write('a\\nb\\n')": [("info", "a\nb")],
    "print()": [("info", "")],
    "print('a', end=''); print('b')": [("info", "ab")],
    "print('a', end='')": [("info", "a")],
    "print('a', end='', flush=True); print('b')": [("info", "a"), ("info", "b")],
    "print('a\\nb', end='')": [("info", "a"), ("info", "b")],
    "print('é😀')": [("info", "é😀")],
    "print('a\\ud800')": [("info", "a?")],
    "print('a', file=sys.stderr)": [("error", "a")],
    "sys.stdout.write('a\\n'); sys.stdout.writelines(['b\\n', 'c'])": [("info", "a"), ("info", "b"), ("info", "c")],
    "sys.stdout.buffer.write(b'a\\n')": [("info", "a")],
    "logging.debug('a')": [],
    "logging.info('a %s', 1)": [("info", "a 1")],
    "logging.getLogger('x').warning('a')": [("warning", "a")],
    "logging.error('a'); logging.critical('b')": [("error", "a"), ("error", "b")],
    "logging.info('%d', 'no number')": [
        ("info", "'%d' could not be logged: TypeError: %d format: a real number is required, not str")
    ],
    "print('a', end=''); logging.info('b')": [("info", "a"), ("info", "b")],
    "warnings.warn('a')": [("warning", "UserWarning: a (functions/f.py, line 4)")],
    "asyncio.run(asyncio.to_thread(print, 'a'))": [("info", "a")],
    "thread = threading.Thread(target=print, args='a'); thread.start(); thread.join()": [("info", "a")],
    "sys.stdout.close(); print('a')": [("info", "a")],
}


@pytest.mark.parametrize("body", PRINTS)
def test_output_becomes_entries_of_the_invocation(serve: Serve, body: str) -> None:
    """Prints, streams, logging and warnings arrive with their level, in order, under the invocation's id."""
    outcome, logs = serve(f"{IMPORTS}def handler(context, event):\n    {body}\n").call()

    assert isinstance(outcome, Completed), outcome
    assert [(log.level, log.text) for log in logs] == PRINTS[body]
    assert {log.id for log in logs} <= {outcome.id}


def test_logged_exception_shows_the_authors_files(serve: Serve) -> None:
    """`logging.exception` brings the stack, as the project names its files."""
    _, logs = serve(
        f"{IMPORTS}def handler(context, event):\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        logging.exception('oh')\n"
    ).call()

    assert logs[0].level == "error"
    assert logs[0].text.startswith("oh\nTraceback")
    assert 'File "functions/f.py", line 5, in handler' in logs[0].text


def test_entries_come_before_the_outcome_as_they_are_printed(serve: Serve) -> None:
    """A line is there before the handler goes on: nothing waits for the end."""
    worker = serve(f"{IMPORTS}def handler(context, event):\n    print('first')\n    time.sleep(600)\n")
    worker.conversation.send_invoke("/f")

    assert worker.conversation.hear() == Log(1, "info", "first")


@pytest.mark.parametrize(
    ("body", "sent", "dropped"),
    [
        ("print('x' * 99)", 99, 0),
        ("print('x' * 100)", 100, 1),
        ("print('x' * 150)", 100, 51),
        ("print('x' * 10_000_000)", 100, 9_999_901),
        ("for _ in range(50): print('x' * 9)", 90, 400),
        ("for _ in range(100_000): print('x' * 9)", 90, 999_900),
        ("for _ in range(1000): print()", 0, 900),
        ("print('é' * 100)", 100, 101),
        ("print('x' + 'é' * 100)", 99, 103),
        ("for _ in range(1000): print('x', end='')", 100, 900),
        ("for _ in range(60): print('x', end=''); print('y', end='', file=sys.stderr)", 100, 20),
        ("logging.info('x' * 150)", 100, 51),
    ],
)
def test_output_is_bounded_and_what_is_dropped_is_counted(serve: Serve, body: str, sent: int, dropped: int) -> None:
    """Every byte that is printed is either sent or counted, line ends included."""
    worker = serve(f"{IMPORTS}def handler(context, event):\n    {body}\n", Options(log_bytes=100))
    outcome, logs = worker.call()

    assert sum(len(log.text.encode()) for log in logs) == sent
    assert outcome.log_bytes_dropped == dropped
    assert worker.call()[0].log_bytes_dropped == dropped


def test_failure_counts_what_was_dropped_too(serve: Serve) -> None:
    """The count comes with whatever the outcome is."""
    outcome, _ = serve(
        "def handler(context, event):\n    print('x' * 150)\n    raise ValueError\n", Options(log_bytes=100)
    ).call()

    assert isinstance(outcome, Failed)
    assert outcome.log_bytes_dropped == 51


def test_output_while_loading_belongs_to_the_first_invocation(serve: Serve) -> None:
    """A module that prints does so for the invocation that loads it, once."""
    worker = serve("print('loaded')\n\ndef handler(context, event):\n    print('called')\n")

    assert [[log.text for log in worker.call()[1]] for _ in range(2)] == [["loaded", "called"], ["called"]]


def test_output_after_the_outcome_is_dropped(serve: Serve, tmp_path: Path) -> None:
    """A thread that prints on is heard no more; what it prints belongs to nobody."""
    go, gone = tmp_path / "go", tmp_path / "gone"
    for pipe in (go, gone):
        os.mkfifo(pipe)
    worker = serve(
        f"{IMPORTS}def late():\n    open({str(go)!r}).read()\n    print('late')\n    logging.error('late')\n"
        f"    open({str(gone)!r}, 'w').close()\n\n"
        "def handler(context, event):\n    if event.get('start'):\n"
        "        threading.Thread(target=late, daemon=True).start()\n    print('mine')\n"
    )
    before = worker.call({"start": 1})
    go.write_text("")
    gone.read_text()
    after = worker.call()

    assert [[log.text for log in logs] for _, logs in (before, after)] == [["mine"], ["mine"]]


def test_task_of_an_ended_invocation_prints_for_nobody(serve: Serve) -> None:
    """What an invocation left on the loop does not print into the next one's log."""
    worker = serve(
        f"{IMPORTS}async def late():\n    await asyncio.sleep(0)\n    print('late')\n\n"
        "async def handler(context, event):\n    if event.get('start'):\n"
        "        handler.task = asyncio.ensure_future(late())\n"
        "    else:\n        await handler.task\n        print('mine')\n"
    )
    worker.call({"start": 1})

    assert [log.text for log in worker.call()[1]] == ["mine"]


def test_replaced_stdout_is_back_for_the_next_invocation(serve: Serve) -> None:
    """A handler that puts something else in the place of stdout does so for itself alone."""
    worker = serve(
        f"{IMPORTS}import io\n\ndef handler(context, event):\n    print('a')\n"
        "    sys.stdout = sys.stderr = io.StringIO()\n    print('b')\n"
    )

    assert [[log.text for log in worker.call()[1]] for _ in range(2)] == [["a"], ["a"]]


def test_child_process_prints_into_the_pipes(serve: Serve) -> None:
    """Descriptors 1 and 2 are pipes to the host, for children and for native code."""
    worker = serve(
        f"{IMPORTS}def handler(context, event):\n"
        "    subprocess.run(['sh', '-c', 'echo out; echo err >&2'], check=True)\n"
        "    subprocess.run(['echo', 'passed'], stdout=sys.stdout, check=True)\n"
        "    os.write(1, b'raw')\n"
    )
    worker.call()

    assert worker.printed(worker.stdout, b"raw") == b"out\npassed\nraw"
    assert worker.printed(worker.stderr, b"err") == b"err\n"


def test_sys_exit_sends_what_was_printed(serve: Serve) -> None:
    """A handler that ends its process loses no line, not even one without an end."""
    worker = serve(f"{IMPORTS}def handler(context, event):\n    print('a')\n    print('b', end='')\n    sys.exit(3)\n")
    worker.conversation.send_invoke("/f")

    assert [worker.conversation.hear(), worker.conversation.hear()] == [Log(1, "info", "a"), Log(1, "info", "b")]
    assert serve.zygote.exit_status(worker) == 3
