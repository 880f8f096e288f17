"""Who carries letters: what the operator has set, and no library for what is not set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gettone.assembly.senders import make_senders
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.settings import read_settings

SMTP = {"GETTONE_SMTP_HOST": "mail.example.com", "GETTONE_SMTP_FROM": "gettone@example.com"}
WEBHOOK = {"GETTONE_SMS_WEBHOOK_URL": "https://sms.example.com/send"}
TWILIO = {"GETTONE_SMS_ACCOUNT_SID": "AC" + "0" * 32, "GETTONE_SMS_FROM": "+15005550006"}


@pytest.mark.parametrize(
    ("environ", "channels"),
    [({}, set()), (SMTP, {Channel.EMAIL}), (WEBHOOK, {Channel.SMS}), (SMTP | WEBHOOK, {Channel.EMAIL, Channel.SMS})],
    ids=["none", "mail", "webhook", "both"],
)
def test_channel_has_a_sender_where_one_is_set(environ: dict[str, str], channels: set[Channel]) -> None:
    """Mail goes out by SMTP, texts by a webhook."""
    assert make_senders(read_settings(environ, {})).keys() == channels


def test_twilio_sends_texts_with_a_token(tmp_path: Path) -> None:
    """Of an account that is named; without its token nothing starts."""
    token = tmp_path / "token"
    token.write_text("0" * 32)
    senders = make_senders(read_settings({**TWILIO, "GETTONE_SMS_AUTH_TOKEN_FILE": str(token)}, {}))

    with pytest.raises(PlatformError, match="GETTONE_SMS_AUTH_TOKEN_FILE is missing") as caught:
        make_senders(read_settings(TWILIO, {}))

    assert senders.keys() == {Channel.SMS}
    assert caught.value.code == "invalid"


def test_control_loads_no_library_of_senders() -> None:
    """They are megabytes that nobody needs who sends nothing."""
    code = "import sys, gettone.assembly.control_program; print(sorted({'httpx2', 'aiosmtplib'} & {*sys.modules}))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said == "[]\n"
