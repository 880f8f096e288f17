"""`requirements.txt` against what an environment has."""

from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.project.environment import PythonEnvironment, find_environment
from gettone.project.requirements import check_requirements, read_requirements
from tests.project.folders import set_time, write_distribution, write_environment, write_files

INSTALL = ": run .venv/bin/pip install -r requirements.txt"


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    """The site-packages of a project's environment, with two distributions in it."""
    path = write_environment(tmp_path / ".venv", "version = 3.11.7")
    write_distribution(path, "requests", "2.31.0")
    write_distribution(path, "typing-extensions", "4.16.0rc1")
    return path


def environment_of(folder: Path) -> PythonEnvironment:
    """The environment that the fixture wrote."""
    environment, _ = find_environment(folder)
    assert environment is not None
    return environment


def missing(folder: Path, requirements: str) -> str | None:
    """What the environment lacks of these requirements."""
    write_files(folder, {"requirements.txt": requirements})
    return check_requirements(read_requirements(folder), environment_of(folder), None).missing


@pytest.mark.usefixtures("site_packages")
@pytest.mark.parametrize(
    "requirements",
    [
        "",
        "# nothing\n\n",
        "requests",
        "Requests>=2.30,<3  # a remark",
        "requests[socks]==2.31.0 --hash=sha256:00 \\\n    --hash=sha256:01\n",
        "typing_extensions>=4.15",
        "Typing.Extensions",
        'absent; python_version < "3.11"',
        'absent; sys_platform == "win32"',
        'absent; extra == "test"',
        "requests @ https://example.com/requests.zip",
        "--index-url https://example.com\n-e .\n./local\ngit+https://example.com/a.git#egg=absent\nhttps://a.b/c.whl",
        "\ufeffrequests\r\ntyping-extensions\r\n",
    ],
)
def test_satisfied_requirements_say_nothing(tmp_path: Path, requirements: str) -> None:
    """Names in any spelling, markers, hashes, pre-releases; what only pip can judge is left to pip."""
    assert missing(tmp_path, requirements) is None


@pytest.mark.usefixtures("site_packages")
@pytest.mark.parametrize(
    ("requirements", "finding"),
    [
        ("absent", "absent (not installed)"),
        ("requests>=2.32", "requests>=2.32 (2.31.0 is there)"),
        ("absent>=1\nrequests==2.30\nrequests==2.30", "absent (not installed), requests==2.30 (2.31.0 is there)"),
        ('absent; python_version >= "3.11"', "absent (not installed)"),
        ("absent\\\n  >=1\nrequests", "absent (not installed)"),
    ],
)
def test_what_is_missing_is_listed_with_the_command(tmp_path: Path, requirements: str, finding: str) -> None:
    """Each package once, with what is there instead, and what to run."""
    assert missing(tmp_path, requirements) == f"requirements.txt asks for {finding}{INSTALL}"


def test_environment_without_pip_is_filled_by_uv(tmp_path: Path, site_packages: Path) -> None:
    """uv makes environments that have no pip in them."""
    (site_packages.parents[2] / "bin" / "pip").unlink()

    assert missing(tmp_path, "absent") == (
        "requirements.txt asks for absent (not installed): run uv pip install --python .venv -r requirements.txt"
    )


def test_requirements_without_an_environment_say_how_to_make_one(tmp_path: Path) -> None:
    """Only where something is required."""
    assert check_requirements(("requests",), None, None).missing == (
        "requirements.txt is there, but no environment: "
        "run python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
    )
    assert check_requirements((), None, None).missing is None


def test_included_files_are_read(tmp_path: Path) -> None:
    """-r in its spellings, relative to the file it stands in."""
    write_files(
        tmp_path,
        {
            "requirements.txt": "-r base.txt\n--requirement=more/dev.txt\na",
            "base.txt": "b",
            "more/dev.txt": "-rtest.txt\nc",
            "more/test.txt": "d",
        },
    )

    assert read_requirements(tmp_path) == ("b", "d", "c", "a")


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    """A circle ends, with the name of a file in it."""
    write_files(tmp_path, {"requirements.txt": "-r b.txt", "b.txt": "-r requirements.txt"})

    with pytest.raises(PlatformError, match="is included in a circle: remove one -r"):
        read_requirements(tmp_path)


def test_included_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """pip would stop there too."""
    write_files(tmp_path, {"requirements.txt": "-r b.txt"})

    with pytest.raises(PlatformError, match=r"requirements.txt includes b.txt, which is not there"):
        read_requirements(tmp_path)


def test_check_is_used_again_until_something_is_installed(tmp_path: Path, site_packages: Path) -> None:
    """The same verdict is handed back, and forgotten as soon as site-packages or the requirements change."""
    environment = environment_of(tmp_path)
    set_time(site_packages, 1)
    first = check_requirements(("absent",), environment, None)
    assert check_requirements(("absent",), environment, first) is first
    assert check_requirements(("absent", "requests"), environment, first) is not first

    write_distribution(site_packages, "absent", "1.0")
    second = check_requirements(("absent",), environment, first)

    assert first.missing is not None
    assert second.missing is None


def test_half_removed_distribution_counts_as_missing(tmp_path: Path, site_packages: Path) -> None:
    """A folder without metadata is what an interrupted pip leaves."""
    (site_packages / "absent-1.0.dist-info").mkdir()

    assert missing(tmp_path, "absent") == f"requirements.txt asks for absent (not installed){INSTALL}"
