"""Handlers that do what they should not: each invocation has one outcome, and the guest goes on or is gone."""

from __future__ import annotations

import pytest

from gettone.wire.messages import Completed, Failed, Log
from tests.guests.javascript.guests import Serve, handler

# Statements that call back more than once, and the body that is sent.
TWICE = {
    "in one turn": "callback(null, 'first'); callback(null, 'second')",
    "an error after a result": "callback(null, 'first'); callback(new Error('second'))",
    "in one later turn": "setTimeout(() => { callback(null, 'first'); callback(null, 'second'); }, 1)",
    "in a turn of promises": "Promise.resolve().then(() => { callback(null, 'first'); callback(null, 'second'); })",
}
# Handlers that never call back, and what is said of them.
FORGOTTEN = (
    (handler("return 'value';"), "has returned a value, which is not sent,"),
    ("exports.handler = async () => 'value';", "has returned a value, which is not sent,"),
    ("exports.handler = async () => {};", "has ended"),
    (handler("const { ACCOUNT_SID } = process.env;"), "waits for nothing"),
    (handler("return new Promise(() => {});"), "waits for nothing"),
)
# Statements that go wrong after the answer, in the same turn.
AFTER = {
    "throws": "callback(null, 'first'); throw new Error('too late')",
    "throws in a promise": "Promise.resolve().then(() => { callback(null, 'first'); throw new Error('too late'); })",
}


@pytest.mark.parametrize("name", TWICE)
def test_second_callback_is_ignored_with_a_warning(serve: Serve, name: str) -> None:
    """The first answer counts; the log names the function."""
    outcome, logs = serve({"functions/f.js": handler(f"{TWICE[name]};")}).run("/f")

    assert isinstance(outcome, Completed)
    assert outcome.body == b"first"
    assert [log.level for log in logs] == ["warning"]
    assert "functions/f.js: callback was called a second time" in logs[0].text


def test_second_callback_of_an_earlier_invocation_harms_no_other(serve: Serve) -> None:
    """It is told on standard error, since no frame may follow an outcome."""
    served = serve(
        {
            "functions/f.js": handler("globalThis.again = callback; callback(null, 'first');"),
            "functions/g.js": handler("again(null, 'second'); callback(null, 'mine');"),
        }
    )

    assert served.ask("/f").body == b"first"
    assert served.ask("/g").body == b"mine"
    assert b"functions/f.js: callback was called a second time" in served.guest.printed(served.guest.stderr, b"\n")


def test_error_after_the_answer_in_the_same_turn_is_logged(serve: Serve) -> None:
    """The answer stands."""
    outcome, logs = serve({"functions/f.js": handler(f"{AFTER['throws']};")}).run("/f")

    assert isinstance(outcome, Completed)
    assert outcome.body == b"first"
    assert [log.level for log in logs] == ["error"]
    assert "too late" in logs[0].text
    assert "functions/f.js:2" in logs[0].text


def test_error_after_the_answer_leaves_the_guest_serving(serve: Serve) -> None:
    """A promise or a timer that fails when nobody waits any more is no reason to end."""
    served = serve(
        {
            "functions/f.js": handler(f"{AFTER['throws in a promise']};"),
            "functions/g.js": handler("setTimeout(() => { throw new Error('timer'); }, 1); callback(null, 'g');"),
            "functions/wait.js": handler("setTimeout(callback, 20, null, 'on');"),
        }
    )

    assert served.ask("/f").body == b"first"
    assert served.ask("/wait").body == b"on"
    assert served.ask("/g").body == b"g"
    assert isinstance(served.run("/wait")[0], Completed | Failed)
    assert served.ask("/wait").body == b"on"


