"""Whether an answer is a token or holds one: bare, or as a member of a JSON document. Pure; verifies nothing."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import deque

# RFC 7519: three parts in base64url; the first is a JSON object, which begins so.
_TOKEN = re.compile(r"ey[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{2,60000}\.[A-Za-z0-9_-]{10,2000}")
VALUES_MAX = 10_000
TEXT_CHARACTERS_MAX = 1 << 20


def find_token(text: str) -> str | None:
    """The first token in an answer; None where there is none."""
    if len(text) > TEXT_CHARACTERS_MAX:
        return None
    bare = text.strip()
    if _is_token(bare):
        return bare
    try:
        said: object = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    waiting: deque[object] = deque([said])
    for _ in range(VALUES_MAX):
        if not waiting:
            return None
        match waiting.popleft():
            case str(value) if _is_token(value):
                return value
            case dict(members):
                waiting.extend(members.values())
            case list(items):
                waiting.extend(items)
    return None


def _is_token(text: str) -> bool:
    if not _TOKEN.fullmatch(text):
        return False
    head = text.partition(".")[0]
    try:
        said = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(said, dict) and "alg" in said
