"""`python -m tests.durability.looking DATA`: what is in an installation that only this program's namespace can see.

The place on standard input, what was seen on standard output, as JSON. Must not know who asks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from gettone.model.sids import ACCOUNT, ENVIRONMENT, SERVICE
from gettone.settings import Settings
from tests.durability.facts import Place, Seen, look

ROOT = Path(__file__).resolve().parents[2]
LOOK_SECONDS = 60


def look_within(namespace: tuple[str, ...], data: Path, place: Place) -> Seen:
    """Look at a data folder out of another namespace: `namespace` is the command that enters it."""
    done = subprocess.run(
        [*namespace, sys.executable, "-m", "tests.durability.looking", str(data)],
        input=json.dumps(asdict(place)),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=LOOK_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    return Seen(seen["facts"], seen["sids"], tuple(seen["faults"]))


def main() -> None:
    """Look, and tell."""
    told = json.load(sys.stdin)
    place = Place(
        ACCOUNT.check(told["account_sid"]),
        SERVICE.check(told["service_sid"]),
        ENVIRONMENT.check(told["environment_sid"]),
        told["function_sid"],
        told["domain_name"],
    )
    json.dump(asdict(look(Settings(data=Path(sys.argv[1])), place)), sys.stdout)


if __name__ == "__main__":
    main()
