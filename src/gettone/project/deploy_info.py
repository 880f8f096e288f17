"""`.twiliodeployinfo`: which service a folder went to last, for each user of each server, as twilio-run keeps it.

One JSON object, whose names are `user:region`. Twilio's regions are such as us1; a Gettone is its host and port, so
that one file speaks of both. Entries of others stay. It holds no secret. Must not know how a deploy is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.model.sids import SERVICE
from gettone.project.files import decode_text, find_bytes

DEPLOY_INFO_FILE = ".twiliodeployinfo"
TWILIO_REGION = "us1"


@dataclass(frozen=True, slots=True)
class DeployInfo:
    """Where a folder went last. `is_from_twilio` where the entry may be of Twilio's own cloud."""

    service_sid: str
    latest_build: str | None
    is_from_twilio: bool = False


def region_of(url: str) -> str:
    """What stands for a server in the file: its host and port."""
    return re.sub(r"^[a-z]+://", "", url).rstrip("/")


def read_deploy_info(folder: Path, username: str, region: str) -> DeployInfo | None:
    """The entry of a user of a server, or else the one that twilio-run wrote; None for neither."""
    entries = _read(folder)
    for name, is_from_twilio in ((f"{username}:{region}", False), (f"{username}:{TWILIO_REGION}", True)):
        entry = entries.get(name)
        if isinstance(entry, dict):
            sid, build = entry.get("serviceSid"), entry.get("latestBuild")
            if isinstance(sid, str) and SERVICE.matches(sid):
                return DeployInfo(sid, build if isinstance(build, str) else None, is_from_twilio)
    return None


def write_deploy_info(folder: Path, username: str, region: str, info: DeployInfo) -> None:
    """Keep where a folder went. Raises PlatformError `invalid` where the file cannot be written."""
    entries = {
        **_read(folder),
        f"{username}:{region}": {"serviceSid": info.service_sid, "latestBuild": info.latest_build},
    }
    file = folder / DEPLOY_INFO_FILE
    draft = file.with_name(f"{DEPLOY_INFO_FILE}.new")
    try:
        draft.write_text(json.dumps(entries, indent="\t") + "\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise PlatformError("invalid", f"{file} cannot be written: {error.strerror}", file=DEPLOY_INFO_FILE) from error


def _read(folder: Path) -> Mapping[str, object]:
    content = find_bytes(folder / DEPLOY_INFO_FILE, DEPLOY_INFO_FILE)
    if content is None:
        return {}
    try:
        said: object = json.loads(decode_text(content, DEPLOY_INFO_FILE))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise PlatformError(
            "invalid", f"{DEPLOY_INFO_FILE} cannot be read: remove it, and name the service with --service-sid"
        )
    return said
