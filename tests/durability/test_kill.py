"""What was acknowledged is there, and nothing is half-done, whoever is shot and whenever."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.durability.changes import Attempt, Client
from tests.durability.facts import NOTHING, Seen, answer_of
from tests.durability.installation import Installation
from tests.postgres import private_server

SQLITE = ("control", "gateway", "control", "everything", "control", "supervisor")
POSTGRES = ("control", "database", "gateway", "database", "everything", "control", "database", "supervisor")
CHANGES_MAX = 5  # that nobody disturbs, before each shot
LATEST_SECONDS = 0.06
SEED = 20240607


@contextlib.contextmanager
def installation(engine: str, folder: Path) -> Iterator[Installation]:
    """A first start, over this kind of database."""
    if engine == "sqlite":
        with Installation(folder / "data") as running:
            yield running
        return
    with (
        private_server({"synchronous_commit": "on"}) as database,
        database.database() as url,
        Installation(folder / "data", database, url) as running,
    ):
        yield running


def shoot_while_busy(running: Installation, client: Client, victim: str, chance: random.Random) -> list[Attempt]:
    """Make some changes, the last of them under fire; what became of each."""
    attempts = [client.attempt(client.choose()) for _ in range(chance.randrange(CHANGES_MAX))]
    shoot, bring_back = running.victims[victim]
    shot = threading.Timer(chance.uniform(0.0, LATEST_SECONDS), shoot)
    shot.start()
    attempts.append(client.attempt(client.choose()))
    while shot.is_alive() and attempts[-1].error is None:
        attempts.append(client.attempt(client.choose()))
    shot.join()
    bring_back()
    return attempts


def difference(seen: Seen, attempt: Attempt) -> Mapping[str, tuple[str | None, str | None]]:
    """What is there, and what was to be there, where they differ. Secrets are left out."""
    names = {*seen.facts, *attempt.after}
    pairs = {name: (seen.facts.get(name), attempt.after.get(name)) for name in sorted(names)}
    return {
        name: ("is there", "another") if name.startswith("key ") else pair
        for name, pair in pairs.items()
        if pair[0] != pair[1] and pair[1] != "?"
    }


@pytest.mark.parametrize(
    ("engine", "kills"),
    [
        pytest.param("sqlite", 10),
        pytest.param("postgres", 10, marks=pytest.mark.needs("postgres", "initdb")),
        pytest.param("sqlite", 100, marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
        pytest.param(
            "postgres",
            100,
            marks=[pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.needs("postgres", "initdb")],
        ),
    ],
)
def test_acknowledged_is_there_after_a_kill(tmp_path: Path, engine: str, kills: int) -> None:
    """Deployments, builds, versions, variables, keys, services: done or not done, published as they are, and served."""
    chance = random.Random(SEED + kills)
    victims = SQLITE if engine == "sqlite" else POSTGRES
    with installation(engine, tmp_path) as running:
        place = running.make_place()
        client = Client(running.rest(), place, running.look(place), chance)
        with contextlib.closing(client):
            for number in range(kills):
                victim = victims[number % len(victims)]
                attempts = shoot_while_busy(running, client, victim, chance)
                running.await_ready()
                seen = running.look(place)
                story = f"kill {number}, {victim}, {[each.change.name for each in attempts]}, {attempts[-1].error}"

                assert seen.faults == (), story
                assert attempts[-1].explains(seen.facts), f"{story}: {difference(seen, attempts[-1])}"
                if seen.facts["live"] != NOTHING:
                    assert running.ask(place) == answer_of(seen.facts), story
                client.learn(seen, running.rest())
