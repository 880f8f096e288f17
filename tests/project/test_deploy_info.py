"""`.twiliodeployinfo`: read and written as twilio-run does, for several servers at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.project.deploy_info import DeployInfo, read_deploy_info, region_of, write_deploy_info

USER = "AC" + "a" * 32
THEIRS, OURS = "ZS" + "1" * 32, "ZS" + "2" * 32
TWILIO = {f"{USER}:us1": {"serviceSid": THEIRS, "latestBuild": "ZB" + "1" * 32}}


def test_what_twilio_run_wrote_is_read_and_kept(tmp_path: Path) -> None:
    """It counts until there is an entry of this server's; its form is the one that twilio-run writes."""
    file = tmp_path / ".twiliodeployinfo"
    file.write_text(json.dumps(TWILIO))
    before = read_deploy_info(tmp_path, USER, "localhost:8001")
    write_deploy_info(tmp_path, USER, "localhost:8001", DeployInfo(OURS, "ZB2"))
    after = read_deploy_info(tmp_path, USER, "localhost:8001")

    assert before == DeployInfo(THEIRS, "ZB" + "1" * 32, is_from_twilio=True)
    assert after == DeployInfo(OURS, "ZB2")
    assert json.loads(file.read_text()) == {
        **TWILIO,
        f"{USER}:localhost:8001": {"serviceSid": OURS, "latestBuild": "ZB2"},
    }
    assert "\n\t\t" in file.read_text()


def test_nothing_is_known_of_others(tmp_path: Path) -> None:
    """Neither of another user, nor where there is no file, nor of what is no service."""
    nothing = read_deploy_info(tmp_path, USER, "a")
    write_deploy_info(tmp_path, USER, "a", DeployInfo("no SID", None))

    assert nothing is None
    assert read_deploy_info(tmp_path, USER, "a") is None
    assert read_deploy_info(tmp_path, "SK1", "a") is None


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000])
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    """It says what to do without it."""
    (tmp_path / ".twiliodeployinfo").write_text(text)

    with pytest.raises(PlatformError, match="--service-sid"):
        read_deploy_info(tmp_path, USER, "a")


def test_a_server_is_its_host_and_port() -> None:
    """Whatever the scheme."""
    assert region_of("https://gettone.example:8001/") == region_of("http://gettone.example:8001")
