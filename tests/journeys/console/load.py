"""Callers who go on asking a function while something else happens. Must not know the console."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CALLERS = 4
PATIENCE_SECONDS = 30.0


@dataclass
class Load:
    """What each caller was answered, in order: status and body, or why there was no answer."""

    answers: list[list[tuple[int, str]]] = field(default_factory=lambda: [[] for _ in range(CALLERS)])
    failures: list[str] = field(default_factory=list)
    heard: threading.Condition = field(default_factory=threading.Condition)
    is_over: bool = False

    def wait_until_all_hear(self, body: str) -> None:
        """Wait until every caller's newest answer is this one."""

        def all_hear() -> bool:
            return bool(self.failures) or all(heard and heard[-1][1] == body for heard in self.answers)

        with self.heard:
            assert self.heard.wait_for(all_hear, PATIENCE_SECONDS), [heard[-1:] for heard in self.answers]

    def call(self, caller: int, host: str, port: int, path: str) -> None:
        """Ask, again and again, on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            while not self.is_over:
                connection.request("GET", path, headers={"Host": host})
                response = connection.getresponse()
                answer = (response.status, response.read().decode())
                with self.heard:
                    self.answers[caller].append(answer)
                    self.heard.notify_all()
        except (OSError, http.client.HTTPException) as error:
            with self.heard:
                self.failures.append(repr(error))
                self.heard.notify_all()
        finally:
            connection.close()


@contextmanager
def under_load(address: str) -> Iterator[Load]:
    """Keep calling an address until the end."""
    asked = urlsplit(address)
    assert asked.port is not None
    load = Load()
    threads = [
        threading.Thread(target=load.call, args=(caller, asked.netloc, asked.port, asked.path))
        for caller in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.is_over = True
        for thread in threads:
            thread.join()
