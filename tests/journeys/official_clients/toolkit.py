"""A project as Twilio's toolkit lays it out, and the toolkit itself at work in it. Must not know what is right."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.official_clients.npm_clients import MODULES, NODE, NPX

SECONDS = 60
PROGRAM = MODULES / ".bin" / "twilio-run"
# As the toolkit's generator of projects writes it, with the client's current version.
PACKAGE = {
    "version": "0.0.0",
    "private": True,
    "scripts": {"start": "twilio-run", "deploy": "twilio-run deploy"},
    "dependencies": {"twilio": "^6.2.0", "@twilio/runtime-handler": "2.0.3"},
    "devDependencies": {"twilio-run": "^5.0.1"},
    "engines": {"node": "22"},
}
TOKEN = """
exports.handler = function (context, event, callback) {
  const { AccessToken } = require('twilio').jwt;
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity: event.identity });
  token.addGrant(new AccessToken.VideoGrant());
  console.log('a token for', event.identity);
  callback(null, { token: token.toJwt() });
};
"""
GREETING = """
const { open } = Runtime.getAssets()['/name.txt'];
const { greet } = require(Runtime.getFunctions()['greet'].path);

exports.handler = (context, event, callback) => callback(null, `${greet(open())} It is ${context.COLOUR}.`);
"""
FILES = {
    "functions/token.js": TOKEN,
    "functions/greeting.js": GREETING,
    "functions/greet.private.js": "exports.greet = (name) => `Hello, ${name}!`;\n",
    "functions/sms/reply.protected.js": "exports.handler = (context, event, callback) => callback(null, 'reply');\n",
    "assets/index.html": "<h1>Public</h1>\n",
    "assets/style.protected.css": "body {}\n",
    "assets/name.private.txt": "Ada",
}
VARIABLES = {"COLOUR": "blue", "API_KEY": "SK" + "1" * 32, "API_SECRET": "2" * 32, "EMPTY": ""}


@dataclass(frozen=True, slots=True)
class Toolkit:
    """twilio-run, as it is called in a project's folder."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str, fails: bool = False) -> str:
        """What one call printed, on both streams; it has to end well unless it is to fail."""
        done = self._call(str(PROGRAM), *words)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def npx(self, *words: str) -> str:
        """The same, called as its documentation says."""
        done = self._call(str(NPX), "--no-update-notifier", "twilio-run", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        """What one call printed for programs to read."""
        done = self._call(str(PROGRAM), *words, "--output-format", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def following(self, *words: str) -> Iterator[Iterator[str]]:
        """The lines of a call that goes on until it is stopped, as they come. They end when they take too long."""
        process = subprocess.Popen(
            [str(NODE), str(PROGRAM), *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        patience = threading.Timer(SECONDS, process.kill)
        patience.start()
        with process:
            assert process.stdout is not None
            try:
                yield iter(process.stdout.readline, "")
            finally:
                patience.cancel()
                process.kill()

    def _call(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(NODE), program, *words],
            check=False,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )


def write_toolkit_project(folder: Path, account: tuple[str, str], name: str = "toolkit") -> None:
    """Make a project's folder, with the toolkit where npm would have put it."""
    variables = {"ACCOUNT_SID": account[0], "AUTH_TOKEN": account[1], **VARIABLES}
    files = {
        **FILES,
        "package.json": json.dumps({**PACKAGE, "name": name}),
        ".env": "".join(f"{key}={value}\n" for key, value in variables.items()),
    }
    for file, content in files.items():
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    (folder / "node_modules").symlink_to(MODULES)
