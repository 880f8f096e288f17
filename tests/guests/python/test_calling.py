"""The forms that a handler may have, what it is given, and when it has answered."""

from __future__ import annotations

import json

import pytest

from tests.guests.python.zygotes import Options, Serve

FORMS = {
    "returns": "def handler(context, event):\n    return 'hi ' + event.name\n",
    "calls back": "def handler(context, event, callback):\n    callback(None, 'hi ' + event.name)\n",
    "is async": "async def handler(context, event):\n    await asyncio.sleep(0)\n    return 'hi ' + event.name\n",
    "is async and calls back": (
        "async def handler(context, event, callback):\n    await asyncio.sleep(0)\n"
        "    callback(None, 'hi ' + event.name)\n"
    ),
    "calls back, and returns what does not count": (
        "def handler(context, event, callback):\n    callback(None, 'hi ' + event.name)\n    return 'not this'\n"
    ),
    "calls back by name": "def handler(context, event, done):\n    done(error=None, result='hi ' + event.name)\n",
    "calls back from a thread": (
        "def handler(context, event, callback):\n"
        "    threading.Timer(0.01, callback, (None, 'hi ' + event.name)).start()\n"
    ),
    "async, calls back from a thread": (
        "async def handler(context, event, callback):\n"
        "    threading.Timer(0.01, callback, (None, 'hi ' + event.name)).start()\n"
    ),
    "calls back from a task": (
        "async def later(event, callback):\n    await asyncio.sleep(0.01)\n    callback(None, 'hi ' + event.name)\n\n"
        "async def handler(context, event, callback):\n"
        "    handler.task = asyncio.create_task(later(event, callback))\n"
    ),
    "calls back from a timer": (
        "async def handler(context, event, callback):\n"
        "    asyncio.get_running_loop().call_later(0.01, callback, None, 'hi ' + event.name)\n"
    ),
    "a lambda": "handler = lambda context, event: 'hi ' + event.name\n",
    "an object": (
        "class Greeter:\n    def __call__(self, context, event):\n        return 'hi ' + event.name\n\n"
        "handler = Greeter()\n"
    ),
    "an async object": (
        "class Greeter:\n    async def __call__(self, context, event):\n        return 'hi ' + event.name\n\n"
        "handler = Greeter()\n"
    ),
    "wrapped": (
        "def polite(inner):\n    @functools.wraps(inner)\n    def outer(*args, **kwargs):\n"
        "        return inner(*args, **kwargs)\n    return outer\n\n"
        "@polite\ndef handler(context, event, callback):\n    callback(None, 'hi ' + event.name)\n"
    ),
    "takes anything": "def handler(*given):\n    return 'hi ' + given[1].name\n",
    "partial": (
        "def greet(word, context, event):\n    return word + event.name\n\nhandler = functools.partial(greet, 'hi ')\n"
    ),
    "with a default": "def handler(context, event, word='hi '):\n    return word + event.name\n",
    "with an optional callback": (
        "def handler(context, event, callback=None):\n    callback(None, 'hi ' + event.name)\n"
    ),
    "gives a coroutine": (
        "async def greet(event):\n    return 'hi ' + event.name\n\n"
        "def handler(context, event):\n    return greet(event)\n"
    ),
    "runs a loop of its own": (
        "async def greet(event):\n    return 'hi ' + event.name\n\n"
        "def handler(context, event):\n    return asyncio.run(greet(event))\n"
    ),
}
IMPORTS = "import asyncio, functools, threading\n\n"

UNFIT = {
    "def handler():\n    pass\n": "takes context and event",
    "def handler(event):\n    pass\n": "takes context and event",
    "def handler(context, event, callback, more):\n    pass\n": "so many arguments",
    "def handler(context, event, *, needed):\n    pass\n": "so many arguments",
    "handler = 5\n": "of type int",
    "x = 1\n": "has no handler",
}

ERRORS = {
    "'bad'": ("bad", "Error", None),
    "ValueError('bad')": ("bad", "ValueError", None),
    "ValueError": ("ValueError", "ValueError", None),
    "404": ("404", "Error", 404),
    "{'message': 'bad', 'code': 7, 'name': 'Own'}": ("bad", "Own", 7),
    "{'code': 7}": ('{"code": 7}', "Error", 7),
    "SystemExit(3)": ("3", "SystemExit", None),
    "[1]": ("[1]", "Error", None),
}


