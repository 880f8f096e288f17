"""Project folders for tests: made of real files, one factory for all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

HELLO_PY = 'def handler(context, event):\n    return "hello"\n'
HELLO_JS = "exports.handler = (context, event, callback) => callback(null, 'hello');\n"

# A moment at which no file system's clock can still tick for a file that was written before the test.
LONG_AGO_NS = 1_700_000_000_000_000_000


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by their names below a folder, and the folders they need."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def write_environment(folder: Path, configuration: str, library: str = "python3.11") -> Path:
    """Write the files of a Python environment, with an interpreter that must not be run; return its site-packages."""
    write_files(folder, {"pyvenv.cfg": configuration, "bin/python": "#!/bin/false\n", "bin/pip": "#!/bin/false\n"})
    (folder / "bin" / "python").chmod(0o755)
    site_packages = folder / "lib" / library / "site-packages"
    site_packages.mkdir(parents=True)
    return site_packages


def write_distribution(site_packages: Path, name: str, version: str) -> None:
    """Write what an installer leaves about a distribution."""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    write_files(site_packages, {f"{name.replace('-', '_')}-{version}.dist-info/METADATA": metadata})


def set_time(path: Path, mtime_ns: int) -> None:
    """Set when a file was last changed."""
    os.utime(path, ns=(mtime_ns, mtime_ns))
