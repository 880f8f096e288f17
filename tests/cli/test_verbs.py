"""The table of verbs: what help says without importing any, and what each of them is once it is run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from gettone.cli import command
from gettone.cli.verb_group import load
from gettone.cli.verbs import VERBS, Section, Verb, help_text
from tests.cli.running import run

LOADED = """
import sys
from gettone.cli.main import main
try:
    main(['--help'])
except SystemExit:
    pass
from gettone.cli.verbs import VERBS
print([verb.name for verb in VERBS if f'gettone.cli.{verb.module}' in sys.modules])
"""


def commands(found: object, name: str) -> list[tuple[str, object]]:
    """A command, or all that are below it, with their words."""
    if isinstance(found, TyperGroup):
        shown = [(word, inner) for word, inner in found.commands.items() if not inner.hidden]
        return [each for word, inner in shown for each in commands(inner, f"{name} {word}")]
    return [(name, found)]


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_every_verb_has_help_with_an_example(verb: Verb) -> None:
    """Each command below it, too; `--debug` and `--no-input` are everywhere, and Rich and its boxes nowhere."""
    for name, _ in commands(load(verb), verb.name):
        ended = run(*name.split(), "--help")

        assert ended.code == 0, ended.err
        assert "gettone" in ended.out.partition("Example: ")[2], name
        assert f"gettone {name}" in ended.out
        assert "--debug" in ended.out
        assert "--no-input" in ended.out
        assert "\u256d" not in ended.out
        assert "--install-completion" not in ended.out


def test_help_lists_every_verb_in_its_section() -> None:
    """In the order of the sections; aliases and hidden ones are not listed."""
    said = run("--help").out

    places = [said.index(f"\n{section}:") for section in Section if any(verb.section is section for verb in VERBS)]
    assert places == sorted(places)
    for verb in VERBS:
        assert (f"\n  {verb.name} " in said) is not verb.hidden
        assert not any(f"\n  {alias} " in said for alias in verb.aliases)


def test_help_is_the_same_by_both_ways() -> None:
    """At once where it stands alone; where anything else is said, too. It fits, and names every option."""
    shown = help_text()
    wide = [line for line in shown.splitlines() if len(line) > 80]
    options = {option for parameter in get_command(command.app).params for option in parameter.opts}

    assert run("--help").out == run("--no-input", "--help").out == f"{shown}\n"
    assert wide == []
    assert all(option in shown for option in options)
    assert len(options) >= 6


def test_help_imports_no_verb() -> None:
    """A verb is imported when it is run."""
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True).stdout

    assert said.endswith("\n[]\n")


def test_no_name_is_taken_twice() -> None:
    """Aliases count."""
    names = [name for verb in VERBS for name in (verb.name, *verb.aliases)]

    assert len(names) == len(set(names))


def test_a_verb_that_is_misspelt_is_offered() -> None:
    """With exit code 2."""
    ended = run("logni")

    assert ended.code == 2
    assert "'login'" in ended.err


def test_an_alias_does_what_its_verb_does() -> None:
    """`run` is `dev`."""
    helped = run("run", "--help")

    assert helped.code == 0
    assert "Serve a project" in helped.out


def test_the_version_is_told() -> None:
    """Alone, for programs."""
    from importlib.metadata import version

    assert run("--version").out == f"{version('gettone')}\n"


def test_start_names_the_verb_that_serves_a_project() -> None:
    """In Twilio's toolkit `start` serves a folder; here nothing is started."""
    ended = run("start", "my-project")

    assert ended.code == 2
    assert "gettone dev my-project" in ended.err
