"""The master key on disk, and under a passphrase in a backup. Must not know what it opens.

The file holds 32 bytes as base64 or hex, and only its owner may read it. It and the database together are everything.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from gettone.control.vault import MASTER_KEY_BYTES
from gettone.model.errors import PlatformError
from gettone.model.sids import Randomness

PASSPHRASE_CHARACTERS_MIN = 8

_FILE_BYTES_MAX = 1024
_SALT_BYTES = 16
_NONCE_BYTES = 12
# A backup lies where many can try: RFC 9106, 4, second recommendation (64 MiB, three passes, four lanes).
_LOCKED = b"gettone master key 1\n"
_PASSES, _LANES, _MEMORY_KIB = 3, 4, 64 * 1024


def read_master_key(file: Path) -> bytes:
    """The key in a file.

    Raises PlatformError: `not_found` without a file, `denied` when others may read it, `invalid` when it holds no key.
    """
    try:
        with file.open("rb") as stream:
            _check_mode(file, os.fstat(stream.fileno()))
            text = stream.read(_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise PlatformError("not_found", f"there is no master key at {file}: name its file") from None
    except OSError as error:
        raise PlatformError("denied", f"the master key at {file} cannot be read: {error.strerror}") from error
    key = _parse(text.strip())
    if key is None:
        raise PlatformError(
            "invalid",
            f"{file} holds no master key: it must have {MASTER_KEY_BYTES} bytes as base64 or hex, and no more",
        )
    return key


def make_master_key(file: Path, randomness: Randomness) -> bytes:
    """Make a key and its file, which only its owner may read. Raises PlatformError `conflict` when it is there.

    The file is there with the whole key or not at all, whenever the machine stops.
    """
    key = randomness(MASTER_KEY_BYTES)
    write_master_key(file, key)
    return key


def write_master_key(file: Path, key: bytes) -> None:
    """Write a key's file, as `make_master_key` does."""
    beside = file.with_name(f".{secrets.token_hex(8)}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with open(descriptor, "wb") as stream:
                stream.write(base64.b64encode(key) + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            os.link(beside, file, follow_symlinks=False)  # fails where a rename would replace
        finally:
            beside.unlink()
        _sync_folder(file.parent)
    except FileExistsError:
        raise PlatformError("conflict", f"there is a master key at {file}: it is never made anew") from None
    except OSError as error:
        raise PlatformError("unavailable", f"no master key can be written to {file}: {error.strerror}") from error


def lock_master_key(key: bytes, passphrase: str, randomness: Randomness) -> bytes:
    """Seal a key under a passphrase. Raises PlatformError `invalid` when the passphrase is too short."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise PlatformError(
            "invalid", f"a passphrase needs {PASSPHRASE_CHARACTERS_MIN} characters or more: choose a longer one"
        )
    salt, nonce = randomness(_SALT_BYTES), randomness(_NONCE_BYTES)
    return _LOCKED + salt + nonce + AESGCM(_stretch(passphrase, salt)).encrypt(nonce, key, _LOCKED)


def unlock_master_key(locked: bytes, passphrase: str) -> bytes:
    """The key that was sealed. Raises PlatformError `denied` for another passphrase, `invalid` for another file."""
    salt_at, nonce_at = len(_LOCKED), len(_LOCKED) + _SALT_BYTES
    if not locked.startswith(_LOCKED) or len(locked) != nonce_at + _NONCE_BYTES + MASTER_KEY_BYTES + 16:
        raise PlatformError("invalid", "this is no master key under a passphrase: take the file that backup wrote")
    salt, nonce = locked[salt_at:nonce_at], locked[nonce_at : nonce_at + _NONCE_BYTES]
    try:
        return AESGCM(_stretch(passphrase, salt)).decrypt(nonce, locked[nonce_at + _NONCE_BYTES :], _LOCKED)
    except InvalidTag:
        raise PlatformError("denied", "the passphrase does not open this master key: try again") from None


def _check_mode(file: Path, found: os.stat_result) -> None:
    # What another account owns was given to our group on purpose: so secrets are mounted into containers.
    forbidden = stat.S_IRWXG | stat.S_IRWXO if found.st_uid == os.geteuid() else stat.S_IWGRP | stat.S_IRWXO
    if stat.S_IMODE(found.st_mode) & forbidden:
        raise PlatformError("denied", f"others may read the master key at {file}: run chmod 600 {file}")


def _parse(text: bytes) -> bytes | None:
    try:
        key = (
            bytes.fromhex(text.decode()) if len(text) == 2 * MASTER_KEY_BYTES else base64.b64decode(text, validate=True)
        )
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == MASTER_KEY_BYTES else None


def _stretch(passphrase: str, salt: bytes) -> bytes:
    kdf = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive(passphrase.encode("utf-8", "surrogatepass"))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
