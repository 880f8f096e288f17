"""What lies where in the data folder. Must not know what is written there."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from pathlib import Path

import gettone

SOCKET_PATH_BYTES_MAX = 100  # unix(7): 108, with the file's own name


def private_folder(path: Path) -> Path:
    """A folder of Gettone's, made for its owner alone. Raises OSError, also when somebody else has made it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "belongs to another user", str(path))
    return path


def database_file(data: Path) -> Path:
    """The database of record, where it is SQLite."""
    return data / "gettone.db"


def logs_file(data: Path) -> Path:
    """The log lines' own database."""
    return data / "logs.db"


def gateway_folder(data: Path) -> Path:
    """What the gateway keeps: sealed snapshots, and content by its digest."""
    return data / "gateway"


def bundles_folder(data: Path) -> Path:
    """Where the gateway unpacks packages of deployments, for guests to read."""
    return gateway_folder(data) / "bundles"


def packages_folder(data: Path) -> Path:
    """Where packages are installed before they are put away."""
    return data / "packages"


def feed_socket(data: Path) -> Path:
    """The socket between control and gateway. In the data folder, unless its path is too long for a socket."""
    folder = data.absolute() / "run"
    if len(os.fsencode(folder)) <= SOCKET_PATH_BYTES_MAX - len("/feed.sock"):
        return folder / "feed.sock"
    name = hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"gettone-{os.getuid()}-{name}" / "feed.sock"


def quickstart_folder() -> Path:
    """The example project: in the package, or beside the sources of a checkout."""
    package = Path(gettone.__file__).parent
    packed = package / "examples" / "quickstart"
    return packed if packed.is_dir() else package.parents[1] / "examples" / "quickstart"
