"""A project served in unusual ways: with this machine's variables, or with assets where they once were."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.project.load import Folders, load_project
from gettone.project.local import as_served_in_legacy_mode, with_local_variables
from tests.project.folders import write_files

FILES = {
    ".env": "OWN=file\n",
    "functions/hello.py": "def handler(context, event):\n    return 'hello'\n",
    "assets/a/index.html": "<p>",
}


def test_own_variables_come_before_this_machines(tmp_path: Path) -> None:
    """What is empty is no variable, and what is no text cannot be sent to a guest."""
    project = load_project(write_files(tmp_path, FILES))
    local = {"OWN": "shell", "LOCAL": "shell", "EMPTY": "", "BROKEN": "\udcff", "\udcff": "broken"}

    assert dict(with_local_variables(project, local).variables) == {"OWN": "file", "LOCAL": "shell"}
    assert dict(project.variables) == {"OWN": "file"}


def test_assets_are_where_they_once_were(tmp_path: Path) -> None:
    """Functions stay; one that is there already is named with the asset."""
    write_files(tmp_path, FILES)
    served = as_served_in_legacy_mode(load_project(tmp_path))
    write_files(tmp_path, {"functions/assets/a/index.html.js": "exports.handler = (c, e, cb) => cb();\n"})

    assert [each.path for each in served.assets] == ["/assets/a/index.html"]
    assert [each.path for each in served.functions] == ["/hello"]
    with pytest.raises(PlatformError, match="both have the route /assets/a/index"):
        as_served_in_legacy_mode(load_project(tmp_path))


def test_folders_may_have_other_names(tmp_path: Path) -> None:
    """One that was named has to be there; the usual ones are not looked at then."""
    write_files(tmp_path, {**FILES, "lambdas/other.py": FILES["functions/hello.py"]})
    project = load_project(tmp_path, folders=Folders(functions=("lambdas",)))

    assert [each.source for each in project.functions] == ["lambdas/other.py"]
    with pytest.raises(PlatformError, match="there is no folder none/"):
        load_project(tmp_path, folders=Folders(assets=("none",)))
