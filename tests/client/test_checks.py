"""How what does not compile is told to people."""

from __future__ import annotations

from gettone.client.checks import RemoteProblem


def test_the_line_is_shown_with_the_place_below_it() -> None:
    """A tab is one column, as it is to who counted; then what to do."""
    problem = RemoteProblem("expected ':'", "functions/a.py", 3, 5, "\tif x\n", "Write one.")

    assert str(problem) == "functions/a.py:3:5: expected ':'\n     if x\n        ^\nWrite one."


def test_what_has_no_place_is_one_line() -> None:
    """Nor has a column beyond its line a mark."""
    assert str(RemoteProblem("too long to read", None, None, None, None, None)) == "too long to read"
    assert str(RemoteProblem("bad", "a.js", 1, 9, "x", None)) == "a.js:1:9: bad\n    x"
