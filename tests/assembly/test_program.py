"""How programs begin: quick to load, which is why each loads only what it uses."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Rooms and libraries that take long to load, by who has no use for them.
HEAVY = ("fastapi", "sqlalchemy", "pydantic", "alembic", "jinja2", "httpx2", "gettone.api", "gettone.console")
LOADED = "import sys, importlib; importlib.import_module(sys.argv[1]); print(*sorted(sys.modules))"
PROGRAM = "tests.assembly.telling_program"


def loaded_by(module: str) -> set[str]:
    """All modules that one needs."""
    done = subprocess.run([sys.executable, "-c", LOADED, module], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_gateway_loads_neither_store_nor_control() -> None:
    """It could not do anything with them, and must not."""
    loaded = loaded_by("gettone.assembly.gateway_program")
    rooms = {name.split(".")[1] for name in loaded if name.startswith("gettone.")}

    assert not rooms & {"store", "control", "api", "console"}
    assert not loaded & set(HEAVY)


def test_supervisor_loads_no_server() -> None:
    """Of control it needs the keys; of what serves, the sockets."""
    loaded = loaded_by("gettone.cli.start")
    control = {name for name in loaded if name.startswith("gettone.control.")}

    assert control == {"gettone.control.master_key", "gettone.control.vault"}
    assert not loaded & {*HEAVY, "uvicorn", "gettone.store.interface", "gettone.gateway.app"}


@pytest.mark.parametrize("word", ["gc", "argv", "status"])
def test_program_finds_what_it_expects(word: str) -> None:
    """Its own name and descriptor as arguments, garbage looked for, and its result as the exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "gettone.assembly.program", PROGRAM, word], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip()) == {
        "gc": (0, "True"),
        "argv": (0, f"['{PROGRAM}', 'argv']"),
        "status": (75, ""),
    }[word]
