"""The first account's settings, read from where they stand: files and variables. What they come to is control's."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from gettone.assembly.control_plane import ControlPlane
from gettone.assembly.places import quickstart_folder
from gettone.assembly.senders import read_secret
from gettone.control.first_settings import BroughtKey, Founding
from gettone.control.founding import Founded, found
from gettone.model.errors import PlatformError
from gettone.project.load import load_project
from gettone.settings import Settings

FILE_BYTES_MAX = 1 << 20

logger = logging.getLogger(__name__)


async def found_installation(plane: ControlPlane, settings: Settings) -> Founded:
    """Make what a first start makes, where it is missing, and publish what this version makes in another way.

    Raises PlatformError.
    """
    wanted = await asyncio.to_thread(read_first_settings, settings)
    founded = await found(plane.office, plane.passwords, plane.use_cases.deployments, wanted)
    async with plane.office.store.writing() as tx:
        republished = await plane.publisher.republish_all(tx)
    plane.publisher.announce()
    for sid, problem in republished.problems.items():
        logger.warning("%s is served as it was published last: %s", sid, problem)
    return founded


def read_first_settings(settings: Settings) -> Founding:
    """What the settings say of the first account, with what stands in files. Raises PlatformError."""
    password = read_secret(settings.owner_password_file, "GETTONE_OWNER_PASSWORD_FILE")
    folder = quickstart_folder()
    return Founding(
        account_sid=settings.account_sid,
        auth_token=settings.auth_token,
        owner_email=settings.owner_email,
        owner_password=password,
        keys=() if settings.api_keys_file is None else _read_keys(settings.api_keys_file),
        quickstart=load_project(folder) if folder.is_dir() else None,
    )


def _read_keys(file: Path) -> tuple[BroughtKey, ...]:
    keys = []
    for number, line in enumerate(_read(file, "GETTONE_API_KEYS_FILE").splitlines(), 1):
        words = line.split(maxsplit=2)
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2:
            # The line itself stays out of the message: it may be a secret.
            raise PlatformError(
                "invalid", f"{file}, line {number}: write a key's SID, its secret, and a name if you like"
            )
        keys.append(BroughtKey(words[0], words[1], words[2] if len(words) > 2 else ""))
    return tuple(keys)


def _read(file: Path, setting: str) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX).decode()
    except OSError as error:
        raise PlatformError("invalid", f"{setting} names {file}, which cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlatformError("invalid", f"{setting} names {file}, which is not UTF-8 text") from error