def test_exit_of_the_process_is_explained_and_flushed(serve: Serve) -> None:
    """What was printed is there, and why the worker is gone."""
    served = serve({"functions/f.js": handler("process.stdout.write('part'); process.exit(3);")})
    conversation = served.guest.conversation
    conversation.send_invoke("/f")

    assert conversation.hear() == Log(1, "info", "part")
    explained = conversation.hear()
    assert isinstance(explained, Log)
    assert explained.level == "error"
    assert "functions/f.js" in explained.text
    assert "code 3" in explained.text
    assert served.guest.wait() == 3


def test_handlers_that_forgot_their_callback_are_reminded(serve: Serve) -> None:
    """They wait, as on Twilio; after a second the log says what to write."""
    served = serve({f"functions/f{n}.js": source for n, (source, _) in enumerate(FORGOTTEN, 1)}, concurrency=9)
    for n in range(1, len(FORGOTTEN) + 1):
        served.guest.conversation.send_invoke(f"/f{n}")
    reminded = [served.guest.conversation.hear() for _ in FORGOTTEN]

    for log in reminded:
        assert isinstance(log, Log)
        assert log.id is not None
        assert log.level == "warning"
        assert log.text.startswith(
            f"functions/f{log.id}.js: the handler {FORGOTTEN[log.id - 1][1]} without calling callback"
        )
        assert "callback(null, result)" in log.text


def test_handler_that_answers_after_it_returned_is_not_reminded(serve: Serve) -> None:
    """An async function may hand its callback on."""
    source = "exports.handler = async (context, event, callback) => { setTimeout(callback, 5, null, 'later'); };"
    outcome, logs = serve({"functions/f.js": source}).run("/f")

    assert isinstance(outcome, Completed)
    assert (outcome.body, logs) == (b"later", [])


def test_handler_that_still_works_is_not_reminded(serve: Serve) -> None:
    """Who waits for something may be slow."""
    source = handler("setTimeout(callback, 1300, null, 'slow');")
    outcome, logs = serve({"functions/f.js": source}).run("/f")

    assert isinstance(outcome, Completed)
    assert (outcome.body, logs) == (b"slow", [])


def test_value_that_is_returned_beside_a_callback_is_ignored(serve: Serve) -> None:
    """`return callback(...)` is how tutorials write it."""
    source = handler("callback(null, 'called back'); return 'returned';")
    outcome, logs = serve({"functions/f.js": source}).run("/f")

    assert isinstance(outcome, Completed)
    assert (outcome.body, logs) == (b"called back", [])


@pytest.mark.parametrize(
    "statements",
    [
        "JSON.stringify = () => { throw new Error('mine'); }",
        "console.log = () => { throw new Error('mine'); }",
        "Object.prototype.toString = () => { throw new Error('mine'); }",
        "process.removeAllListeners()",
        "Error.stackTraceLimit = 0",
        "Error.prepareStackTrace = () => 7",
        "globalThis.Twilio = undefined; globalThis.process = undefined; globalThis.setTimeout = undefined",
        "Array.prototype.map = undefined",
    ],
)
def test_handler_that_breaks_its_own_world_still_has_an_outcome(serve: Serve, statements: str) -> None:
    """What comes of it is its own affair; the host hears one outcome, or that the guest is gone."""
    served = serve(
        {"functions/f.js": handler(f"{statements}; callback(null, 'x');"), "functions/g.js": handler("throw 1;")}
    )

    assert isinstance(served.run("/f")[0], Completed | Failed)
    assert isinstance(served.run("/g")[0], Completed | Failed)


def test_timer_that_fails_for_ever_floods_nothing(serve: Serve) -> None:
    """Standard error takes a few of its errors."""
    served = serve(
        {
            "functions/f.js": handler("callback(); setInterval(() => { throw new Error('again'); }, 0);"),
            "functions/wait.js": handler(
                "const end = Date.now() + 5; while (Date.now() < end); setTimeout(callback, 50);"
            ),
        }
    )
    served.ask("/f")
    for _ in range(3):
        served.run("/wait")
    served.guest.conversation.wire.close()
    served.guest.wait()

    assert served.guest.printed(served.guest.stderr).count(b"again") <= 20
