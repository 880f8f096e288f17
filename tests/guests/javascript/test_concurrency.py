"""Several invocations under way in one guest: outcomes, output and errors find their own."""

from __future__ import annotations

from gettone.wire.messages import Completed, Failed, GuestMessage, Log
from tests.guests.javascript.guests import Serve, Served, handler

COUNT = 8
# Waits for as many of its kind as the event says, then answers with its own number.
MEET = (
    "let waiting = [];\n"
    "exports.handler = async (context, event, callback) => {\n"
    "  console.log(`begins ${event.n}`);\n"
    "  await new Promise((resolve) => { waiting.push(resolve); if (waiting.length === event.count)"
    " waiting.forEach((go) => go()); });\n"
    "  %s\n"
    "};\n"
)


def start(served: Served, count: int = COUNT) -> list[GuestMessage]:
    """Send invocations at once; all that is said until each has its outcome."""
    conversation = served.guest.conversation
    for n in range(1, count + 1):
        conversation.send_invoke("/meet", {"n": n, "count": count})
    heard: list[GuestMessage] = []
    while sum(isinstance(message, Completed | Failed) for message in heard) < count:
        heard.append(conversation.hear())
    return heard


def test_invocations_overlap_and_outcomes_name_their_own(serve: Serve) -> None:
    """None could end before all had begun."""
    served = serve({"functions/meet.js": MEET % "callback(null, event.n);"}, concurrency=COUNT)
    answers = [message for message in start(served) if isinstance(message, Completed)]

    assert sorted((answer.id, answer.body) for answer in answers) == [(n, b"%d" % n) for n in range(1, COUNT + 1)]


def test_printed_text_belongs_to_the_invocation_that_printed_it(serve: Serve) -> None:
    """In later turns, in timers, and on the streams."""
    later = (
        "setTimeout(() => { console.log(`later ${event.n}`); process.stdout.write(`part ${event.n}`);"
        " callback(); }, 1);"
    )
    served = serve({"functions/meet.js": MEET % later}, concurrency=COUNT)
    logs = [message for message in start(served) if isinstance(message, Log)]

    assert len(logs) == 3 * COUNT
    assert all(log.text.endswith(f" {log.id}") for log in logs)


def test_error_that_nobody_catches_fails_the_invocation_that_made_it(serve: Serve) -> None:
    """The others are answered."""
    fails = (
        "if (event.n === 3) setTimeout(() => { throw new Error('third'); }, 1);"
        " else setTimeout(callback, 5, null, event.n);"
    )
    served = serve({"functions/meet.js": MEET % fails}, concurrency=COUNT)
    outcomes = [message for message in start(served) if isinstance(message, Completed | Failed)]

    assert [outcome.id for outcome in outcomes if isinstance(outcome, Failed)] == [3]
    assert len(outcomes) == COUNT


def test_invocation_that_hangs_holds_up_no_other(serve: Serve) -> None:
    """The host ends it in the end."""
    served = serve(
        {"functions/hang.js": handler(""), "functions/f.js": handler("callback(null, 'on');")}, concurrency=2
    )
    served.guest.conversation.send_invoke("/hang")

    assert served.ask("/f").body == b"on"


def test_text_of_an_invocation_that_has_its_outcome_is_dropped_while_others_run(serve: Serve) -> None:
    """It is not taken for another's."""
    served = serve(
        {
            "functions/early.js": handler("setTimeout(() => console.log('late'), 5); callback();"),
            "functions/wait.js": handler("setTimeout(callback, 30, null, 'waited');"),
        },
        concurrency=2,
    )
    conversation = served.guest.conversation
    waiting = conversation.send_invoke("/wait")
    early = conversation.send_invoke("/early")
    heard = [conversation.hear(), conversation.hear()]

    assert [(type(message), message.id) for message in heard if isinstance(message, Completed | Log)] == [
        (Completed, early),
        (Completed, waiting),
    ]
