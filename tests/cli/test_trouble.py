"""What goes wrong on the way: one message, an exit code, and more of it with `--debug`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gettone.cli.profiles import Profile, Profiles, write_profiles
from tests.cli.at_terminal import sitting
from tests.cli.running import Ended, run
from tests.client.scripted import Reply, scripted

SECRET = "hunter2" * 5
ROWS = b'{"api_keys": [%s], "meta": {"next_page_url": null}}'
ROW = (
    b'{"sid": "SK1", "account_sid": "AC1", "friendly_name": "n", "type": "main", "policy": null, "service_sid": null,'
    b' "previous_secret_until": null, "last_used_at": null, "created_at": "2026-01-01T00:00:00Z",'
    b' "updated_at": "2026-01-01T00:00:00Z"}'
)


def environ(folder: Path, url: str) -> dict[str, str]:
    """Somebody who is signed in to this server."""
    write_profiles(folder / "gettone" / "profiles.toml", Profiles().put("a", Profile(url, "SK1", SECRET, "AC1")))
    return {"XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}


def at(folder: Path, url: str, *words: str) -> Ended:
    """A verb of theirs."""
    ended = run(*words, environ=environ(folder, url), cwd=folder)
    assert SECRET not in ended.out + ended.err
    return ended


@contextmanager
def silent() -> Iterator[tuple[str, socket.socket]]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def test_no_server(tmp_path: Path) -> None:
    """Where it was looked for, and how one is started."""
    with scripted(Reply()) as gone:
        pass
    ended = at(tmp_path, gone.url, "keys", "list")

    assert ended.code == 1
    assert ended.err == (
        f"gettone: nothing answers at {gone.url} (Connection refused): "
        "start a Gettone with gettone start, or name another address\n"
    )


def test_a_network_that_drops_in_the_middle_of_a_change(tmp_path: Path) -> None:
    """Whether it was done nobody knows: it is not done twice by itself."""
    with scripted(Reply(hang_up=True)) as server:
        ended = at(tmp_path, server.url, "keys", "create", "x")

    assert ended.code == 1
    assert "broke off" in ended.err
    assert ended.err.count("\n") == 1
    assert len(server.asked) == 1


def test_what_a_server_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """In an error, and in data."""
    steering = b'{"detail": "a\\u001b[2Jb", "code": "denied", "status": 403}'
    with scripted(Reply(403, steering), Reply(body=ROWS % ROW.replace(b'"n"', b'"a\\u001b[2Jb"'))) as server:
        refused = at(tmp_path, server.url, "keys", "list")
        listed = at(tmp_path, server.url, "keys", "list")

    assert "a\ufffd[2Jb" in refused.err
    assert "a\ufffd[2Jb" in listed.out


def test_debug_shows_what_is_behind_it(tmp_path: Path) -> None:
    """Before the verb and after it; without a secret."""
    refusal = Reply(
        503, b'{"detail": "The store is away", "code": "unavailable", "status": 503}', {"X-Request-Id": "RQ9"}
    )
    once = Reply(refusal.status, refusal.body, {**refusal.headers, "Retry-After": "0"})
    for words in (("--debug", "whoami"), ("whoami", "--debug")):
        with scripted(once) as server:
            ended = at(tmp_path, server.url, *words)

        assert ended.err.startswith("gettone: ")
        for shown in ("The store is away", "status: 503", "request_id: 'RQ9'", "Traceback"):
            assert shown in ended.err


def test_an_error_that_nobody_foresaw_is_one_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do; the stack is for `--debug`."""

    def fail(file: Path) -> Profiles:
        raise RuntimeError("boom")

    monkeypatch.setattr("gettone.cli.connecting.read_profiles", fail)
    ended = run("whoami", environ={"HOME": str(tmp_path)}, cwd=tmp_path)

    assert ended.code == 1
    assert ended.err.startswith("gettone: something went wrong that nobody foresaw (RuntimeError: boom)")
    assert ended.err.count("\n") == 1


def test_ctrl_c_while_a_server_is_silent(tmp_path: Path) -> None:
    """Exit code 130, at once, and no stack."""
    with (
        silent() as (url, listener),
        sitting("keys", "list", environ=environ(tmp_path, url), cwd=tmp_path) as terminal,
    ):
        taken, _ = listener.accept()
        with taken:
            assert taken.recv(65536)
            terminal.type("\x03")
            code = terminal.end()

    assert code == 130
    assert "Traceback" not in terminal.shown


@pytest.mark.parametrize("rows", [1, 20_000])
def test_a_reader_that_goes_away_is_no_stack(tmp_path: Path, rows: int) -> None:
    """As `| head` does: in the middle of much, and before a little has come."""
    read, write = os.pipe()
    os.close(read)
    with scripted(Reply(body=ROWS % b",".join([ROW] * rows))) as server:
        ended = subprocess.run(
            [sys.executable, "-m", "gettone", "keys", "list", "-o", "tsv"],
            stdout=write,
            stderr=subprocess.PIPE,
            env=environ(tmp_path, server.url),
            timeout=60,
            check=False,
        )
    os.close(write)

    assert ended.returncode == 1
    assert ended.stderr == b""


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """What was to be printed is not there, so it did not work."""
    with scripted(Reply(body=ROWS % ROW)) as server, Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "gettone", "keys", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environ(tmp_path, server.url),
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr == b"gettone: what was to be printed cannot be written: No space left on device\n"


def test_an_argument_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    """Not as a stack."""
    with scripted(Reply()) as server:
        ended = subprocess.run(
            [sys.executable, "-m", "gettone", "keys", "create", b"\xff"],
            capture_output=True,
            env=environ(tmp_path, server.url),
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert b"not UTF-8" in ended.stderr
    assert ended.stderr.count(b"\n") == 1


def test_a_secret_is_in_no_list_of_processes(tmp_path: Path) -> None:
    """Nor in the environment of the process: it was typed into stdin."""
    with silent() as (url, listener):
        process = subprocess.Popen(
            [sys.executable, "-m", "gettone", "whoami", "--url", url, "-u", "SK1", "--password-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"HOME": str(tmp_path)},
        )
        try:
            assert process.stdin is not None
            with process.stdin as stdin:
                stdin.write(f"{SECRET}\n".encode())
            taken, _ = listener.accept()
            with taken:
                assert taken.recv(65536)
                seen = [Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        finally:
            process.kill()
            process.wait()

    assert b"whoami" in seen[0]
    assert SECRET.encode() not in b"".join(seen)


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    """Before anything else is looked at."""
    ended = run("-C", str(tmp_path / "none"), "whoami", environ={"HOME": str(tmp_path)}, cwd=tmp_path)

    assert ended.code == 2
    assert "cannot be entered: No such file" in ended.err