@pytest.mark.parametrize("form", FORMS)
def test_handler_may_have_this_form(serve: Serve, form: str) -> None:
    """Plain or async, returning or calling back: the answer is the same, call after call."""
    worker = serve(IMPORTS + FORMS[form])

    assert [worker.answer({"name": name}) for name in ("ann", "bob")] == ["hi ann", "hi bob"]


@pytest.mark.parametrize("source", UNFIT)
def test_unfit_handler_is_told_what_to_write(serve: Serve, source: str) -> None:
    """A handler that cannot be called fails with the file's name and a hint that shows how to write one."""
    failure = serve(source).failure()

    assert UNFIT[source] in failure.message
    assert failure.problem is not None
    assert failure.problem.file == "functions/f.py"
    assert "def handler(context, event)" in str(failure.problem.hint)


def test_handler_under_another_name_is_recognised(serve: Serve) -> None:
    """A file whose only function has another name is told to rename it."""
    failure = serve("def main(context, event):\n    return 1\n").failure()

    assert failure.problem is not None
    assert failure.problem.hint == "Rename the function main to handler."


@pytest.mark.parametrize("given", ERRORS)
def test_error_that_is_called_back_fails_the_invocation(serve: Serve, given: str) -> None:
    """Whatever is called back as an error is told with message, name and code."""
    failure = serve(f"def handler(context, event, callback):\n    callback({given})\n").failure()

    assert (failure.message, failure.name, failure.code) == ERRORS[given]


@pytest.mark.parametrize("falsy", ["None", "''", "0", "False"])
def test_falsy_error_is_none(serve: Serve, falsy: str) -> None:
    """As on Twilio, an error that is falsy counts as none."""
    assert serve(f"def handler(context, event, callback):\n    callback({falsy}, 'ok')\n").answer() == "ok"


def test_callback_without_arguments_is_an_empty_answer(serve: Serve) -> None:
    """`callback()` answers 200 with nothing."""
    assert serve("def handler(context, event, callback):\n    callback()\n").answer() == ""


def test_first_callback_wins_and_the_second_is_a_warning(serve: Serve) -> None:
    """Only the first call counts; the log says that there was another."""
    worker = serve("def handler(context, event, callback):\n    callback(None, 1)\n    callback('late')\n")
    outcome, logs = worker.call()

    assert getattr(outcome, "body", None) == b"1"
    assert [(log.level, "again" in log.text) for log in logs] == [("warning", True)]


def test_answer_stands_when_the_handler_raises_after_it(serve: Serve) -> None:
    """An exception after the callback goes to the log; the caller gets what was called back."""
    worker = serve("def handler(context, event, callback):\n    callback(None, 'ok')\n    raise ValueError('late')\n")
    outcome, logs = worker.call()

    assert getattr(outcome, "body", None) == b"ok"
    assert [log.level for log in logs] == ["error"]
    assert 'File "functions/f.py", line 3, in handler' in logs[0].text


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "return 'returned instead'",
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "threading.Thread(target=print).start()",
    ],
)
@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_handler_that_never_calls_back_fails_at_once(serve: Serve, keyword: str, body: str) -> None:
    """When nothing is left that could call back, nobody waits for it."""
    source = f"import threading, time\n\n{keyword} handler(context, event, callback):\n    {body}\n"
    worker = serve({"f.py": source, "g.py": "def handler(context, event):\n    return 'ok'\n"})
    failure = worker.failure()

    assert failure.name == "NoAnswerError"
    assert "without calling callback" in failure.message
    assert worker.answer(function="/g") == "ok"


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "GeneratorExit", "asyncio.CancelledError", "BaseException"])
@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_exception_of_any_kind_is_an_outcome(serve: Serve, keyword: str, raised: str) -> None:
    """What is not even an Exception fails its invocation and nothing else."""
    worker = serve(
        f"import asyncio\n\n{keyword} handler(context, event):\n    if event.get('bad'):\n        raise {raised}()\n"
        "    return 'ok'\n"
    )

    assert worker.failure({"bad": 1}).name == raised.rpartition(".")[2]
    assert worker.answer() == "ok"


def test_variables_are_in_context_and_environment(serve: Serve) -> None:
    """A variable can be read in every way that tutorials use."""
    worker = serve(
        "import os\n\ndef handler(context, event):\n"
        "    return [context.A, context['A'], context.get('A'), 'A' in context, os.environ['A'], context.get('B')]\n",
        Options(variables={"A": "x"}),
    )

    assert json.loads(worker.answer()) == ["x", "x", "x", True, "x", None]


