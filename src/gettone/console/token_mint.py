"""The form that mints a token: one for each kind of grant, chosen by a link. Pure.

Must not know keys nor how a token is signed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from gettone.console.forms import Form
from gettone.model.errors import PlatformError
from gettone.tokens import ChatGrant, Grant, PlaybackGrant, SyncGrant, TaskRouterGrant, VideoGrant, VoiceGrant

# Each kind with the fields of its own; the words are `tokens.kind_<kind>` and `tokens.field_<field>`.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "video": ("room",),
    "voice": ("application_sid", "push_credential_sid"),
    "chat": ("service_sid", "endpoint_id", "push_credential_sid"),
    "sync": ("service_sid", "endpoint_id"),
    "task_router": ("workspace_sid", "worker_sid", "role"),
    "playback": ("player",),
}
KINDS = tuple(FIELDS)
# How long a token may be good, in seconds; the words are `tokens.ttl_<seconds>`.
LIFETIMES = ("600", "3600", "14400", "86400")
DEFAULT_LIFETIME = "3600"


def kind_of(text: str) -> str:
    """The kind of grant that an address or a form names; the first for what is none."""
    return text if text in FIELDS else KINDS[0]


def lifetime_of(form: Form) -> int:
    """How long the token is to be good, in seconds."""
    text = form.text("ttl", DEFAULT_LIFETIME)
    return int(text if text in LIFETIMES else DEFAULT_LIFETIME)


def grant_of(kind: str, form: Form) -> Grant:
    """The grant that a form describes. Raises PlatformError `invalid` for a playback grant that is no JSON object."""
    service, endpoint = form.text("service_sid"), form.text("endpoint_id")
    push = form.text("push_credential_sid")
    match kind:
        case "voice":
            return VoiceGrant(
                incoming_allow=form.flag("incoming"),
                outgoing_application_sid=form.text("application_sid"),
                push_credential_sid=push,
            )
        case "chat":
            return ChatGrant(service_sid=service, endpoint_id=endpoint, push_credential_sid=push)
        case "sync":
            return SyncGrant(service_sid=service, endpoint_id=endpoint)
        case "task_router":
            return TaskRouterGrant(form.text("workspace_sid"), form.text("worker_sid"), form.text("role"))
        case "playback":
            return PlaybackGrant(_player(form.text("player")))
        case _:
            return VideoGrant(form.text("room"))


def _player(text: str) -> Mapping[str, object]:
    try:
        grant = json.loads(text or "{}")
    except (ValueError, RecursionError):
        grant = None
    if not isinstance(grant, dict):
        raise PlatformError(
            "invalid", "the grant must be the JSON object that Twilio's API gave for the stream", parameter="Player"
        )
    return grant
