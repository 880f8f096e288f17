"""`gettone start` as its operator lives with it: first start, restart, a kill, a stop."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gettone import decode
from tests.processes import is_gone
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server, wait_until_up

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of `server`."""
    return tmp_path_factory.mktemp("data") / "d"


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[StartServer]:
    """A first start that nobody attends."""
    with start_server(data) as running:
        yield running


def room_token(server: StartServer, body: str = '{"identity": "alice"}', kind: dict[str, str] = JSON) -> object:
    """Ask the quickstart for a token, by its host name; the claims' grants."""
    headers = {**kind, "Host": f"{server.quickstart}.localhost:{server.port}"}
    answer = server.ask("/create-room-token", "POST", body, headers)
    assert answer.status == 200, answer.text
    token = answer.json()["token"]
    assert isinstance(token, str)
    return decode(token).claims["grants"]


@pytest.mark.parametrize(
    ("body", "kind"), [('{"identity": "alice"}', JSON), ("identity=alice", FORM)], ids=["json", "form"]
)
def test_first_start_serves_the_quickstart(server: StartServer, body: str, kind: dict[str, str]) -> None:
    """As a form or as JSON, a token comes back."""
    assert room_token(server, body, kind) == {"identity": "alice", "video": {}}


def test_printed_curl_line_returns_a_token(server: StartServer) -> None:
    """Pasted as it stands."""
    line = server.wait_for(r"^ +(curl .*)$").group(1)
    said = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=20, check=True)  # noqa: S602

    assert '"token":' in said.stdout


