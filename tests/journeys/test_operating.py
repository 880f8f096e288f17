"""What an operator does beside `gettone start`: back up, restore, look, let an owner in again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from gettone import decode
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server

PASSPHRASE = "correct horse battery"
JSON = {"Content-Type": "application/json"}


def gettone(*words: str, says: str = "", environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gettone", *words],
        input=says,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", **(environ or {})},
        check=False,
    )


def token_of(server: StartServer) -> object:
    """The claims of a token of the quickstart's."""
    headers = {**JSON, "Host": f"{server.quickstart}.localhost"}
    answer = server.ask("/create-room-token", "POST", '{"identity": "alice"}', headers)
    assert answer.status == 200, answer.text
    return decode(str(answer.json()["token"])).claims


def test_backup_of_a_running_installation_restores_to_the_same(tmp_path: Path) -> None:
    """With the key under a passphrase: account, key, functions and variables are there, also on another machine."""
    file = tmp_path / "backup"
    with start_server(tmp_path / "a") as server:
        made = gettone("backup", str(file), "--data", str(tmp_path / "a"), "--with-key", says=f"{PASSPHRASE}\n")
        before = token_of(server)
    restored = gettone("restore", str(file), "--data", str(tmp_path / "b"), says=f"{PASSPHRASE}\n")
    with start_server(tmp_path / "b") as server:
        after = token_of(server)
        keys = server.api(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Keys.json").json()["keys"]

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert isinstance(keys, list)
    assert (before["iss"], before["sub"]) == (after["iss"], after["sub"])
    assert before["iss"] in [key["sid"] for key in keys]
    assert AUTH_TOKEN.encode() not in file.read_bytes()


def test_backup_without_the_key_says_so(tmp_path: Path) -> None:
    """It opens only beside the key that was kept elsewhere."""
    file = tmp_path / "backup"
    with start_server(tmp_path / "a"):
        pass
    made = gettone("backup", str(file), "--data", str(tmp_path / "a"))
    without = gettone("restore", str(file), "--data", str(tmp_path / "b"))
    (tmp_path / "b" / "master.key").write_bytes((tmp_path / "a" / "master.key").read_bytes())
    (tmp_path / "b" / "master.key").chmod(0o600)
    beside = gettone("restore", str(file), "--data", str(tmp_path / "b"))
    with tarfile.open(file) as archive:
        names = archive.getnames()

    assert names == ["backup.json", "gettone.db"]
    assert "The master key is not in it" in made.stdout
    assert (without.returncode, "put your copy of it" in without.stderr) == (1, True)
    assert beside.returncode == 0, beside.stderr


def test_wrong_passphrase_and_used_folders_are_refused(tmp_path: Path) -> None:
    """Nothing is half-restored, and nothing is written over."""
    file = tmp_path / "backup"
    with start_server(tmp_path / "a"):
        pass
    data = ("--data", str(tmp_path / "a"))
    assert gettone("backup", str(file), *data, "--with-key", says=f"{PASSPHRASE}\n").returncode == 0

    wrong = gettone("restore", str(file), "--data", str(tmp_path / "b"), says="another passphrase\n")
    over = gettone("restore", str(file), *data, says=f"{PASSPHRASE}\n")
    again = gettone("backup", str(file), *data)
    torn = tmp_path / "torn"
    torn.write_bytes(file.read_bytes()[:1000])
    cut = gettone("restore", str(torn), "--data", str(tmp_path / "c"), says=f"{PASSPHRASE}\n")

    assert (wrong.returncode, "passphrase" in wrong.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "b").iterdir()] == []
    assert (over.returncode, "has been served from" in over.stderr) == (1, True)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert (cut.returncode, "no whole backup" in cut.stderr) == (1, True)


def test_doctor_tells_how_an_installation_is(tmp_path: Path) -> None:
    """In words and as JSON; a key that others may read is a failure, with what to do about it."""
    with start_server(tmp_path):
        well = gettone("doctor", "--data", str(tmp_path), "-o", "json")
    (tmp_path / "master.key").chmod(0o644)
    unwell = gettone("doctor", "--data", str(tmp_path))
    nothing = gettone("doctor", "--data", str(tmp_path / "nothing"))

    found = {each["subject"]: each for each in json.loads(well.stdout)}
    assert well.returncode == 0
    assert {"python", "node", "sandbox", "data folder", "disk", "master key", "database"} <= found.keys()
    assert re.search(r"revision [1-9]", found["database"]["detail"])
    assert unwell.returncode == 1
    assert re.search(r"failed +master key +.*chmod 600", unwell.stdout)
    assert nothing.returncode == 0
    assert not (tmp_path / "nothing").exists()


def test_reset_link_lets_an_owner_choose_a_new_password(tmp_path: Path) -> None:
    """Made on the machine, good for one use; only who has an account there can make one."""
    password = tmp_path / "password"
    password.write_text("a first password\n")
    owner = {"GETTONE_OWNER_EMAIL": "ada@example.com", "GETTONE_OWNER_PASSWORD_FILE": str(password)}
    with start_server(tmp_path / "d", environ={**UNATTENDED, **owner}) as server:
        made = gettone("owner", "reset-link", "--data", str(tmp_path / "d"))
        secret = made.stdout.partition("#")[2].strip()
        body = json.dumps({"secret": secret, "name": "Ada", "password": "another password"}).encode()
        used = server.api("/api/v1/links/use", "POST", headers=JSON, body=body)
        again = server.api("/api/v1/links/use", "POST", headers=JSON, body=body)

    assert made.returncode == 0, made.stderr
    assert used.status == 200, used.text
    assert again.status == 404


@pytest.mark.parametrize("verb", [("backup", "f"), ("owner", "reset-link")])
def test_verbs_without_an_installation_say_what_to_do(tmp_path: Path, verb: tuple[str, ...]) -> None:
    """A sentence, and exit code 1."""
    refused = gettone(*verb, "--data", str(tmp_path / "nothing"))

    assert refused.returncode == 1
    assert refused.stderr.startswith("gettone: there is no")
