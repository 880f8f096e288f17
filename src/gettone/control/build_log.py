"""What is said of one build, for a person to read: whole lines, bounded. Must not know who speaks, or who shows it."""

from __future__ import annotations

LOG_BYTES_MAX = 256 << 10

_LINE_CHARACTERS_MAX = 2000
# Why a build failed is said last, and must not be what is cut off.
_LAST_WORDS_BYTES = 16 << 10
_CUT = "... more was said than is kept"


class BuildLog:
    """Lines. `is_new` when there is more than was shown."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._bytes = 0
        self._is_cut = False
        self.is_new = False

    def say(self, line: str) -> None:
        """Add a line, while there is room."""
        if self._is_cut:
            return
        if not self._fits(line, LOG_BYTES_MAX - _LAST_WORDS_BYTES):
            self._is_cut = True
            line = _CUT
        self._add(line)

    def conclude(self, line: str) -> None:
        """Add one of the last lines, for which room is kept."""
        if self._fits(line, LOG_BYTES_MAX):
            self._add(line)

    def text(self) -> str:
        """All of it."""
        self.is_new = False
        return "".join(f"{line}\n" for line in self._lines)

    def _fits(self, line: str, bytes_max: int) -> bool:
        return self._bytes + len(_clean(line).encode()) + 1 <= bytes_max

    def _add(self, line: str) -> None:
        line = _clean(line)
        self._lines.append(line)
        self._bytes += len(line.encode()) + 1
        self.is_new = True


def _clean(line: str) -> str:
    """One line that can be shown and kept."""
    line = line[:_LINE_CHARACTERS_MAX]
    return "".join(character if character.isprintable() or character == "\t" else " " for character in line).rstrip()