def test_context_knows_where_the_function_runs(serve: Serve) -> None:
    """Domain, path and SIDs are members of the context; the path is the function's own."""
    worker = serve(
        {
            "a/b.py": "def handler(context, event):\n"
            "    return [context.DOMAIN_NAME, context.PATH, context.SERVICE_SID, context.ENVIRONMENT_SID]\n"
        }
    )

    assert json.loads(worker.answer(function="/a/b")) == ["localhost:3000", "/a/b", "ZS" + "0" * 32, "ZE" + "0" * 32]


def test_variable_replaces_a_member_of_the_same_name(serve: Serve) -> None:
    """As on Twilio, an own DOMAIN_NAME wins."""
    worker = serve(
        "def handler(context, event):\n    return context.DOMAIN_NAME\n", Options(variables={"DOMAIN_NAME": "own"})
    )

    assert worker.answer() == "own"


def test_change_of_the_context_ends_with_the_invocation(serve: Serve) -> None:
    """What a handler sets on its context or its event is not there for the next caller."""
    worker = serve(
        "def handler(context, event):\n    seen = [context.get('left'), event.get('left')]\n"
        "    context.left = event.left = 'here'\n    return seen\n"
    )

    assert [json.loads(worker.answer()) for _ in range(2)] == [[None, None]] * 2


def test_state_in_globals_stays(serve: Serve) -> None:
    """As on Twilio, a module is loaded once and keeps its globals between invocations of one worker."""
    worker = serve("count = 0\n\ndef handler(context, event):\n    global count\n    count += 1\n    return count\n")

    assert [worker.answer() for _ in range(3)] == ["1", "2", "3"]


def test_event_loop_stays_between_invocations(serve: Serve) -> None:
    """What an async handler keeps, bound to its loop, can be used by the next invocation."""
    worker = serve(
        "import asyncio\nqueue = asyncio.Queue()\n\nasync def handler(context, event):\n"
        "    if event.get('put'):\n        loop = asyncio.get_running_loop()\n"
        "        loop.call_soon(queue.put_nowait, event.put)\n        return 'put'\n"
        "    return await asyncio.wait_for(queue.get(), 5)\n"
    )

    assert [worker.answer({"put": "x"}), worker.answer()] == ["put", "x"]


def test_handler_that_stops_or_closes_its_loop_harms_only_itself(serve: Serve) -> None:
    """The next async invocation finds a loop that works."""
    worker = serve(
        "import asyncio\n\nasync def handler(context, event):\n    if event.get('stop'):\n"
        "        asyncio.get_running_loop().stop()\n        await asyncio.sleep(1)\n    return 'ok'\n"
    )

    assert worker.failure({"stop": 1}).name == "RuntimeError"
    assert worker.answer() == "ok"


def test_unknown_function_is_a_failure(serve: Serve) -> None:
    """A path that the deployment does not have fails, and names the path."""
    assert "/nowhere" in serve("def handler(context, event):\n    pass\n").failure(function="/nowhere").message


def test_javascript_function_cannot_run_in_python(serve: Serve) -> None:
    """A worker refuses a function of the other language, with a reason."""
    worker = serve({"f.py": "x = 1\n", "g.js": "exports.handler = 1;\n"})

    assert "not written in Python" in worker.failure(function="/g").message


def test_answer_over_its_bound_fails_with_the_bound(serve: Serve) -> None:
    """An answer that is too long is not sent; the failure says how long and how long it may be."""
    worker = serve("def handler(context, event):\n    return 'x' * event.size\n", Options(response_bytes=1000))
    failure = worker.failure({"size": 1001})

    assert "has 1001 bytes: at most 1000" in failure.message
    assert worker.answer({"size": 1000}) == "x" * 1000


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("{'user': {'born': datetime.date(1970, 1, 1)}}", "result['user']['born'] is a datetime.date"),
        ("Response(status_code=99)", "99"),
        ("Response(headers={'X': 'a\\nb'})", "The header X"),
        ("Response(body={1, 2})", "it is a set"),
        ("(x for x in ())", "a generator"),
        ("context", "secrets"),
    ],
)
def test_result_that_cannot_be_sent_is_told_by_place_and_kind(serve: Serve, result: str, told: str) -> None:
    """A result that is no answer fails with what is wrong and where."""
    failure = serve(
        f"import datetime\nfrom gettone import Response\n\ndef handler(context, event):\n    return {result}\n"
    ).failure()

    assert failure.name == "ResultError"
    assert told in failure.message
    assert failure.problem is not None
    assert failure.problem.file == "functions/f.py"
