"""How two sets of files differ."""

from __future__ import annotations

from dataclasses import replace

from gettone.client.comparing import ComparedFile, compare
from gettone.client.importing import FileKind
from gettone.model.functions import Visibility

FILE = ComparedFile(FileKind.FUNCTION, "/a", Visibility.PUBLIC, "0" * 64, ".py", "ZN1", "ZH1")


def test_equal_contents_are_equal_whatever_their_version() -> None:
    """A file of a project has none at all."""
    assert compare([FILE], [replace(FILE, version_sid=None, file_sid=None)]) == ()


def test_each_difference_is_told_by_path() -> None:
    """Added, changed in content or in visibility, removed; named as a project names them."""
    gone, new = replace(FILE, path="/gone"), replace(FILE, path="/new", kind=FileKind.ASSET, form="text/plain")
    hidden = replace(FILE, visibility=Visibility.PRIVATE)
    found = compare([gone, FILE], [hidden, new])

    assert [f"{each.change} {each.file.name}" for each in found] == [
        "changed functions/a.py",
        "removed functions/gone.py",
        "added assets/new",
    ]
