"""A client that changes one thing after the other through the API, and knows what it was told is done.

Each change says what would be true after it. One that was not acknowledged may have happened, or not: nothing between.
Must not know who is shot, nor how what is there is read.
"""

from __future__ import annotations

import http.client
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.rest import Refused, Rest
from tests.durability.facts import OURS, PATH, VARIABLES, Place, Seen, source_of

UNKNOWN = "?"
GONE = None

Told = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """A request. `facts` is what it makes true (None: not there any more); UNKNOWN is what only the answer tells."""

    name: str
    facts: Mapping[str, str | None]
    send: Callable[[], Told]
    secret: str | None = None  # the fact whose value stands in the answer as `secret`


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that was asked for: what was true before, and what is after. `error` where nobody acknowledged it."""

    change: Change
    before: Mapping[str, str]
    after: Mapping[str, str]
    error: Exception | None

    def explains(self, facts: Mapping[str, str]) -> bool:
        """Whether what is there is what was acknowledged."""
        allowed = [self.after] if self.error is None else [self.before, self.after]
        return any(fits(facts, expected) for expected in allowed)


class Client:
    """State: `facts`, all that was acknowledged; `_sids` of what they are about; `_number` counts all names."""

    def __init__(self, rest: Rest, place: Place, seen: Seen, chance: random.Random) -> None:
        self._rest = rest
        self._place = place
        self._chance = chance
        self._number = 0
        self._sids = dict(seen.sids)
        self.facts = dict(seen.facts)

    def learn(self, seen: Seen, rest: Rest) -> None:
        """Go on from what is there, over a connection to whoever is there now."""
        self._rest.close()
        self._rest = rest
        self.facts, self._sids = dict(seen.facts), dict(seen.sids)

    def close(self) -> None:
        """Close the connection."""
        self._rest.close()

    def attempt(self, change: Change) -> Attempt:
        """Ask for a change. Raises Refused when the API refuses what it should do."""
        before, after = dict(self.facts), _after(self.facts, change)
        try:
            told = change.send()
        except Refused as refused:
            if refused.status != 503:
                raise
            return Attempt(change, before, after, refused)
        except (OSError, http.client.HTTPException) as error:
            return Attempt(change, before, after, error)
        if change.secret is not None:
            after[change.secret] = str(told["secret"])
        for name in change.facts:
            if "sid" in told:
                self._sids[name] = str(told["sid"])
        self.facts = after
        return Attempt(change, before, after, None)

    def choose(self) -> Change:
        """Something to change."""
        choices = [self._make_key, self._change_variable, self._make_service, self._save, self._save, self._save]
        return self._chance.choice(choices)()

    def _make_key(self) -> Change:
        keys = [name for name in self.facts if name.startswith("key ")]
        classic = f"/2010-04-01/Accounts/{self._place.account_sid}/Keys"
        if len(keys) > 3 and self._chance.random() < 0.5:
            name = self._chance.choice(keys)
            path = f"{classic}/{self._sids[name]}.json"
            return Change(f"delete {name}", {name: GONE}, lambda: self._delete(path))
        friendly_name = f"{OURS}{self._next()}"
        name = f"key {friendly_name}"
        form = {"FriendlyName": friendly_name}
        return Change(f"make {name}", {name: UNKNOWN}, lambda: self._rest.post(f"{classic}.json", form), secret=name)

    def _change_variable(self) -> Change:
        key = self._chance.choice(VARIABLES)
        name, value = f"variable {key}", f"value {self._next()}"
        path = f"{self._environment}/Variables"
        if name not in self.facts:
            form = {"Key": key, "Value": value}
            return Change(f"make {name}", {name: value}, lambda: self._rest.post(path, form))
        one = f"{path}/{self._sids[name]}"
        if self._chance.random() < 0.2:
            return Change(f"delete {name}", {name: GONE}, lambda: self._delete(one))
        return Change(f"change {name}", {name: value}, lambda: self._rest.post(one, {"Value": value}))

    def _make_service(self) -> Change:
        services = [name for name in self.facts if name.startswith("service ")]
        if len(services) > 3 and self._chance.random() < 0.5:
            name = self._chance.choice(services)
            path = f"/v1/Services/{self._sids[name]}"
            return Change(f"delete {name}", {name: GONE}, lambda: self._delete(path))
        unique_name = f"{OURS}{self._next()}"
        form = {"UniqueName": unique_name, "FriendlyName": "A service"}
        name = f"service {unique_name}"
        return Change(f"make {name}", {name: "A service"}, lambda: self._rest.post("/v1/Services", form))

    def _save(self) -> Change:
        """The next step of a version's way: its upload, its build, its deployment."""
        built = [name.split()[1] for name in self.facts if name.startswith("build ")]
        unbuilt = [
            name.split()[1] for name in self.facts if name.startswith("version ") and name.split()[1] not in built
        ]
        idle = [number for number in built if number != self.facts["live"]]
        if unbuilt:
            return self._build(unbuilt[0])
        if idle and max(idle, key=int) == max(built, key=int):
            return self._deploy(max(idle, key=int))
        return self._upload(str(self._next()))

    def _upload(self, number: str) -> Change:
        path = f"{self._service}/Functions/{self._place.function_sid}/Versions"
        content = source_of(int(number))
        return Change(
            f"upload {number}",
            {f"version {number}": UNKNOWN},
            lambda: self._rest.upload(path, PATH, content, "what.py", "text/x-python"),
        )

    def _build(self, number: str) -> Change:
        form = {"FunctionVersions": self._sids[f"version {number}"]}
        path = f"{self._service}/Builds"
        return Change(f"build {number}", {f"build {number}": "completed"}, lambda: self._rest.post(path, form))

    def _deploy(self, number: str) -> Change:
        status = f"{self._service}/Builds/{self._sids[f'build {number}']}/Status"
        form = {"BuildSid": self._sids[f"build {number}"]}
        facts = {"live": number, "deployments": str(int(self.facts["deployments"]) + 1)}

        def send() -> Told:
            while self._rest.get(status)["status"] == "building":
                pass
            return self._rest.post(f"{self._environment}/Deployments", form)

        return Change(f"deploy {number}", facts, send)

    def _delete(self, path: str) -> Told:
        self._rest.delete(path)
        return {}

    def _next(self) -> int:
        self._number += 1
        return self._number

    @property
    def _service(self) -> str:
        return f"/v1/Services/{self._place.service_sid}"

    @property
    def _environment(self) -> str:
        return f"{self._service}/Environments/{self._place.environment_sid}"


def _after(facts: Mapping[str, str], change: Change) -> dict[str, str]:
    known = {**facts, **change.facts}
    return {name: value for name, value in known.items() if value is not None}


def fits(facts: Mapping[str, str], expected: Mapping[str, str]) -> bool:
    """Whether what is there is what is expected."""
    return facts.keys() == expected.keys() and all(expected[name] in (UNKNOWN, facts[name]) for name in facts)
