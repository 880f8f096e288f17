"""Two machines and one Gettone: signing in, a key for the other, what each may do, and leaving again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, start_server

SECONDS = 60


class Machine:
    """Somebody's computer, with the installed command on it, and nothing of the others."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home = home
        self.environ = {
            "HOME": str(home),
            "USER": home.name,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        self.said = ""

    def gettone(self, *words: str, stdin: str = "", code: int = 0) -> str:
        """Run a verb; what it printed, or what it complained of where it was to fail."""
        ended = subprocess.run(
            ["gettone", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=self.environ,
            cwd=self.home,
        )
        assert ended.returncode == code, ended.stderr
        self.said += ended.stdout + ended.stderr
        return ended.stderr if code else ended.stdout


def test_two_machines_and_one_gettone(tmp_path: Path) -> None:
    """A key that may deploy one service is all that the second machine ever has."""
    with start_server(tmp_path / "data") as server:
        url = f"http://localhost:{server.console_port}"
        ada, robot = Machine(tmp_path / "ada"), Machine(tmp_path / "robot")
        wrong_port = ada.gettone(
            "login", f"http://localhost:{server.port}", "-u", ACCOUNT_SID, stdin=AUTH_TOKEN, code=1
        )
        ada.gettone("login", url, "-u", ACCOUNT_SID, stdin=AUTH_TOKEN)
        told = ada.gettone("keys", "create", "robot", "--policy", "deploy", "--service", "quickstart", "-o", "tsv")
        values = dict(line.split("\t") for line in told.splitlines())
        robot.gettone("login", url, "-u", values["sid"], stdin=values["secret"])
        robot.gettone("link", "quickstart")
        rights = robot.gettone("whoami", "-o", "tsv")
        denied = robot.gettone("keys", "list", code=1)
        ada.gettone("keys", "revoke", values["sid"], "--yes")
        revoked = robot.gettone("whoami", code=1)
        ada.gettone("logout")
        audit = server.api("/api/v1/audit").text

    assert "functions answer on one port, console and API on another" in wrong_port
    assert "deployments:write" in rights
    assert "keys:write" not in rights
    assert "lacks the permission keys:read" in denied
    assert f"gettone login {url}" in revoked
    assert audit.count('"action":"key.create"') >= 2
    assert audit.count('"action":"key.delete"') == 2
    assert '"friendly_name":"ada@' in audit
    assert AUTH_TOKEN not in ada.said
    assert (ada.home / ".config/gettone/profiles.toml").stat().st_mode & 0o777 == 0o600
    assert ada.said.count(values["secret"]) == 1
    assert values["secret"] not in robot.said


def test_start_beside_a_project_names_the_verb_for_it(tmp_path: Path) -> None:
    """It stops before anything is made."""
    ada = Machine(tmp_path / "ada")
    said = ada.gettone("start", "my-project", code=2)

    assert "gettone dev my-project" in said
    assert list(ada.home.iterdir()) == []