def test_token_is_of_the_founded_account(server: StartServer) -> None:
    """Its account is the one that was named, its key one of that account's."""
    headers = {**JSON, "Host": f"{server.quickstart}.localhost"}
    token = decode(str(server.ask("/create-room-token", "POST", '{"identity":"a"}', headers).json()["token"]))
    keys = server.api(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Keys.json").json()["keys"]
    assert isinstance(keys, list)

    assert token.claims["sub"] == ACCOUNT_SID
    assert token.claims["iss"] in [key["sid"] for key in keys]


def test_readyz_says_ready(server: StartServer) -> None:
    """On the console's port and on the gateway's."""
    assert server.api("/readyz").status == 200
    assert server.ask("/readyz").status == 200
    assert server.ask("/healthz").status == 200


def test_secrets_lie_in_no_file_and_no_process_list(server: StartServer, data: Path) -> None:
    """Neither the auth token nor the key's secret can be read from disk or from /proc."""
    files = [path for path in data.rglob("*") if path.is_file()]
    processes = [server.process.pid, *server.programs().values()]

    assert files
    assert [path for path in files if AUTH_TOKEN.encode() in path.read_bytes()] == []
    for pid in processes:
        assert AUTH_TOKEN.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert AUTH_TOKEN not in "\n".join(server.lines)


def test_master_key_is_its_owners_alone(server: StartServer, data: Path) -> None:
    """The only name with "key" in it in the data folder, readable by nobody else."""
    assert [path.name for path in data.rglob("*") if "key" in path.name] == ["master.key"]
    assert stat.S_IMODE((data / "master.key").stat().st_mode) == 0o600


def test_second_start_on_the_same_folder_is_refused(server: StartServer, data: Path) -> None:
    """Two writers of one folder would be one too many."""
    with start_server(data, ready=False) as second:
        second.wait_for("another gettone start uses")

        assert second.process.wait(20) == 1


def test_set_up_link_is_shown_once(tmp_path: Path) -> None:
    """At the first start, without an owner in the settings; not at the second."""
    with start_server(tmp_path, environ={}) as first:
        first.wait_for(r"/set-up#[\w-]{20,}")
    with start_server(tmp_path, environ={}) as second:
        shown = [line for line in second.lines if "/set-up#" in line]

    assert shown == []


def test_restart_serves_the_same(tmp_path: Path) -> None:
    """Equal settings are ignored, and none is needed any more."""
    with start_server(tmp_path) as first:
        quickstart, before = first.quickstart, room_token(first)
    with start_server(tmp_path, environ={}) as second:
        assert second.quickstart == quickstart
        assert room_token(second) == before


def test_other_account_on_existing_data_is_refused(tmp_path: Path) -> None:
    """A slip that would otherwise go unnoticed until tokens open nothing."""
    with start_server(tmp_path):
        pass
    with start_server(tmp_path, environ={**UNATTENDED, "GETTONE_ACCOUNT_SID": "AC" + "9" * 32}, ready=False) as other:
        other.wait_for("GETTONE_ACCOUNT_SID")

        assert other.process.wait(20) == 1


def test_master_key_of_another_installation_is_refused(tmp_path: Path) -> None:
    """One clear sentence, and nothing is written over."""
    with start_server(tmp_path / "a"):
        pass
    with start_server(tmp_path / "b"):
        pass
    os.replace(tmp_path / "b" / "master.key", tmp_path / "a" / "master.key")
    with start_server(tmp_path / "a", ready=False) as wrong:
        wrong.wait_for("master key is not the one")

        assert wrong.process.wait(20) == 1


@pytest.mark.parametrize("name", ["gateway", "control"])
def test_program_that_is_shot_comes_back(tmp_path: Path, name: str) -> None:
    """While control is away tokens are issued; while the gateway is away connections wait for it."""
    with start_server(tmp_path) as server:
        pid = server.programs()[name]
        since = len(server.lines)
        os.kill(pid, signal.SIGKILL)

        assert room_token(server) == {"identity": "alice", "video": {}}
        server.wait_for(f"The {name} is back", since)
        assert server.api("/readyz").status == 200
        assert is_gone(pid)


def test_gateway_starts_from_its_own_disk(tmp_path: Path) -> None:
    """With the database gone, a restarted Gettone goes on issuing what it served last."""
    with start_server(tmp_path) as server:
        quickstart = server.quickstart
    (tmp_path / "gettone.db").rename(tmp_path / "gone.db")
    (tmp_path / "gettone.db").mkdir()
    with start_server(tmp_path, ready=False) as server:
        server.wait_for("It is tried again")
        server.port = int(server.wait_for(r"served from the last snapshot at https?://[^ ]+:(\d+)").group(1))
        server.quickstart = quickstart

        assert room_token(server) == {"identity": "alice", "video": {}}


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """A supervisor that is shot takes everything with it."""
    with start_server(tmp_path) as server:
        pids = list(server.programs().values())
        server.process.kill()

        assert len(pids) == 2
        assert all(is_gone(pid) for pid in pids)


def test_start_after_a_supervisor_was_shot_waits_for_its_programs(tmp_path: Path) -> None:
    """What its programs have under way ends within seconds; until then there is no second writer of the folder."""
    with start_server(tmp_path) as first:
        programs = first.programs().values()
        with socket.create_connection(("127.0.0.1", first.port)) as unfinished:
            unfinished.sendall(f"POST /create-room-token HTTP/1.1\r\nHost: {first.quickstart}.localhost\r\n".encode())
            unfinished.sendall(b"Content-Length: 100\r\n\r\n")
            first.process.kill()
            with start_server(tmp_path) as second:
                were_gone = all(is_gone(pid, 0.0) for pid in programs)
                granted = room_token(second)

    assert were_gone
    assert granted == {"identity": "alice", "video": {}}


def test_ctrl_c_lets_a_request_finish(tmp_path: Path) -> None:
    """What was asked is answered before everything ends."""
    with start_server(tmp_path) as server:
        assert re.search(r"up \(\d", "\n".join(server.lines))
        wait_until_up(server)
        assert room_token(server)
        server.process.send_signal(signal.SIGINT)

        assert server.process.wait(20) == 0
