"""A registry of npm packages and an index of Python ones, on loopback, with packages made here.

    /npm/        left-pad 1.0.0 and 1.3.0; greeter 2.0.0, which needs it; scripted 1.0.0, which has an install script;
                 astray 1.0.0, which needs a git repository
    /npm-locked/ @acme/secret 1.0.0, for who has the token
    /simple/     plain 1.0 and 1.1 (wheels); wordy 2.0, which needs it; built 1.0 (source alone);
                 astray 1.0, which needs a file at another address
    /locked/     hidden 1.0, for who has the password

Whoever asks for a path that is on hold waits until the test lets it go. Must not know what asks.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import json
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

# With signs that mean something in the files of npm and pip.
NPM_TOKEN = 'npm-token; ${HOME} "of" # the operator'
INDEX_USER = "reader"
INDEX_PASSWORD = 'index "password"/of:\\the # operator'
HOLD_SECONDS = 60.0

# Leaves a trace where it ran, in the package itself: who ran it, with which environment, and what npm's file said then.
_TRACE = """
const fs = require('fs');
const file = process.env.HOME + '/.npmrc';
const npmrc = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
fs.writeFileSync('ran.json', JSON.stringify({ uid: process.getuid(), npmrc, environment: process.env }));
"""
# A build backend without requirements, which leaves a trace in what it builds.
_BACKEND = """
import base64, hashlib, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "built-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("built.py", "made_from_source = True\\n")
        wheel.writestr("built-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: built\\nVersion: 1.0\\n")
        wheel.writestr("built-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("built-1.0.dist-info/RECORD", "")
    return name
"""


@dataclass(slots=True, eq=False)
class Held:
    """A path on hold: whether somebody waits for it, and whether it was let go."""

    waited_for: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    async def reached(self) -> None:
        """Until somebody waits."""
        assert await asyncio.to_thread(self.waited_for.wait, HOLD_SECONDS)


@dataclass(slots=True)
class Registry:
    """A registry that runs. `asked` are the paths that were asked for, with credentials or without."""

    port: int
    closed_port: int
    asked: list[str] = field(default_factory=list)
    held: dict[str, Held] = field(default_factory=dict)

    def url(self, part: str) -> str:
        """Address of a part of it: `npm`, `npm-locked`, `simple`, `locked`."""
        return f"http://127.0.0.1:{self.port}/{part}/"

    @property
    def closed(self) -> str:
        """An address of loopback where nobody listens, for as long as this runs."""
        return f"http://127.0.0.1:{self.closed_port}"

    @contextlib.contextmanager
    def hold(self, path: str) -> Iterator[Held]:
        """Let whoever asks for this path wait for the time of the block."""
        self.held[path] = held = Held()
        try:
            yield held
        finally:
            del self.held[path]
            held.let_go.set()


@contextlib.contextmanager
def registry() -> Iterator[Registry]:
    """Serve for the time of the block."""
    with socket.socket() as silent:
        # Bound and not listening: nobody else can have the port, and connecting is refused at once.
        silent.bind(("127.0.0.1", 0))
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        serving = Registry(server.server_port, silent.getsockname()[1])
        server.registry = serving  # type: ignore[attr-defined]
        server.contents = _contents(serving)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield serving
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        registry: Registry = self.server.registry  # type: ignore[attr-defined]
        path = unquote(self.path)
        registry.asked.append(path)
        if (held := registry.held.get(path)) is not None:
            held.waited_for.set()
            held.let_go.wait(HOLD_SECONDS)
        wanted = _CREDENTIALS.get(path.split("/")[1])
        if wanted is not None and self.headers.get("Authorization") != wanted:
            self._answer(401, "application/json", b'{"error":"Who are you?"}')
            return
        contents: Mapping[str, tuple[str, bytes]] = self.server.contents  # type: ignore[attr-defined]
        kind, content = contents.get(path, ("application/json", b'{"error":"Not found"}'))
        self._answer(200 if path in contents else 404, kind, content)

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


_CREDENTIALS = {"npm-locked": f"Bearer {NPM_TOKEN}", "locked": _basic(INDEX_USER, INDEX_PASSWORD)}


def _contents(serving: Registry) -> dict[str, tuple[str, bytes]]:
    pad = "module.exports = (text, width) => String(text).padStart(width);\n"
    greeter = "module.exports = (name) => require('left-pad')(name, 8);\n"
    packages = [
        _npm("left-pad", "1.0.0", {"index.js": pad}),
        _npm("left-pad", "1.3.0", {"index.js": pad, "bin.js": "#!/usr/bin/env node\n"}, bin={"pad": "bin.js"}),
        _npm("greeter", "2.0.0", {"index.js": greeter}, dependencies={"left-pad": "^1.0.0"}),
        _npm("astray", "1.0.0", {"index.js": "\n"}, dependencies={"gone": f"git+{serving.closed}/gone.git"}),
        _npm("scripted", "1.0.0", {"index.js": "\n", "trace.js": _TRACE}, scripts={"install": "node trace.js"}),
    ]
    found = _packuments(serving.url("npm"), packages)
    found |= _packuments(
        serving.url("npm-locked"), [_npm("@acme/secret", "1.0.0", {"index.js": "module.exports = 1;\n"})]
    )
    found |= _index(
        "simple",
        {
            "plain": [_wheel("plain", "1.0", "greeting = 'old'\n"), _wheel("plain", "1.1", "greeting = 'hello'\n")],
            "astray": [_wheel("astray", "1.0", "", requires=f"gone @ {serving.url('files')}gone-1.0-py3-none-any.whl")],
            "wordy": [_wheel("wordy", "2.0", "from plain import greeting\n", requires="plain>=1.0")],
            "built": [_sdist()],
        },
    )
    found["/files/gone-1.0-py3-none-any.whl"] = ("application/octet-stream", _wheel("gone", "1.0", "")[1])
    found |= _index("locked", {"hidden": [_wheel("hidden", "1.0", "found = True\n")]})
    return found


def _npm(name: str, version: str, files: Mapping[str, str], **more: object) -> tuple[dict[str, object], bytes]:
    manifest = {"name": name, "version": version, "main": "index.js", **more}
    files = {"package.json": json.dumps(manifest), **files}
    return manifest, _tar({f"package/{place}": text for place, text in files.items()})


def _packuments(base: str, packages: list[tuple[dict[str, object], bytes]]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    versions: dict[str, dict[str, object]] = {}
    root = "/" + base.rstrip("/").rpartition("/")[2]
    for manifest, tarball in packages:
        name, version = str(manifest["name"]), str(manifest["version"])
        file = f"{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        scripted = {"hasInstallScript": True} if "scripts" in manifest else {}
        dist = {"tarball": base + file, "integrity": integrity}
        versions.setdefault(name, {})[version] = {**manifest, **scripted, "dist": dist}
        found[f"{root}/{file}"] = ("application/octet-stream", tarball)
    for name, known in versions.items():
        packument = {"name": name, "dist-tags": {"latest": list(known)[-1]}, "versions": known}
        found[f"{root}/{name}"] = ("application/json", json.dumps(packument).encode())
    return found


def _wheel(name: str, version: str, source: str, requires: str | None = None) -> tuple[str, bytes]:
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": metadata + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = "".join(f"{place},sha256={_record(text)},{len(text)}\n" for place, text in files.items())
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for place, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(zipfile.ZipInfo(place), text)
    return f"{name}-{version}-py3-none-any.whl", content.getvalue()


def _record(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _sdist() -> tuple[str, bytes]:
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: built\nVersion: 1.0\n",
        "pyproject.toml": project,
        "setup.py": "raise SystemExit('setup.py ran')\n",
        "backend.py": _BACKEND,
    }
    return "built-1.0.tar.gz", _tar({f"built-1.0/{place}": text for place, text in files.items()})


def _index(part: str, projects: Mapping[str, list[tuple[str, bytes]]]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for name, files in projects.items():
        links = ""
        for file, content in files:
            links += f'<a href="../files/{file}#sha256={hashlib.sha256(content).hexdigest()}">{file}</a>\n'
            found[f"/{part}/files/{file}"] = ("application/octet-stream", content)
        found[f"/{part}/{name}/"] = ("text/html", f"<!DOCTYPE html><html><body>{links}</body></html>".encode())
    return found


def _tar(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for place, text in files.items():
            entry = tarfile.TarInfo(place)
            entry.size, entry.mode = len(text.encode()), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()
