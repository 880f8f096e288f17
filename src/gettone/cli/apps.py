"""`gettone apps`: TwiML applications of the account, which say where the calls and messages of clients go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from gettone.cli.app_fields import (
    FriendlyName,
    MessageStatusCallback,
    PublicApplicationConnectEnabled,
    SmsFallbackMethod,
    SmsFallbackUrl,
    SmsMethod,
    SmsStatusCallback,
    SmsUrl,
    StatusCallback,
    StatusCallbackMethod,
    VoiceCallerIdLookup,
    VoiceFallbackMethod,
    VoiceFallbackUrl,
    VoiceMethod,
    VoiceUrl,
    form_of,
)
from gettone.cli.asking import Yes, confirm
from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.output import Cell, Format, Json, Output, chosen, say, show_one, show_rows
from gettone.client.accounts import Accounts
from gettone.client.applications import Applications, RemoteApplication

app = typer.Typer(help="TwiML applications of the account.", no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="The application's.")]


@app.callback()
def _apps() -> None:
    """TwiML applications of the account."""


@app.command("create", epilog="Example: gettone apps create Calls --voice-url https://example.com/incoming-call")
def create_app(
    friendly_name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    voice_fallback_url: VoiceFallbackUrl = None,
    voice_fallback_method: VoiceFallbackMethod = None,
    status_callback: StatusCallback = None,
    status_callback_method: StatusCallbackMethod = None,
    voice_caller_id_lookup: VoiceCallerIdLookup = None,
    sms_url: SmsUrl = None,
    sms_method: SmsMethod = None,
    sms_fallback_url: SmsFallbackUrl = None,
    sms_fallback_method: SmsFallbackMethod = None,
    sms_status_callback: SmsStatusCallback = None,
    message_status_callback: MessageStatusCallback = None,
    public_application_connect_enabled: PublicApplicationConnectEnabled = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """Create an application, and print it."""
    form = form_of(
        {
            "friendly_name": friendly_name,
            "voice_url": voice_url,
            "voice_method": voice_method,
            "voice_fallback_url": voice_fallback_url,
            "voice_fallback_method": voice_fallback_method,
            "status_callback": status_callback,
            "status_callback_method": status_callback_method,
            "voice_caller_id_lookup": voice_caller_id_lookup,
            "sms_url": sms_url,
            "sms_method": sms_method,
            "sms_fallback_url": sms_fallback_url,
            "sms_fallback_method": sms_fallback_method,
            "sms_status_callback": sms_status_callback,
            "message_status_callback": message_status_callback,
            "public_application_connect_enabled": public_application_connect_enabled,
        }
    )
    with _applications(ConnectOptions(url, username, password, password_stdin, profile)) as applications:
        made = applications.create(form)
    show_one(chosen(output, as_json), _row(made))


@app.command("list", epilog="Example: gettone apps list -o json")
def list_apps(
    name: Annotated[str | None, typer.Option("--friendly-name", metavar="NAME", help="Those of this name.")] = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """List applications."""
    with _applications(ConnectOptions(url, username, password, password_stdin, profile)) as applications:
        rows = [_row(each) for each in applications.list(name)]
    show_rows(chosen(output, as_json), ("sid", "friendly_name", "voice_method", "voice_url", "sms_url"), rows)


@app.command("update", epilog="Example: gettone apps update AP... --voice-url https://example.com/call")
def update_app(
    sid: Sid,
    friendly_name: FriendlyName = None,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    voice_fallback_url: VoiceFallbackUrl = None,
    voice_fallback_method: VoiceFallbackMethod = None,
    status_callback: StatusCallback = None,
    status_callback_method: StatusCallbackMethod = None,
    voice_caller_id_lookup: VoiceCallerIdLookup = None,
    sms_url: SmsUrl = None,
    sms_method: SmsMethod = None,
    sms_fallback_url: SmsFallbackUrl = None,
    sms_fallback_method: SmsFallbackMethod = None,
    sms_status_callback: SmsStatusCallback = None,
    message_status_callback: MessageStatusCallback = None,
    public_application_connect_enabled: PublicApplicationConnectEnabled = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
) -> None:
    """Change an application; what is not named stays, an empty URL takes one away."""
    form = form_of(
        {
            "friendly_name": friendly_name,
            "voice_url": voice_url,
            "voice_method": voice_method,
            "voice_fallback_url": voice_fallback_url,
            "voice_fallback_method": voice_fallback_method,
            "status_callback": status_callback,
            "status_callback_method": status_callback_method,
            "voice_caller_id_lookup": voice_caller_id_lookup,
            "sms_url": sms_url,
            "sms_method": sms_method,
            "sms_fallback_url": sms_fallback_url,
            "sms_fallback_method": sms_fallback_method,
            "sms_status_callback": sms_status_callback,
            "message_status_callback": message_status_callback,
            "public_application_connect_enabled": public_application_connect_enabled,
        }
    )
    if not form:
        raise typer.BadParameter("nothing to change is named: give --voice-url or another field")
    with _applications(ConnectOptions(url, username, password, password_stdin, profile)) as applications:
        changed = applications.update(sid, form)
    show_one(chosen(output, as_json), _row(changed))


@app.command("delete", epilog="Example: gettone apps delete AP... --yes")
def delete_apps(
    sids: Annotated[list[str], typer.Argument(metavar="SID...", help="One application or more.")],
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    yes: Yes = False,
) -> None:
    """Delete applications. Tokens that name them let nobody call any more."""
    with _applications(ConnectOptions(url, username, password, password_stdin, profile)) as applications:
        for sid in sids:
            found = applications.get(sid)
            if confirm(f"Delete {found.sid} ({found.friendly_name or 'without a name'})?", default=False, yes=yes):
                applications.delete(sid)
                say(f"Deleted {sid}.")
            else:
                say(f"Left {sid} as it is.")


@contextmanager
def _applications(options: ConnectOptions) -> Iterator[Applications]:
    """The applications of the account that asks."""
    with connect(options) as connection:
        yield Applications(connection, Accounts(connection).own_sid())


def _row(application: RemoteApplication) -> dict[str, Cell]:
    return asdict(application)
