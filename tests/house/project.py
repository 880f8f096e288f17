"""A small project around the real `run` script, with an installer that only pretends.

Must not know: the product's packages, nor any registry.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

RUN = Path(__file__).resolve().parents[2] / "run"
GUEST = "src/gettone/guests/javascript"
BROWSER = "src/gettone/console/browser"
STATIC = "src/gettone/console/static"

# Stands in .venv/bin: tells what it was started as, or waits for a signal when told to `wait`.
PROGRAM = f"""#!{sys.executable}
import json, os, signal, sys
print(json.dumps({{"argv": sys.argv, "cwd": os.getcwd(), "pid": os.getpid()}}), flush=True)
if sys.argv[1:] == ["wait"]:
    signal.pause()
sys.exit(7 if sys.argv[1:] == ["fail"] else 0)
"""

# Stands on PATH as `uv`: writes down each call, and does as little of it as `run` can notice.
# The gate is a FIFO: it waits there until the test closes the other end.
INSTALLER = f"""#!{sys.executable}
import os, pathlib, sys
arguments = sys.argv[1:]
here = pathlib.Path(__file__).parent
with open(here / "calls", "a") as calls:
    calls.write(" ".join(arguments) + "\\n")
if (here / "gate").exists():
    open(here / "gate").read()
if (here / "complaint").exists():
    sys.exit((here / "complaint").read_text())
if arguments[0] == "venv":
    programs, names = pathlib.Path(arguments[-1]) / "bin", ["python"]
else:
    python = pathlib.Path(arguments[arguments.index("--python") + 1])
    programs, names = python.parent, ["gettone"] if "-e" in arguments else []
programs.mkdir(parents=True, exist_ok=True)
for name in names:
    (programs / name).write_text({PROGRAM!r})
    (programs / name).chmod(0o755)
if "-e" in arguments:
    root = programs.parent.parent
    (root / {GUEST!r} / "node_modules").mkdir(exist_ok=True)
    (root / {STATIC!r}).mkdir(exist_ok=True)
    (root / {STATIC!r} / "manifest.json").touch()
"""

FILES = {
    "requirements.lock": "one==1.0\ntwo==2.0 ; sys_platform == 'win32'\n",
    "requirements-test.lock": "one==1.0\nthree==3.0\nfour==4.0\n",
    "pyproject.toml": "[project]\n",
    "hatch_build.py": "",
    f"{GUEST}/package.json": "{}\n",
    f"{GUEST}/package-lock.json": "{}\n",
    f"{BROWSER}/build.mjs": "",
    f"{BROWSER}/islands/one.js": "",
    f"{BROWSER}/look/one.css": "",
    "examples/quickstart/.env": "",
}


@dataclass(frozen=True, slots=True)
class Started:
    """What the program that `run` became told of itself."""

    argv: list[str]
    cwd: Path
    pid: int


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with `run` in it, and a PATH that holds the pretending installer alone."""

    root: Path
    tools: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start `run` with pipes for its two outputs."""
        return subprocess.Popen(
            [sys.executable, str(self.root / "run"), *arguments],
            cwd=cwd or self.root,
            env={"PATH": str(self.tools), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `run` to its end."""
        with self.start(*arguments, cwd=cwd) as process:
            output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def calls(self) -> list[str]:
        """List what the installer was asked for since the last time, by its first words."""
        log = self.tools / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [self.short(line) for line in lines]

    def short(self, call: str) -> str:
        """Shorten a call to what tells it from the others."""
        if call.startswith("venv"):
            return "venv"
        name = Path(call.rpartition(" ")[2])
        return "gettone" if name == self.root else name.name

    def close_gate(self) -> None:
        """Make the installer wait."""
        os.mkfifo(self.tools / "gate")

    @contextmanager
    def waiting_installer(self) -> Iterator[None]:
        """Begin when an installer waits at the gate; at the end it goes on, and those after it."""
        gate = self.tools / "gate"
        with gate.open("w"):
            yield
            gate.unlink()

    @property
    def stamp(self) -> Path:
        """Where `run` notes what is installed."""
        return self.root / ".venv" / "gettone-stamp.json"


def plant(folder: Path) -> Project:
    """Make a project in an empty folder."""
    root, tools = folder / "project", folder / "tools"
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    shutil.copy(RUN, root / "run")
    tools.mkdir()
    uv = tools / "uv"
    uv.write_text(INSTALLER)
    uv.chmod(0o755)
    return Project(root, tools)


def started(output: str) -> Started:
    """Read what the program printed; fails when anything else is there."""
    told = json.loads(output)
    return Started(told["argv"], Path(told["cwd"]), told["pid"])
