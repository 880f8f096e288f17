"""Invocations that are sent ahead: each has its turn if its ticket is still there, and is forgotten if not."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from gettone.wire.messages import Completed, encode_invoke
from tests.guests.javascript.guests import Serve, Served, handler

FILES = {
    "functions/slow.js": handler("setTimeout(callback, 20, null, event.n);"),
    "functions/quick.js": handler("callback(null, event.n);"),
    "functions/fails.js": handler("throw new Error('failed');"),
    "functions/leaves.js": handler("callback(null, event.n); Promise.resolve().then(() => console.log('late'));"),
    "functions/prints.js": handler("console.log('mine'); callback(null, event.n);"),
}


def frame(id: int, function: str, *, ahead: bool = True) -> bytes:
    """An invocation whose answer is its number."""
    return encode_invoke(id, function, "RQ" + "0" * 32, b'{"n":%d}' % id, ticket=ahead)


def give(served: Served, tickets: int) -> None:
    """What the host writes for invocations that it sends ahead."""
    os.write(served.guest.tickets[1], b"." * tickets)


def test_invocations_sent_ahead_are_answered_in_order(serve: Serve) -> None:
    """Each after the outcome of the one before it, in one read or in several."""
    served = serve(FILES)
    give(served, 4)
    conversation = served.guest.conversation
    conversation.say(frame(1, "/slow", ahead=False) + frame(2, "/quick") + frame(3, "/slow") + frame(4, "/fails"))
    heard = [conversation.hear() for _ in range(4)]
    conversation.say(frame(5, "/quick"))
    heard.append(conversation.hear())

    assert [getattr(message, "id", None) for message in heard] == [1, 2, 3, 4, 5]


def test_invocation_whose_ticket_was_taken_back_is_forgotten(serve: Serve) -> None:
    """It never starts; what is sent later does."""
    served = serve(FILES)
    give(served, 3)
    conversation = served.guest.conversation
    conversation.say(frame(1, "/slow", ahead=False) + b"".join(frame(id, "/quick") for id in (2, 3, 4)))
    taken_back = os.read(served.guest.tickets[0], 2)
    heard = [conversation.hear(), conversation.hear()]
    conversation.say(frame(5, "/quick", ahead=False))
    heard.append(conversation.hear())

    assert len(taken_back) == 2
    assert [message.id for message in heard if isinstance(message, Completed)] == [1, 2, 5]


def test_invocation_sent_ahead_of_nothing_needs_its_ticket_too(serve: Serve) -> None:
    """The one before it may be over by the time it arrives."""
    served = serve(FILES)
    conversation = served.guest.conversation
    conversation.say(frame(1, "/quick") + frame(2, "/quick", ahead=False))
    heard = [conversation.hear()]
    give(served, 1)
    conversation.say(frame(3, "/quick"))
    heard.append(conversation.hear())

    assert [message.id for message in heard if isinstance(message, Completed)] == [2, 3]


def test_many_invocations_sent_ahead_do_not_pile_up_on_the_stack(serve: Serve) -> None:
    """A queue is worked off, not nested."""
    served = serve(FILES)
    give(served, 20_000)
    conversation = served.guest.conversation
    frames = frame(1, "/slow", ahead=False) + b"".join(frame(id, "/quick") for id in range(2, 20_002))
    # A host reads while it writes.
    with ThreadPoolExecutor(1) as writer:
        written = writer.submit(conversation.say, frames)
        heard = [conversation.hear() for _ in range(20_001)]
        written.result()

    assert [message.id for message in heard if isinstance(message, Completed)] == list(range(1, 20_002))


def test_promises_of_an_invocation_run_before_the_next_begins(serve: Serve) -> None:
    """What they print is not taken for the next one's."""
    served = serve(FILES)
    give(served, 2)
    conversation = served.guest.conversation
    conversation.say(frame(1, "/slow", ahead=False) + frame(2, "/leaves") + frame(3, "/prints"))
    heard = [conversation.hear() for _ in range(4)]

    assert [(type(message).__name__, getattr(message, "id", None)) for message in heard] == [
        ("Completed", 1),
        ("Completed", 2),
        ("Log", 3),
        ("Completed", 3),
    ]
    assert getattr(heard[2], "text", "") == "mine"
