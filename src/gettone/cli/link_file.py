"""What a project's folder belongs to: the file that `gettone link` writes. It holds no secret. Asks no server."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from gettone.model.errors import PlatformError

FILE = ".gettonelink"
_BYTES_MAX = 1 << 16


@dataclass(frozen=True, slots=True)
class Link:
    """The profile and the service (SID or unique name) of a folder."""

    profile: str
    service: str | None = None


def read_link(folder: Path) -> Link | None:
    """What the folder belongs to; None where nothing was said. Raises PlatformError `invalid`."""
    file = folder / FILE
    try:
        with file.open("rb") as stream:
            values = tomllib.loads(stream.read(_BYTES_MAX).decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        raise _broken(file) from None
    profile, service = values.get("profile"), values.get("service")
    if not isinstance(profile, str) or not isinstance(service, str | None):
        raise _broken(file)
    return Link(profile, service)


def write_link(folder: Path, link: Link) -> Path:
    """Say what the folder belongs to. Raises PlatformError `unavailable`."""
    file = folder / FILE
    lines = [f"profile = {json.dumps(link.profile)}\n"]
    if link.service is not None:
        lines.append(f"service = {json.dumps(link.service)}\n")
    draft = file.with_name(f"{FILE}.new")
    try:
        draft.write_text("".join(lines), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise PlatformError("unavailable", f"{file} cannot be written: {error.strerror}") from error
    return file


def remove_link(folder: Path) -> bool:
    """Take it back; whether there was one."""
    try:
        (folder / FILE).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise PlatformError("unavailable", f"{folder / FILE} cannot be removed: {error.strerror}") from error
    return True


def _broken(file: Path) -> PlatformError:
    return PlatformError("invalid", f"{file} cannot be read: write it anew with gettone link")
