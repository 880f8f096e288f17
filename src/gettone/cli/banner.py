"""What `gettone start` prints: the addresses, what to try, what happens to its programs. Must not know how it runs."""

from __future__ import annotations

import signal
import sys
import time
from typing import TextIO

from gettone.assembly.addresses import addresses
from gettone.assembly.tether import Opened
from gettone.settings import Settings


class Banner:
    """Writes to a terminal or a journal. `started` is what `time.perf_counter` said when the verb began."""

    def __init__(
        self, settings: Settings, port: int, console_port: int, started: float, out: TextIO | None = None
    ) -> None:
        where = addresses(settings, port, console_port)
        self._functions, self._console = where.functions, where.console
        self._settings = settings
        self._started = started
        self._out = out or sys.stdout
        self._is_away = False

    def show(self, opened: Opened) -> None:
        """Say where everything is."""
        seconds = time.perf_counter() - self._started
        self._lines(
            "",
            f"Gettone is up ({seconds:.1f} s)",
            "",
            f"  Functions    {self._functions}",
            f"  Console      {self._console}",
            f"  Account SID  {opened.account_sid}",
            f"  Data         {self._settings.data}",
            "",
        )
        if opened.set_up_secret is not None:
            self.set_up(opened.set_up_secret)
        elif not opened.has_owner:
            self._lines("Nobody owns the account yet: gettone owner reset-link prints a link for who is to be it.", "")
        if opened.notices:
            self._lines(*(f"note  {notice}" for notice in opened.notices), "")
        if opened.quickstart is not None:
            self._lines(
                "Try it:",
                f"  curl -X POST {self._functions}/@{opened.quickstart}/create-room-token"
                " -H 'Content-Type: application/json' -d '{\"identity\": \"alice\"}'",
                "",
            )
        self._lines("Ctrl-C stops it.", "")

    def set_up(self, secret: str) -> None:
        """Show the one-time link. The secret stands behind `#`: browsers send that to nobody."""
        self._lines("Make the owner, once, with this link:", f"  {self._console}/set-up#{secret}", "")

    def away(self, message: str) -> None:
        """Say, once, that control waits for something."""
        if not self._is_away:
            self._lines(f"{message}. It is tried again.")
        self._is_away = True

    def from_disk(self) -> None:
        """Say that functions are served all the same."""
        self._lines(f"Functions are served from the last snapshot at {self._functions}")

    def back(self, program: str) -> None:
        """Say that a program does its work again."""
        self._is_away = False
        self._lines(f"The {program} is back.")

    def died(self, program: str, status: int) -> None:
        """Say that a program ended and is started again."""
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"exited with code {status}"
        self._lines(f"The {program} {how}. It is started again.")

    def stopping(self) -> None:
        """Say that it will take a moment."""
        self._lines("Stopping: what runs may finish. Ctrl-C again ends it.")

    def _lines(self, *lines: str) -> None:
        print(*lines, sep="\n", file=self._out, flush=True)


def waiting() -> None:
    """Say why nothing happens yet."""
    print("An earlier run was ended by force, and its programs are still ending: waiting for them.", flush=True)
