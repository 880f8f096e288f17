"""Measures how long a save takes until it is served, in both languages, under load. Must not know how that is done."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.deploying import JAVASCRIPT, PYTHON, Deployed, Language, Saved, Site, deploy_under_load
from benchmarks.editing import Console, EditedSite, owner_settings
from benchmarks.installation import ACCOUNT_SID, AUTH_TOKEN, Installation, installation
from benchmarks.kit import Kit
from benchmarks.measure import Figure, percentile, summarise
from benchmarks.plan import Plan, Say
from benchmarks.rest import Refused, Rest
from benchmarks.standing import Latency, Outcome, Standing, Unavailable

RATE = 200.0
# Between two saves the next spare worker starts.
PAUSE_SECONDS = 0.1
TARGET = "the target"
TARGET_SECONDS = 0.1
SAVES_A_ROUND = 10
LANGUAGES = {"Python": PYTHON, "JavaScript": JAVASCRIPT}


def save_of(language: str) -> str:
    """Name of the contestant that is a whole save."""
    return f"save, {language}"


def deployment_of(language: str) -> str:
    """Name of the contestant that is a deployment alone."""
    return f"deployment alone, {language}"


def console_of(language: str) -> str:
    """Name of the contestant that is a person's Save."""
    return f"Save in the console, {language}"


def measure(_kit: Kit, plan: Plan, say: Say) -> Outcome:
    """Save one version after the other under load, one language after the other."""
    goal = 1 / TARGET_SECONDS
    standings: list[Standing] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gettone-bench-") as folder:
        try:
            with installation(Path(folder), owner_settings(Path(folder))) as up:
                for name, language in LANGUAGES.items():
                    for measured in (_deploy, _edit):
                        found, note = measured(up, name, language, plan.saves)
                        standings += found
                        notes.append(note)
                        say(note)
        except (Unavailable, Refused, OSError) as reason:
            there = {standing.name for standing in standings}
            names = [each for name in LANGUAGES for each in (save_of(name), deployment_of(name), console_of(name))]
            standings += [Standing(name, "", None, reason=str(reason)) for name in names if name not in there]
    target = Standing(TARGET, f"{1000 * TARGET_SECONDS:g} ms", Figure(goal, goal, goal, 1))
    return Outcome((*standings, target), tuple(notes))


def _deploy(up: Installation, name: str, language: Language, saves: int) -> tuple[list[Standing], str]:
    with Rest(up.console_port, ACCOUNT_SID, AUTH_TOKEN) as rest:
        site = Site(rest, f"saving-{name.lower()}", language)
        done = deploy_under_load(site, up.port, saves, RATE, PAUSE_SECONDS)
    errors = _errors(done)
    standings = [
        _standing(save_of(name), done.saves, lambda saved: saved.served_at - saved.began_at, errors),
        _standing(deployment_of(name), done.saves, lambda saved: saved.served_at - saved.asked_at, errors),
    ]
    return standings, _note(name, done)


def _edit(up: Installation, name: str, language: Language, saves: int) -> tuple[list[Standing], str]:
    with Rest(up.console_port, ACCOUNT_SID, AUTH_TOKEN) as rest, Console(up.console_port) as console:
        console.sign_in()
        site = EditedSite(console, rest, f"editing-{name.lower()}", language)
        done = deploy_under_load(site, up.port, saves, RATE, PAUSE_SECONDS)
    told = _standing(console_of(name), done.saves, lambda saved: saved.served_at - saved.began_at, _errors(done))
    return [told], _note(f"{name}, in the console", done)


def _note(name: str, done: Deployed) -> str:
    times = sorted(1000 * (reply.ended_at - reply.sent_at) for reply in done.replies)
    return (
        f"{name}: {len(times):,} requests meanwhile, {len(done.failures)} failed, {len(done.turned_back)} of an"
        f" older version; p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.1f} ms."
    )


def _errors(done: Deployed) -> int:
    return len(done.failures) + len(done.turned_back)


def _standing(name: str, saves: Sequence[Saved], seconds_of: Callable[[Saved], float], errors: int) -> Standing:
    seconds = [seconds_of(saved) for saved in saves]
    rounds = [sorted(seconds[start : start + SAVES_A_ROUND]) for start in range(0, len(seconds), SAVES_A_ROUND)]
    ordered = sorted(seconds)
    return Standing(
        name,
        version("gettone"),
        summarise([1 / percentile(each, 0.5) for each in rounds]),
        Latency(1000 * percentile(ordered, 0.5), 1000 * percentile(ordered, 0.99)),
        errors,
    )
