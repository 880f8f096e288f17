"""What pages say of keys: permissions laid out for choosing, and until when an old secret counts. Pure but for words.

Must not know who may have a key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from gettone.console import times
from gettone.console.fixtures import desk_of
from gettone.console.session import signed_in
from gettone.control.access import DEPLOY, POLICY_NAMES, Permission
from gettone.model.api_keys import ApiKey

# How long an old secret may go on, in seconds; the words are `keys.overlap_<seconds>`.
OVERLAPS: Sequence[str] = ("3600", "28800", "86400", "604800", "0")


@dataclass(frozen=True, slots=True)
class PickerRow:
    """What may be allowed of one noun: each name of a permission by its verb, and whether it is ticked."""

    noun: str
    names: Mapping[str, tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Picker:
    """All that the policy of a restricted key can list. `others` are names that are Twilio's, and kept."""

    rows: Sequence[PickerRow]
    verbs: Sequence[str]
    deploy: bool
    invoke: bool
    others: Sequence[str]


def picker(ticked: Collection[str]) -> Picker:
    """The permissions, with some of them ticked."""
    nouns: dict[str, dict[str, tuple[str, bool]]] = {}
    verbs: dict[str, None] = {}
    for permission in Permission:
        noun, _, verb = permission.partition(":")
        if verb:
            nouns.setdefault(noun, {})[verb] = (str(permission), permission in ticked)
            verbs[verb] = None
    return Picker(
        rows=[PickerRow(noun, names) for noun, names in nouns.items()],
        verbs=sorted(verbs, key=("read", "write", "reveal").index),
        deploy=DEPLOY in ticked,
        invoke=Permission.INVOKE in ticked,
        others=[name for name in ticked if name not in POLICY_NAMES],
    )


def until_words(request: Request, key: ApiKey) -> str:
    """Until when the old secret of a key counts: the time of day, with its day if that is another; empty when not."""
    until, now = key.previous_secret_until, desk_of(request).clock()
    if key.previous_secret is None or until is None or until <= now:
        return ""
    visitor = signed_in(request)
    there, here = until.astimezone(visitor.zone), now.astimezone(visitor.zone)
    return f"{there:%H:%M}" if there.date() == here.date() else times.exact(until, visitor.zone, visitor.locale)
