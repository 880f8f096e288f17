"""`gettone token create`: a token of any kind, made here. Asks no server; prints the token and nothing else."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.connecting import ProfileName
from gettone.cli.output import warn
from gettone.cli.token_values import find_signing, read_env_file
from gettone.model.errors import PlatformError
from gettone.tokens import (
    AccessToken,
    ChatGrant,
    Grant,
    JsonObject,
    MintError,
    PlaybackGrant,
    SyncGrant,
    TaskRouterGrant,
    VideoGrant,
    VoiceGrant,
    WeakSecretWarning,
)

_GRANT_BYTES_MAX = 1 << 16

app = typer.Typer(
    help="Make a token. The key's secret comes from API_SECRET, stdin or a prompt; the whole key may be the profile's.",
    epilog="Example: gettone token create video --identity alice --room kitchen",
    no_args_is_help=True,
)

_Identity = Annotated[str, typer.Option(help="Who the token is for.")]
_Ttl = Annotated[int, typer.Option(metavar="SECONDS", help="How long it lives, 24 hours at most.")]
_Account = Annotated[str | None, typer.Option("--account-sid", help="Instead of ACCOUNT_SID.")]
_Key = Annotated[str | None, typer.Option("--key", "--api-key", help="The API key's SID, instead of API_KEY.")]
_Region = Annotated[str | None, typer.Option(help="The region that the key belongs to.")]
_Env = Annotated[Path | None, typer.Option("--env", metavar="FILE", help="Take variables from a file such as .env.")]
_Push = Annotated[str | None, typer.Option(help="Push credential for what comes in.")]
_Endpoint = Annotated[str | None, typer.Option(help="The device or app instance.")]


@app.command("video", epilog="Example: gettone token create video --identity alice --room kitchen")
def video(
    identity: _Identity,
    room: Annotated[
        str | None, typer.Option("--room", "--room-name", help="The one room; any room without it.")
    ] = None,
    ttl: _Ttl = 3600,
    account_sid: _Account = None,
    key: _Key = None,
    region: _Region = None,
    env: _Env = None,
    _profile: ProfileName = None,
) -> None:
    """Make a token for a video room."""
    _print(VideoGrant(room=room), identity, ttl, account_sid, key, region, env)


@app.command("voice", epilog="Example: gettone token create voice --identity alice --voice-app-sid AP...")
def voice(
    identity: _Identity,
    voice_app_sid: Annotated[
        str | None,
        typer.Option("--voice-app-sid", "--app-sid", help="The TwiML app that calls go out through."),
    ] = None,
    allow_incoming: Annotated[str, typer.Option(metavar="true|false", help="Whether it can be called.")] = "true",
    param: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Sent to the app with each call; may be repeated.")
    ] = None,
    push_credential_sid: _Push = None,
    endpoint_id: _Endpoint = None,
    ttl: _Ttl = 3600,
    account_sid: _Account = None,
    key: _Key = None,
    region: _Region = None,
    env: _Env = None,
    _profile: ProfileName = None,
) -> None:
    """Make a token for calls."""
    grant = VoiceGrant(
        incoming_allow=_boolean("--allow-incoming", allow_incoming),
        outgoing_application_sid=voice_app_sid,
        outgoing_application_params=_parameters(param, voice_app_sid),
        push_credential_sid=push_credential_sid,
        endpoint_id=endpoint_id,
    )
    _print(grant, identity, ttl, account_sid, key, region, env)


@app.command("chat", epilog="Example: gettone token create chat --identity alice --chat-service-sid IS...")
def chat(
    identity: _Identity,
    chat_service_sid: Annotated[
        str | None, typer.Option("--chat-service-sid", "--service-sid", help="The chat or Conversations service.")
    ] = None,
    push_credential_sid: _Push = None,
    endpoint_id: _Endpoint = None,
    deployment_role_sid: Annotated[str | None, typer.Option(help="The role in the service.")] = None,
    ttl: _Ttl = 3600,
    account_sid: _Account = None,
    key: _Key = None,
    region: _Region = None,
    env: _Env = None,
    _profile: ProfileName = None,
) -> None:
    """Make a token for chat and Conversations."""
    grant = ChatGrant(
        service_sid=chat_service_sid,
        endpoint_id=endpoint_id,
        deployment_role_sid=deployment_role_sid,
        push_credential_sid=push_credential_sid,
    )
    _print(grant, identity, ttl, account_sid, key, region, env)


@app.command("sync", epilog="Example: gettone token create sync --identity alice --sync-service-sid IS...")
def sync(
    identity: _Identity,
    sync_service_sid: Annotated[
        str | None, typer.Option("--sync-service-sid", "--service-sid", help="The Sync service.")
    ] = None,
    endpoint_id: _Endpoint = None,
    ttl: _Ttl = 3600,
    account_sid: _Account = None,
    key: _Key = None,
    region: _Region = None,
    env: _Env = None,
    _profile: ProfileName = None,
) -> None:
    """Make a token for Sync."""
    _print(SyncGrant(sync_service_sid, endpoint_id), identity, ttl, account_sid, key, region, env)


@app.command(
    "task-router",
    epilog="Example: gettone token create task-router --identity alice --workspace-sid WS... --worker-sid WK...",
)
@app.command("taskrouter", hidden=True)
def task_router(
    identity: _Identity,
    workspace_sid: Annotated[str | None, typer.Option(help="The workspace.")] = None,
    worker_sid: Annotated[str | None, typer.Option(help="The worker.")] = None,
    role: Annotated[str | None, typer.Option(help="worker or supervisor.")] = None,
    ttl: _Ttl = 3600,
    account_sid: _Account = None,
    key: _Key = None,
    region: _Region = None,
    env: _Env = None,
    _profile: ProfileName = None,
) -> None:
    """Make a token for TaskRouter."""
    _print(TaskRouterGrant(workspace_sid, worker_sid, role), identity, ttl, account_sid, key, region, env)


@app.command("playback", epilog="Example: gettone token create playback --identity alice --grant-file grant.json")
def playback(
    identity: _Identity,
    grant_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The playback grant, as Twilio's API answered (JSON).")
    ] = None,
    ttl: _Ttl = 3600,
    account_sid: _Account = None,
    key: _Key = None,
    region: _Region = None,
    env: _Env = None,
    _profile: ProfileName = None,
) -> None:
    """Make a token that plays a stream."""
    grant = PlaybackGrant(None if grant_file is None else _read_object(grant_file))
    _print(grant, identity, ttl, account_sid, key, region, env)


def _print(
    grant: Grant,
    identity: str,
    ttl: int,
    account_sid: str | None,
    key_sid: str | None,
    region: str | None,
    env: Path | None,
) -> None:
    signing = find_signing(account_sid, key_sid, read_env_file(env, os.environ))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", WeakSecretWarning)
        try:
            token = AccessToken(
                signing.account_sid,
                signing.key_sid,
                signing.secret,
                grants=[grant],
                identity=identity,
                ttl=ttl,
                region=region,
            ).to_jwt()
        except MintError as error:
            raise PlatformError("invalid", f"no token was made: {error}") from error
    for warning in caught:
        warn(str(warning.message))
    print(token)


def _boolean(option: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise typer.BadParameter(f"write true or false, not {text}", param_hint=option)
    return text.lower() == "true"


def _parameters(pairs: list[str] | None, voice_app_sid: str | None) -> dict[str, object] | None:
    if not pairs:
        return None
    if voice_app_sid is None:
        raise typer.BadParameter("parameters go to an app: name it with --voice-app-sid", param_hint="--param")
    parameters: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"write NAME=VALUE, not {pair}", param_hint="--param")
        parameters[name] = value
    return parameters


def _read_object(file: Path) -> JsonObject:
    from gettone.project.files import decode_text, find_bytes

    content = find_bytes(file, str(file), _GRANT_BYTES_MAX)
    if content is None:
        raise PlatformError("not_found", f"there is no file {file}: name one that holds the grant")
    try:
        value: object = json.loads(decode_text(content, str(file)))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise PlatformError("invalid", f"{file} holds no JSON object: put the grant there as Twilio's API answered")
    return value
