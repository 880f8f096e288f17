"""What a shell is given to complete words with: in a real bash, with the command that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import run

BIN = Path(sys.executable).parent
# What bash does when somebody presses the tabulator.
PRESSED = """
eval "$(gettone completion bash)"
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_gettone_completion gettone
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def complete(words: str) -> list[str]:
    """What bash offers after these words."""
    ended = subprocess.run(
        ["bash", "--norc", "-c", PRESSED.format(words=words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nowhere"},
    )
    assert ended.stderr == ""
    return ended.stdout.split()


def test_bash_offers_verbs_options_and_choices() -> None:
    """Aliases and hidden verbs are not offered; those below a verb are."""
    assert complete("gettone logi") == ["login"]
    assert complete("gettone activat") == []
    assert complete("gettone keys ''") == ["create", "list", "rotate", "revoke"]
    assert complete("gettone keys create --pol") == ["--policy"]
    assert complete("gettone keys list -o t") == ["table", "tsv"]


@pytest.mark.parametrize(
    ("shell", "holds"), [("zsh", "compdef _gettone_completion gettone"), ("fish", "complete --command")]
)
def test_other_shells_have_their_own_script(shell: str, holds: str) -> None:
    """It asks the command with the variable that it answers to."""
    ended = run("completion", shell)

    assert ended.code == 0
    assert holds in ended.out
    assert "_GETTONE_COMPLETE=complete_" in ended.out


def test_a_shell_that_is_unknown_is_wrong_use() -> None:
    """With those that are known."""
    ended = run("completion", "csh")

    assert ended.code == 2
    assert "'bash', 'zsh', 'fish'" in ended.err
