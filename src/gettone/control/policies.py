"""What the policy of a restricted key may list. Pure; what the names grant is access.py's."""

from __future__ import annotations

from collections.abc import Sequence

from gettone.control.access import POLICY_NAMES, Permission
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError

# Twilio's own permissions look like /twilio/messaging/messages/read. They are kept, and grant nothing here.
FOREIGN = "/twilio/"
_CHARACTERS_MAX = 128


def check_policy(key_type: ApiKeyType, policy: Sequence[str] | None, entries_max: int) -> tuple[str, ...] | None:
    """The policy of a key of this type, each name once. Raises PlatformError `invalid` that lists the known names."""
    if key_type is not ApiKeyType.RESTRICTED:
        if policy is not None:
            raise _wrong(
                f"a policy is for restricted keys, this one is {key_type}: leave it out, or make a restricted key"
            )
        return None
    names = tuple(dict.fromkeys(policy or ()))
    if not names:
        raise _wrong("a restricted key needs a policy with one permission or more", known=True)
    if len(names) > entries_max:
        raise _wrong(f"the policy has {len(names)} permissions, {entries_max} are allowed: leave some out")
    unknown = [name for name in names if name not in POLICY_NAMES and not _is_foreign(name)]
    if unknown:
        raise _wrong(f"the policy lists {_shown(unknown[0])}, which is no permission", known=True)
    if Permission.INVOKE in names and len(names) > 1:
        raise _wrong("a key that may invoke functions may do nothing else: list invoke alone, or leave it out")
    return names


def _is_foreign(name: str) -> bool:
    return name.startswith(FOREIGN) and len(name) <= _CHARACTERS_MAX and name.isascii() and name.isprintable()


def _shown(name: str) -> str:
    return ascii(name[:_CHARACTERS_MAX])


def _wrong(what: str, *, known: bool = False) -> PlatformError:
    names = f". There are {', '.join(POLICY_NAMES)}, and Twilio's own, which begin with {FOREIGN}" if known else ""
    return PlatformError("invalid", what + names, parameter="Policy")
