"""The master key's file: made once and whole, read by its owner alone; and its form in a backup."""

import base64
import os
from pathlib import Path

import pytest

from gettone.control.master_key import lock_master_key, make_master_key, read_master_key, unlock_master_key
from gettone.model.errors import PlatformError
from tests.control.offices import MASTER_KEY, seeded

PASSPHRASE = "correct horse battery staple"


def write(file: Path, text: str | bytes, mode: int = 0o600) -> Path:
    """A file of this mode."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return file


def refusal(file: Path) -> PlatformError:
    """The error for a file that is not read."""
    with pytest.raises(PlatformError) as caught:
        read_master_key(file)
    return caught.value


def test_key_that_was_made_is_read(tmp_path: Path) -> None:
    """It has 32 bytes, and the file is its owner's alone; nothing else is left in the folder."""
    file = tmp_path / "master.key"

    key = make_master_key(file, os.urandom)

    assert read_master_key(file) == key
    assert len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == base64.b64encode(key) + b"\n"
    assert os.listdir(tmp_path) == ["master.key"]


def test_key_is_never_made_over_another(tmp_path: Path) -> None:
    """Whatever is there stays: a link, too."""
    file = write(tmp_path / "master.key", "something")
    link = tmp_path / "link.key"
    link.symlink_to(tmp_path / "nowhere")

    for taken in (file, link):
        with pytest.raises(PlatformError) as caught:
            make_master_key(taken, os.urandom)
        assert caught.value.code == "conflict"
    assert file.read_text() == "something"
    assert sorted(os.listdir(tmp_path)) == ["link.key", "master.key"]


def test_no_folder_to_make_it_in_is_told(tmp_path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(PlatformError, match=r"no master key can be written to .*: No such file") as caught:
        make_master_key(tmp_path / "none" / "master.key", os.urandom)
    assert caught.value.code == "unavailable"


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(MASTER_KEY),
        b" " + base64.b64encode(MASTER_KEY) + b"\n\n",
        MASTER_KEY.hex(),
        MASTER_KEY.hex().upper() + "\r\n",
    ],
)
def test_base64_and_hex_are_read(tmp_path: Path, text: str | bytes) -> None:
    """With a line's end or without."""
    assert read_master_key(write(tmp_path / "master.key", text)) == MASTER_KEY


@pytest.mark.parametrize("text", ["", "secret", MASTER_KEY, MASTER_KEY.hex()[1:], base64.b64encode(b"short"), "é" * 32])
def test_file_without_a_key_is_refused(tmp_path: Path, text: str | bytes) -> None:
    """The message says what a key looks like, and shows nothing of the file."""
    error = refusal(write(tmp_path / "master.key", text))

    assert error.code == "invalid"
    assert error.message == (
        f"{tmp_path}/master.key holds no master key: it must have 32 bytes as base64 or hex, and no more"
    )


def test_large_file_is_not_read(tmp_path: Path) -> None:
    """A device or a log in its place costs nothing."""
    file = write(tmp_path / "master.key", "")
    os.truncate(file, 1 << 40)

    assert refusal(file).code == "invalid"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o666, 0o601])
def test_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """With the command that mends it."""
    error = refusal(write(tmp_path / "master.key", base64.b64encode(MASTER_KEY), mode))

    assert error.code == "denied"
    assert error.message == (
        f"others may read the master key at {tmp_path}/master.key: run chmod 600 {tmp_path}/master.key"
    )


@pytest.mark.parametrize(("mode", "is_read"), [(0o440, True), (0o400, True), (0o444, False), (0o460, False)])
def test_file_that_was_given_to_our_group_is_read(tmp_path: Path, mode: int, is_read: bool) -> None:
    """So secrets are mounted into containers: owned by root, for our group to read."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    file = write(tmp_path / "master.key", base64.b64encode(MASTER_KEY), mode)
    os.chown(file, 12345, os.getegid())

    if is_read:
        assert read_master_key(file) == MASTER_KEY
    else:
        assert refusal(file).code == "denied"


def test_missing_file_is_told(tmp_path: Path) -> None:
    """As what it is; a folder in its place is another thing."""
    assert refusal(tmp_path / "none").code == "not_found"
    assert "Is a directory" in refusal(tmp_path).message


def test_locked_key_opens_under_its_passphrase_alone() -> None:
    """And shows no key."""
    locked = lock_master_key(MASTER_KEY, PASSPHRASE, seeded())

    assert unlock_master_key(locked, PASSPHRASE) == MASTER_KEY
    assert MASTER_KEY not in locked
    with pytest.raises(PlatformError, match="the passphrase does not open") as caught:
        unlock_master_key(locked, PASSPHRASE + "!")
    assert caught.value.code == "denied"


def test_what_is_no_locked_key_is_told_from_a_wrong_passphrase() -> None:
    """By its first line and its length."""
    locked = lock_master_key(MASTER_KEY, PASSPHRASE, seeded())

    for wrong in (b"", locked[:-1], locked + b"x", b"x" + locked[1:]):
        with pytest.raises(PlatformError) as caught:
            unlock_master_key(wrong, PASSPHRASE)
        assert caught.value.code == "invalid"


def test_short_passphrase_is_refused() -> None:
    """A backup lies where many can try."""
    with pytest.raises(PlatformError, match="8 characters or more"):
        lock_master_key(MASTER_KEY, "1234567", seeded())
