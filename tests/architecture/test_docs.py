"""What the documents promise is there: links, commands and settings."""

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from gettone.settings import Settings

SETTING = re.compile(r"\bGETTONE_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(\s*<?([^)\s>]+)")
# Folders of one machine: a path that starts there is true nowhere else.
MACHINE_PATH = re.compile(r"(?<![\w./@-])/(?:home|Users|root|work)/[\w.-]+")
# Read by verbs that ask a server, and by no server.
OF_THE_COMMAND = {"GETTONE_URL"}
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@pytest.fixture(scope="module")
def files(repository: Path) -> list[Path]:
    """Every file that is ours: committed, or about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [repository / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="module")
def documents(files: list[Path]) -> list[Path]:
    """Every Markdown document of ours."""
    return [path for path in files if path.suffix == ".md"]


def broken_links(document: Path) -> list[str]:
    """List the relative links of a document that lead nowhere."""
    targets = LINK.findall(CODE.sub("", document.read_text(encoding="utf-8")))
    relative = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    return [target for target in relative if not (document.parent / target).exists()]


def test_relative_links_lead_somewhere(documents: list[Path]) -> None:
    """Each relative link in a document names a file or folder that exists."""
    broken = [f"{document.name}: {target}" for document in documents for target in broken_links(document)]

    assert documents
    assert broken == []


def test_link_to_nothing_is_found(tmp_path: Path) -> None:
    """The check sees a dead relative link, and neither addresses, anchors nor code."""
    document = tmp_path / "a.md"
    document.write_text("[a](b.md#c) [d](https://example.org/x) [e](#f) `[g](h.md)` [i](a.md)\n")

    assert broken_links(document) == ["b.md"]


def test_no_file_names_a_machines_folders(files: list[Path]) -> None:
    """No path of the machine it was written on stands in any file."""
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.name}: {match}" for match in MACHINE_PATH.findall(text)]

    assert found == []


def test_readme_names_the_two_commands(repository: Path) -> None:
    """The two commands that one has to know stand in the README, as they are typed."""
    lines = {line.strip() for line in (repository / "README.md").read_text(encoding="utf-8").splitlines()}
    typed = {line.split("#")[0].strip() for line in lines}

    assert {"./run", "./run test"} <= typed


def test_settings_and_documents_name_the_same_variables(documents: list[Path]) -> None:
    """Each variable that Gettone reads is documented, and each that a document names is read."""
    read = {f"GETTONE_{setting.name.upper()}" for setting in fields(Settings)} | OF_THE_COMMAND
    named = {name for page in documents for name in SETTING.findall(page.read_text(encoding="utf-8"))}

    assert named == read
