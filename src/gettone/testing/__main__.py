"""`python -m gettone.testing` prints where the test kit for JavaScript lies, for `require`."""

from pathlib import Path

print(Path(__file__).parents[1] / "guests" / "javascript" / "testing.js")
