"""What a token opens: one class per Twilio product, with Twilio's argument names. Must not know tokens, keys or times.

Grants stay mutable until the token is minted, as tutorials use them (``grant.room = room``). They have slots: a
misspelt member is an error, where it would silently have made a token for every room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol

from gettone.tokens.encoding import EncodingError, quote, write_json
from gettone.tokens.errors import GrantError, kind


class Grant(Protocol):
    """What a token can carry: ours, the official library's, or anything else of this shape."""

    @property
    def key(self) -> str:
        """The grant's name among the token's grants."""

    def to_payload(self) -> Mapping[str, object] | None:
        """Return what the token will say under ``key``."""


class AccessTokenGrant:
    """A grant; subclass it for one of your own, with ``key`` and ``to_payload``."""

    __slots__ = ()

    #: The grant's name among the token's grants.
    key: str

    def to_payload(self) -> dict[str, object]:
        """Return what the token will say under ``key``."""
        raise NotImplementedError(f"{type(self).__name__} must define to_payload")

    def __repr__(self) -> str:
        # From the members, not from to_payload(): a repr must not raise, and is wanted most when that does.
        members = [f" {name}={getattr(self, name, None)!r}" for name in getattr(type(self), "__slots__", ())]
        return f"<{type(self).__name__}{''.join(members)}>"


class _TextGrant(AccessTokenGrant):
    """A grant whose members are all text, left out when empty."""

    __slots__ = ()

    _members: ClassVar[tuple[str, ...]]

    def to_payload(self) -> dict[str, object]:
        """Return the members that are set; GrantError for one that is not text."""
        return dict(_texts(self.key, ((name, getattr(self, name)) for name in self._members)))


class VideoGrant(_TextGrant):
    """May join a video room; without ``room``, any room of the account."""

    __slots__ = ("room",)

    key = "video"
    _members = ("room",)

    def __init__(self, room: str | None = None) -> None:
        self.room = room


class ChatGrant(_TextGrant):
    """May use a chat or Conversations service."""

    __slots__ = _members = ("service_sid", "endpoint_id", "deployment_role_sid", "push_credential_sid")

    key = "chat"

    def __init__(
        self,
        service_sid: str | None = None,
        endpoint_id: str | None = None,
        deployment_role_sid: str | None = None,
        push_credential_sid: str | None = None,
    ) -> None:
        self.service_sid = service_sid
        self.endpoint_id = endpoint_id
        self.deployment_role_sid = deployment_role_sid
        self.push_credential_sid = push_credential_sid


class SyncGrant(_TextGrant):
    """May use a Sync service."""

    __slots__ = _members = ("service_sid", "endpoint_id")

    key = "data_sync"

    def __init__(self, service_sid: str | None = None, endpoint_id: str | None = None) -> None:
        self.service_sid = service_sid
        self.endpoint_id = endpoint_id


class TaskRouterGrant(_TextGrant):
    """May act as a worker or supervisor of a TaskRouter workspace."""

    __slots__ = _members = ("workspace_sid", "worker_sid", "role")

    key = "task_router"

    def __init__(
        self, workspace_sid: str | None = None, worker_sid: str | None = None, role: str | None = None
    ) -> None:
        self.workspace_sid = workspace_sid
        self.worker_sid = worker_sid
        self.role = role


class VoiceGrant(AccessTokenGrant):
    """May place calls through an application, and receive them.

    As with Twilio, ``incoming`` is granted only when ``incoming_allow`` is exactly True, and the parameters only
    together with an application's SID.
    """

    __slots__ = (
        "endpoint_id",
        "incoming_allow",
        "outgoing_application_params",
        "outgoing_application_sid",
        "push_credential_sid",
    )

    key = "voice"

    def __init__(
        self,
        incoming_allow: bool | None = None,
        outgoing_application_sid: str | None = None,
        outgoing_application_params: Mapping[str, object] | None = None,
        push_credential_sid: str | None = None,
        endpoint_id: str | None = None,
    ) -> None:
        self.incoming_allow = incoming_allow
        self.outgoing_application_sid = outgoing_application_sid
        self.outgoing_application_params = outgoing_application_params
        self.push_credential_sid = push_credential_sid
        self.endpoint_id = endpoint_id

    def to_payload(self) -> dict[str, object]:
        """Return what the token will say under ``voice``."""
        payload: dict[str, object] = {}
        if self.incoming_allow is True:
            payload["incoming"] = {"allow": True}
        outgoing = dict(_texts(self.key, [("application_sid", self.outgoing_application_sid)]))
        if outgoing:
            if self.outgoing_application_params:
                outgoing["params"] = _object("params of the voice grant", self.outgoing_application_params)
            payload["outgoing"] = outgoing
        members = [("push_credential_sid", self.push_credential_sid), ("endpoint_id", self.endpoint_id)]
        payload.update(_texts(self.key, members))
        return payload


class PlaybackGrant(AccessTokenGrant):
    """May play a stream: the object that Twilio's API gave, carried as it is; ``{}`` without, as in Twilio's Node."""

    __slots__ = ("grant",)

    key = "player"

    def __init__(self, grant: Mapping[str, object] | None = None) -> None:
        self.grant = grant

    def to_payload(self) -> dict[str, object]:
        """Return a copy of the object."""
        return _object("the player grant", self.grant) if self.grant else {}


def check_grant(grant: object) -> None:
    """Raise GrantError unless the value has a grant's shape."""
    if isinstance(grant, AccessTokenGrant):
        return
    if isinstance(grant, type):
        raise GrantError(f"a grant must be made from its class first, and {grant.__name__} is still the class")
    if not hasattr(grant, "key") or not callable(getattr(grant, "to_payload", None)):
        raise GrantError(
            f"a grant must be made from one of the grant classes, such as VideoGrant, and is {kind(grant)}"
        )


def write_grants(grants: Iterable[Grant]) -> str:
    """Write the grants as members of a JSON object that has one already: each ``,"key":{...}``.

    Of two with one key the later counts, at the place of the first.
    """
    if type(grants) is list and len(grants) == 1:
        return _write_grant(grants[0])[1]
    return "".join(dict(map(_write_grant, grants)).values())


def _write_grant(grant: Grant) -> tuple[str, str]:
    """Its key, and its member."""
    if type(grant) is VideoGrant:
        # The commonest grant by hand: a fifth of the time of the general way, and a property test compares the two.
        room = grant.room
        if not room:
            return "video", ',"video":{}'
        if type(room) is str:
            return "video", f',"video":{{"room":{quote(room)}}}'
    check_grant(grant)
    key = grant.key
    # The identity stands among the grants: a grant of that name would let the token speak for somebody else.
    if key in ("", "identity") or kind(key) != "text":
        raise GrantError("a grant's key must be text, and neither empty nor identity")
    payload = grant.to_payload()
    try:
        # The official PlaybackGrant without a grant says None.
        return key, f",{quote(key)}:{write_json({} if payload is None else payload)}"
    except EncodingError as error:
        raise GrantError(f"the {key} grant holds what JSON cannot say: {error}") from error


def _texts(key: str, members: Iterable[tuple[str, object]]) -> Iterable[tuple[str, object]]:
    for name, value in members:
        if not value:
            continue
        if not isinstance(value, str):
            raise GrantError(f"{name} of the {key} grant must be text, not {kind(value)}")
        yield name, value


def _object(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise GrantError(f"{name} must be an object, not {kind(value)}")
    return dict(value)
