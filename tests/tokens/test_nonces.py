"""A jti is never used twice: not in a process, not in its children, not in its threads."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from gettone.tokens.nonces import next_nonce, reseed

PREFIX = 20
CHILDREN = 4


def number(nonce: str) -> int:
    """Read the number that counts up."""
    return int(nonce[PREFIX:])


def test_ten_million_nonces_are_unique() -> None:
    """The digits stay and the number rises by one each time, so ten million differ."""
    first = next_nonce()
    deque(islice(iter(next_nonce, None), 9_999_999), maxlen=0)
    last = next_nonce()

    assert last[:PREFIX] == first[:PREFIX]
    assert number(last) - number(first) == 10_000_000


def test_nonce_is_plain_letters_and_digits() -> None:
    """Nothing in a nonce needs escaping in JSON, and no hyphen confuses who reads jti."""
    nonce = next_nonce()

    assert nonce.isascii()
    assert nonce.isalnum()


def test_forked_children_draw_digits_of_their_own() -> None:
    """Children of one process, and the process itself, share no digits although all go on counting."""
    next_nonce()
    drawn = {next_nonce()[:PREFIX]}
    for _ in range(CHILDREN):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(writer, next_nonce().encode())
            os._exit(0)
        os.waitpid(pid, 0)
        drawn.add(os.read(reader, 100).decode()[:PREFIX])
        os.close(reader)
        os.close(writer)

    assert len(drawn) == CHILDREN + 1


def test_reseeded_process_draws_new_digits() -> None:
    """A process that was cloned in a way that Python does not see can be told."""
    before = next_nonce()
    reseed()
    after = next_nonce()

    assert before[:PREFIX] != after[:PREFIX]


def test_threads_share_no_nonce() -> None:
    """Threads that draw at once, from the very first nonce on, never draw the same."""
    reseed()
    with ThreadPoolExecutor(8) as threads:
        drawn = [
            nonce for nonces in threads.map(lambda _: [next_nonce() for _ in range(2000)], range(8)) for nonce in nonces
        ]

    assert len(set(drawn)) == len(drawn)
