"""What the page about the command line promises is there, and what is there has its place on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gettone.cli.verbs import VERBS
from tests.cli.running import run

CODE = re.compile(r"`([^`\n]+)`|```sh\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^(?:echo .* \| )?(?:\w+=\S* )*gettone ([a-z][^#|<>)\n]*)", re.MULTILINE)


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    """The page."""
    return (repository / "docs" / "command-line.md").read_text("utf-8")


def test_each_verb_has_its_place_on_the_page(page: str) -> None:
    """By its name, as it is typed."""
    named = {re.split(r"[ \[]", "".join(found).removeprefix("gettone "))[0] for found in CODE.findall(page)}

    assert [verb.name for verb in VERBS if not verb.hidden and verb.name not in named] == []


def test_each_example_of_the_page_is_understood(page: str) -> None:
    """Its options stand in the help of its verb."""
    examples = [
        command.strip()
        for found in CODE.findall(page)
        for command in COMMAND.findall("".join(found))
        if command.strip()
    ]
    options = [(example, word) for example in examples for word in re.findall(r"(?<= )--?[a-z][a-z-]*", example)]
    lost = [(example, option) for example, option in options if option not in run(*_verb(example), "--help").out]

    assert len(examples) > 20
    assert lost == []


def _verb(example: str) -> list[str]:
    """The words that name the verb."""
    words = example.split()
    groups = {"token", "env", "keys", "apps", "profile", "import", "owner"}
    count = 1 if words[0] not in groups else 3 if words[:2] == ["token", "create"] else 2
    return words[:count]
