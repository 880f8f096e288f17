"""Reads one file of a project, or says why not. Must not know what the file is for."""

from __future__ import annotations

from pathlib import Path

from gettone.model.errors import PlatformError

# Far beyond any package.json, .env or gettone.toml that a person wrote.
CONFIGURATION_BYTES_MAX = 1 << 20


def find_bytes(location: Path, name: str, bytes_max: int = CONFIGURATION_BYTES_MAX) -> bytes | None:
    """The file's content, or None where there is no such file.

    `name` is what people call the file. Raises PlatformError `invalid` (cannot be read) or `too_large`.
    """
    try:
        with location.open("rb") as stream:
            content = stream.read(bytes_max + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(name, error) from error
    if len(content) > bytes_max:
        raise PlatformError(
            "too_large",
            f"{name} is larger than {megabytes(bytes_max)}: that is no file of this kind",
            file=name,
            bytes_max=bytes_max,
        )
    return content


def decode_text(content: bytes, name: str) -> str:
    """The content as text. Raises PlatformError `invalid` unless it is UTF-8; the message shows none of it."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlatformError(
            "invalid", f"{name} is not UTF-8 (line {line}): save it as UTF-8", file=name, line=line
        ) from None


def unreadable(name: str, error: OSError) -> PlatformError:
    """The error for a file that is there and cannot be read."""
    reason = (error.strerror or type(error).__name__).lower()
    return PlatformError("invalid", f"{name} cannot be read ({reason}): mend or remove it", file=name)


def megabytes(size_bytes: int) -> str:
    """A size for people."""
    return f"{size_bytes / (1 << 20):.3g} MB"
