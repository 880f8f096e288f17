"""`package.json`, and the packages it asks for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.errors import PlatformError
from gettone.project.package import (
    decides_modules,
    find_node_modules,
    missing_packages,
    parse_package,
    read_package,
    read_ranges,
)
from tests.project.folders import write_files
from tests.project.outcomes import outcome

PACKAGE = b'{"name": "tokens", "type": "module", "dependencies": {"twilio": "^6", "@acme/rooms": "1"}}'


def test_name_and_dependencies_are_read() -> None:
    """The content is kept to the byte, for Node reads it too."""
    package = parse_package(PACKAGE)

    assert package.content == PACKAGE
    assert package.name == "tokens"
    assert package.dependencies == ("twilio", "@acme/rooms")


@pytest.mark.parametrize("content", [b"{}", b'{"name": ""}', b'{"name": 7}', b'\xef\xbb\xbf{"dependencies": {}}'])
def test_name_and_dependencies_may_be_absent(content: bytes) -> None:
    """A file that only says what kind of modules there are is fine."""
    package = parse_package(content)

    assert package.name is None
    assert package.dependencies == ()


def test_ranges_stand_with_their_names() -> None:
    """As they are written; a byte order mark is no part of them."""
    assert read_ranges(PACKAGE) == {"twilio": "^6", "@acme/rooms": "1"}
    assert read_ranges(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("version", ["1", "null", "[]", "{}"])
def test_range_that_is_no_text_is_named(version: str) -> None:
    """npm would not read it either."""
    with pytest.raises(PlatformError) as caught:
        read_ranges(f'{{"dependencies": {{"twilio": {version}}}}}'.encode())

    assert str(caught.value) == "package.json names no version of twilio as a text: mend it"


@pytest.mark.parametrize(
    ("content", "decides"),
    [(PACKAGE, True), (b'{"imports": {"#a": "./a.js"}}', True), (b'{"name": "a", "dependencies": {"b": "1"}}', False)],
)
def test_package_decides_how_files_are_loaded(content: bytes, decides: bool) -> None:
    """Or is there for npm alone."""
    assert decides_modules(content) is decides


def test_folder_without_package_has_none(tmp_path: Path) -> None:
    """A project needs no package.json."""
    assert read_package(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n "name": x}', "package.json is no JSON: Expecting value (line 2, column 10): mend it"),
        (b"[]", "package.json must hold an object: mend it"),
        (b'{"dependencies": ["a"]}', 'package.json has "dependencies" that are no object: mend it'),
        (b"\xff{}", "package.json is not UTF-8 (line 1): save it as UTF-8"),
        (b"[" * 100_000, "package.json is no JSON that can be read: mend it"),
        (b"1" * 10_000, "package.json is no JSON that can be read: mend it"),
    ],
)
def test_broken_package_is_named(content: bytes, message: str) -> None:
    """What npm would refuse is refused, with the place."""
    with pytest.raises(PlatformError) as caught:
        parse_package(content)

    assert caught.value.code == "invalid"
    assert str(caught.value) == message


@given(st.binary())
def test_any_content_is_read_or_refused(content: bytes) -> None:
    """A file that somebody else wrote never ends in another error."""
    came = outcome(lambda: parse_package(content))

    if isinstance(came, PlatformError):
        assert came.message.startswith("package.json")
    else:
        assert came.content == content


def test_dependencies_that_are_not_installed_are_listed(tmp_path: Path) -> None:
    """Without node_modules all are missing, with it those that have no folder in it."""
    package = parse_package(PACKAGE)

    assert missing_packages(package, find_node_modules(tmp_path)) == (
        "package.json asks for twilio, @acme/rooms, not in node_modules: run npm install"
    )

    write_files(tmp_path, {"node_modules/@acme/rooms/package.json": "{}"})
    assert missing_packages(package, find_node_modules(tmp_path)) == (
        "package.json asks for twilio, not in node_modules: run npm install"
    )

    write_files(tmp_path, {"node_modules/twilio/package.json": "{}"})
    assert missing_packages(package, find_node_modules(tmp_path)) is None


def test_twilios_own_runtime_is_never_missing(tmp_path: Path) -> None:
    """Projects made for Twilio's cloud list its runtime; nothing here loads it."""
    package = parse_package(b'{"dependencies": {"@twilio/runtime-handler": "2.1.0"}}')

    assert missing_packages(package, find_node_modules(tmp_path)) is None
