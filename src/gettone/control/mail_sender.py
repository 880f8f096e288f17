"""Letters by e-mail, over SMTP. Must not know the outbox."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum

import aiosmtplib

from gettone.control.senders import SEND_SECONDS, Parcel, SendingFailed
from gettone.model.errors import PlatformError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PERMANENT = 500  # RFC 5321, 4.2.1


class SmtpTls(StrEnum):
    """How a connection to a mail server is kept secret: from within it, from the start, or not at all."""

    STARTTLS = "starttls"
    TLS = "tls"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """A mail server, and who sends there. `sender` is an address, with or without a name before it."""

    host: str
    sender: str
    port: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: SmtpTls = SmtpTls.STARTTLS


class MailSender:
    """Sends each letter over a connection of its own. Raises PlatformError `invalid` for what can be no account."""

    def __init__(self, account: SmtpAccount, *, tls_context: ssl.SSLContext | None = None) -> None:
        address = parseaddr(account.sender)[1]
        if "@" not in address or not address.isascii() or any(letter < " " for letter in account.sender):
            raise PlatformError(
                "invalid",
                "the sender of letters is no e-mail address: set GETTONE_SMTP_FROM to gettone@example.com,"
                ' or "Gettone <gettone@example.com>"',
            )
        if account.tls is SmtpTls.OFF and account.password is not None and account.host not in _LOOPBACK:
            raise PlatformError(
                "invalid", "the password of the mail server would travel in the clear: set GETTONE_SMTP_TLS to starttls"
            )
        if (account.username is None) != (account.password is None):
            raise PlatformError(
                "invalid", "GETTONE_SMTP_USERNAME and GETTONE_SMTP_PASSWORD_FILE go together: set both, or neither"
            )
        self._account = account
        self._domain = address.rpartition("@")[2]
        self._tls_context = tls_context

    async def send(self, parcel: Parcel) -> None:
        """Hand a letter to the mail server. Raises SendingFailed."""
        account = self._account
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await aiosmtplib.send(
                    self._message(parcel),
                    hostname=account.host,
                    port=account.port,
                    username=account.username,
                    password=account.password,
                    local_hostname=self._domain,
                    use_tls=account.tls is SmtpTls.TLS,
                    start_tls=account.tls is SmtpTls.STARTTLS,
                    tls_context=self._tls_context,
                    timeout=SEND_SECONDS,
                )
        except aiosmtplib.SMTPAuthenticationError as error:
            raise SendingFailed(f"the mail server refused our user name or password ({error.code})") from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [each.code for each in error.recipients]
            raise _refused(codes[0] if codes else _PERMANENT) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code) from None
        except aiosmtplib.SMTPException as error:
            raise SendingFailed(f"the mail server could not be asked ({type(error).__name__})") from None
        except TimeoutError:
            raise SendingFailed("the mail server did not answer in time") from None
        except OSError as error:  # a TLS certificate that does not hold is one, too
            raise SendingFailed(f"the mail server cannot be reached ({type(error).__name__})") from None
        except ValueError:
            raise SendingFailed("the address cannot be written to", is_final=True) from None

    def _message(self, parcel: Parcel) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._account.sender
        message["To"] = parcel.recipient
        message["Subject"] = parcel.subject
        message["Date"] = format_datetime(parcel.created_at)
        # The same each time it is tried: a mail server that took it before tells it is the same letter.
        message["Message-ID"] = f"<{parcel.id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers
        message.set_content(parcel.text)
        return message


def _refused(code: int) -> SendingFailed:
    # The server's own words might repeat the letter's: its number has to do.
    return SendingFailed(f"the mail server refused it ({code})", is_final=code >= _PERMANENT)
