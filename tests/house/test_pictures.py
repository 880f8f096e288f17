"""Pictures and documents: each shows the other's."""

import re
from pathlib import Path

PICTURE = re.compile(r"!\[([^\]\n]*)\]\(([^)\s]+)\)")
BYTES_MAX = 200_000


def shown(document: Path) -> dict[Path, str]:
    """The pictures that a document shows, each with what it says to those who do not see it."""
    found = PICTURE.findall(document.read_text(encoding="utf-8"))
    return {(document.parent / target).resolve(): words for words, target in found}


def test_pictures_are_those_that_documents_show(repository: Path) -> None:
    """None is missing, none lies there for nobody, each has words, and none is large."""
    documents = [repository / "README.md", *sorted((repository / "docs").rglob("*.md"))]
    pictures = {picture: words for document in documents for picture, words in shown(document).items()}
    there = {path.resolve() for path in (repository / "docs" / "images").iterdir()}

    assert there
    assert {path.name for path in there ^ pictures.keys()} == set()
    assert [path.name for path, words in pictures.items() if not words.strip()] == []
    assert [path.name for path in there if path.stat().st_size >= BYTES_MAX] == []
