"""`gettone dev` with the options that twilio-run has: each does what it says, or says why it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.dev_server import dev_server, write_project

ECHO = """
exports.handler = (context, event, callback) => {
  console.log('said at info');
  console.warn('said at warning');
  console.error('said at error');
  callback(null, { name: event.name, own: context.OWN, local: context.LOCAL });
};
"""
FILES = {"lambdas/echo.js": ECHO, "public/hello.txt": "hi"}
WRITTEN = """{
  functionsFolder: 'lambdas', // for all verbs
  commands: { start: { assetsFolder: 'public', logs: false, port: 1 } },
}"""
FOLDERS = ("--functions-folder", "lambdas", "--assets-folder", "public")


def test_folders_old_paths_and_this_shells_variables(tmp_path: Path) -> None:
    """Named folders are served and watched, assets below /assets; a variable of the file comes before the shell's."""
    folder = write_project(tmp_path, FILES, {"OWN": "file"})
    local = {"LOCAL": "shell", "OWN": "shell"}
    with dev_server(folder, *FOLDERS, "--legacy-mode", "--load-local-env", environ=local) as server:
        answer = server.post("/echo", name="ada").json()
        old, new = server.ask("/assets/hello.txt"), server.ask("/hello.txt")
        since = len(server.lines)
        (folder / "public" / "later.txt").write_text("later")
        server.wait_for("reloaded", since)
        later = server.ask("/assets/later.txt")

    assert answer == {"name": "ada", "own": "file", "local": "shell"}
    assert (old.text, new.status, later.text) == ("hi", 404, "later")


def test_what_is_shown_can_be_less_and_more(tmp_path: Path) -> None:
    """What a function was called with, on request; of what it prints, what is grave enough. A file may say so, too."""
    folder = write_project(tmp_path, FILES)
    (folder / ".twilioserverlessrc").write_text(WRITTEN)
    with dev_server(folder, "--logs", "--detailed-logs", "--no-live") as server:
        server.ask("/echo?a=1", "POST", json.dumps({"name": "ada\x1b"}), {"Content-Type": "application/json"})
        server.wait_for(r'called  /echo  \{"a": "1", "name": "ada\\u001b"\}')
        server.wait_for("said at info")
    with dev_server(folder, "--detailed-logs", "--log-level", "warn") as quiet:
        quiet.ask("/echo")
        quiet.wait_for("said at error")
    with dev_server(folder) as without:
        without.ask("/echo")
        without.wait_for("said at error")

    quiet_text, without_text = "\n".join(quiet.lines), "\n".join(without.lines)
    assert "said at warning" in quiet_text
    assert "said at info" not in quiet_text
    assert "/echo  200" not in quiet_text + without_text
    assert "said at info" in without_text
    assert "called" not in quiet_text + without_text


def test_change_is_not_served_without_live(tmp_path: Path) -> None:
    """What was there at the start is served to the end. Meanwhile a variable names the port, which is taken."""
    folder = write_project(tmp_path, {"functions/a.js": ECHO})
    with dev_server(folder, "--no-live") as server:
        (folder / "functions" / "a.js").write_text("exports.handler = (c, e, cb) => cb(null, 'changed');\n")
        refused = run_dev(str(folder), port=server.port)
        answers = [server.ask("/a").text for _ in range(20)]

    assert f"port {server.port} cannot be listened on" in refused.stderr
    assert "changed" not in answers
    assert not any("reloaded" in line for line in server.lines)


def run_dev(*words: str, port: int | None = None) -> subprocess.CompletedProcess[str]:
    """`gettone dev` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gettone", "dev", *words],
        env={"PATH": os.environ["PATH"], **({} if port is None else {"PORT": str(port)})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_what_gettone_does_not_do_is_refused_with_the_reason(tmp_path: Path) -> None:
    """A tunnel; a folder that is not there; an asset where a function is."""
    folder = write_project(tmp_path, {"functions/assets/a.js": ECHO, "assets/a": "x"})

    tunnel, absent, clash = (
        run_dev(str(folder), "--ngrok"),
        run_dev(str(folder), "--functions-folder", "none"),
        run_dev(str(folder), "--legacy-mode"),
    )

    assert [each.returncode for each in (tunnel, absent, clash)] == [1, 1, 1]
    assert "ngrok http 3000 beside it" in tunnel.stderr
    assert "there is no folder none/" in absent.stderr
    assert "both have the route /assets/a" in clash.stderr
