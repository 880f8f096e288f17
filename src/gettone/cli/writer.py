"""Writes text in a thread of its own, in order; drops what a slow reader leaves no room for. Knows no meaning."""

from __future__ import annotations

import threading
from typing import TextIO

HELD_CHARS_MAX = 4 << 20
CLOSE_SECONDS = 1.0


class Writer:
    """State: `_held`, not yet written; `_dropped`, lines that found no room; `_closing`. `_news` guards them."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._held: list[str] = []
        self._held_chars = 0
        self._dropped = 0
        self._closing = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Take a text. Never waits."""
        with self._news:
            if self._held_chars + len(text) > HELD_CHARS_MAX:
                self._dropped += text.count("\n")
                return
            self._held.append(text)
            self._held_chars += len(text)
            self._news.notify()

    def close(self) -> None:
        """Write what is left, unless the reader does not take it."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._held or self._closing)
                texts, self._held = self._held, []
                self._held_chars = 0
                dropped, self._dropped = self._dropped, 0
                if not texts:
                    return
            if dropped:
                texts.append(f"({dropped} lines were dropped: this output was not read fast enough)\n")
            try:
                self._out.write("".join(texts))
                self._out.flush()
            except (OSError, ValueError):
                return  # nobody reads any more: serving goes on
