"""`gettone import twilio` under Twilio's own host names: nothing is set but what any program of Twilio's is given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.official_clients.conftest import Twilio
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN

pytestmark = [pytest.mark.xdist_group("official clients"), pytest.mark.timeout(300)]

RUN_SECONDS = 60


def test_account_is_read_at_twilios_addresses(twilio: Twilio, tmp_path: Path) -> None:
    """Credentials from the variables, the API at its four names. The target is the same server by its own address."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "gettone", "import", "twilio", "--dry-run", "-o", "json"),
            *("--service", "quickstart", "--rename", "quickstart=moved"),
            *("--domain-url", f"https://127.0.0.1:{twilio.server.port}/@{{domain}}"),
            *("--to", f"https://127.0.0.1:{twilio.server.console_port}"),
            *("--to-username", ACCOUNT_SID, "--to-password-stdin"),
        ],
        check=False,
        env={**twilio.environment(), "SSL_CERT_FILE": str(twilio.certificates.authority)},
        cwd=tmp_path,
        input=f"{AUTH_TOKEN}\n",
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)

    assert plan["steps"][0] == {"service": "moved", "environment": "", "what": "create the service"}
    assert any(each["what"].startswith("deploy 4 functions") for each in plan["steps"])
    assert plan["keys"] != []
