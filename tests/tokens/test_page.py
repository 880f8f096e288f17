"""What docs/tokens.md shows works as it is printed, and names every error there is."""

import os
import re
from pathlib import Path

import pytest

from gettone import tokens
from gettone.tokens import TokenError
from tests.tokens.samples import ACCOUNT_SID, KEY_SID, SECRET


@pytest.fixture
def page(repository: Path) -> str:
    """The page itself."""
    return (repository / "docs/tokens.md").read_text(encoding="utf-8")


def test_python_of_the_page_runs(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks, one after the other, mint, admit and read a token."""
    for name, value in (("ACCOUNT_SID", ACCOUNT_SID), ("API_KEY", KEY_SID), ("API_SECRET", SECRET)):
        monkeypatch.setitem(os.environ, name, value)
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, object] = {}
    exec("\n".join(blocks), names)  # noqa: S102 - our own page

    assert len(blocks) == 3
    assert "jwt" in names


def test_page_names_every_error(page: str) -> None:
    """Each error that is exported, and its reason, stands in the table."""
    errors = [value for value in vars(tokens).values() if isinstance(value, type) and issubclass(value, TokenError)]
    roots = {"TokenError", "MintError", "VerifyError"}

    assert [error.__name__ for error in errors if f"`{error.__name__}`" not in page] == []
    assert [error.reason for error in errors if error.__name__ not in roots and f"`{error.reason}`" not in page] == []
