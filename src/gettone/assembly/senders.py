"""Who carries letters, as the operator has set it: a mail server, a webhook or a Twilio account. Decides nothing.

Most have set none: the libraries that letters go out with are loaded where they are needed.
"""

from __future__ import annotations

from pathlib import Path

from gettone.control.senders import Sender, Senders
from gettone.model.errors import PlatformError
from gettone.model.outbox import Channel
from gettone.settings import Settings

SECRET_BYTES_MAX = 4096


def make_senders(settings: Settings) -> Senders:
    """A sender for each channel that one is set for. Raises PlatformError `invalid`, which names the setting."""
    senders: dict[Channel, Sender] = {}
    if settings.smtp_host is not None:
        senders[Channel.EMAIL] = _mail_sender(settings, settings.smtp_host)
    if settings.sms_webhook_url is not None:
        senders[Channel.SMS] = _webhook_sender(settings, settings.sms_webhook_url)
    elif settings.sms_account_sid is not None:
        senders[Channel.SMS] = _twilio_sender(settings, settings.sms_account_sid)
    return senders


def _mail_sender(settings: Settings, host: str) -> Sender:
    from gettone.control.mail_sender import MailSender, SmtpAccount, SmtpTls

    password = read_secret(settings.smtp_password_file, "GETTONE_SMTP_PASSWORD_FILE")
    tls = SmtpTls(settings.smtp_tls)
    return MailSender(
        SmtpAccount(host, settings.smtp_from or "", settings.smtp_port, settings.smtp_username, password, tls)
    )


def _webhook_sender(settings: Settings, url: str) -> Sender:
    from gettone.control.text_sender import Webhook, WebhookSender

    return WebhookSender(Webhook(url, read_secret(settings.sms_webhook_secret_file, "GETTONE_SMS_WEBHOOK_SECRET_FILE")))


def _twilio_sender(settings: Settings, account_sid: str) -> Sender:
    from gettone.control.text_sender import TwilioAccount, TwilioSender

    token = read_secret(settings.sms_auth_token_file, "GETTONE_SMS_AUTH_TOKEN_FILE")
    if token is None:
        raise PlatformError("invalid", "GETTONE_SMS_AUTH_TOKEN_FILE is missing: name the file that holds the token")
    sender = settings.sms_from or ""
    if settings.sms_api_url is None:
        return TwilioSender(TwilioAccount(account_sid, token, sender))
    return TwilioSender(TwilioAccount(account_sid, token, sender, settings.sms_api_url))


def read_secret(file: Path | None, setting: str) -> str | None:
    """The first line of a file; None where none is named. Raises PlatformError `invalid`."""
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            text = stream.read(SECRET_BYTES_MAX).decode()
    except OSError as error:
        raise PlatformError("invalid", f"{setting} names {file}, which cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlatformError("invalid", f"{setting} names {file}, which is not UTF-8 text") from error
    return text.splitlines()[0] if text.strip() else None
