"""Writes the smallest wheels that pip accepts. Must not know: what they are for."""

import hashlib
import zipfile
from pathlib import Path


def write_wheel(folder: Path, name: str, modules: dict[str, str], script: str = "") -> Path:
    """Write version 1.0 of a pure package; `script` is its entry point, as `name = module:function`."""
    info = f"{name}-1.0.dist-info"
    files = {
        **modules,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{script}\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(inside, content)
    return path


def sha256(path: Path) -> str:
    """Digest of a file, as a lock writes it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
