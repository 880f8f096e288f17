"""What a name says about a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility
from gettone.project.paths import is_skipped, language_of, route_of, shown, split_visibility


@pytest.mark.parametrize(
    "part",
    [
        ".DS_Store",
        ".git",
        ".env",
        ".#hello.js",
        "#hello.js#",
        "node_modules",
        "__pycache__",
        "hello.js~",
        ".hello.js.swp",
        "hello.js.swp",
        "hello.js.bak",
        "hello.js.orig",
        "hello.pyc",
        "hello.js___jb_tmp___",
    ],
)
def test_what_belongs_to_tools_is_skipped(part: str) -> None:
    """Editors, systems and package managers leave files that are no part of a project."""
    assert is_skipped(part)


@pytest.mark.parametrize("part", ["hello.js", "_helper.py", "__init__.py", "a~b.js", "#a", "bak", ".well-known"])
def test_what_people_write_is_not_skipped(part: str) -> None:
    """Names that only look like those of tools stay; so does the folder that RFC 8615 reserves."""
    assert not is_skipped(part)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.py", Language.PYTHON),
        ("a/b.protected.py", Language.PYTHON),
        ("a.js", Language.JAVASCRIPT),
        ("a.mjs", Language.JAVASCRIPT),
        ("a.cjs", Language.JAVASCRIPT),
        ("a.ts", Language.JAVASCRIPT),
        ("_a.js", Language.JAVASCRIPT),
        ("a/__init__.py", None),
        ("_helper.py", None),
        ("_lib/helper.py", None),
        ("a.d.ts", None),
        ("data.json", None),
        ("README", None),
        ("a.jsx", None),
    ],
)
def test_extension_makes_a_function(name: str, language: Language | None) -> None:
    """The five extensions are functions; Python's private names and type declarations are not."""
    assert language_of(name) is language


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.js", ("a", ".js", Visibility.PUBLIC)),
        ("a/b.protected.js", ("a/b", ".js", Visibility.PROTECTED)),
        ("a/b.private.tar.gz", ("a/b.private.tar", ".gz", Visibility.PUBLIC)),
        ("img.private.png", ("img", ".png", Visibility.PRIVATE)),
        ("a.private.protected.js", ("a.private", ".js", Visibility.PROTECTED)),
        ("private.js", ("private", ".js", Visibility.PUBLIC)),
        ("private/a.js", ("private/a", ".js", Visibility.PUBLIC)),
        ("private", ("private", "", Visibility.PUBLIC)),
        ("a.b.js", ("a.b", ".js", Visibility.PUBLIC)),
    ],
)
def test_suffix_before_the_extension_sets_visibility(name: str, expected: tuple[str, str, Visibility]) -> None:
    """Only the last part before the extension counts, as in Twilio's toolkit."""
    assert split_visibility(name, name) == expected


@pytest.mark.parametrize("name", ["a.Private.js", "a.PROTECTED.png", "key.private", "key.Protected"])
def test_suffix_that_would_not_work_is_refused(name: str) -> None:
    """What was meant to be hidden is not served to anyone by a slip of the hand."""
    with pytest.raises(PlatformError, match=r"would be public: write .pr") as caught:
        split_visibility(name, f"assets/{name}")

    assert caught.value.code == "invalid"
    assert f"assets/{name}" in str(caught.value)


@pytest.mark.parametrize("character", list("#;,?:@+&$()'\"\\\x00\x1b\x7f\x9f\udcff"))
def test_path_with_a_forbidden_character_is_refused(character: str) -> None:
    """The error names the file and the character, in letters that a terminal can show."""
    with pytest.raises(PlatformError) as caught:
        route_of(f"a{character}b", f"functions/a{character}b.js")

    said = shown(character)
    assert caught.value.code == "invalid"
    assert f"functions/a{said}b.js cannot be served: a path may not contain {said}." in str(caught.value)
    assert str(caught.value).isprintable()


def test_white_space_becomes_a_hyphen() -> None:
    """Twilio's toolkit serves `hero image.png` at /hero-image.png."""
    assert route_of("hero image\u00a0a.png", "x") == "/hero-image-a.png"


@pytest.mark.parametrize("name", ["é", "漢字", "a=b", "a%b", "a~!*", "[id]", "👩\u200d💻"])
def test_other_characters_are_served(name: str) -> None:
    """What Twilio does not forbid stays as it is."""
    assert route_of(name, name) == f"/{name}"


def test_longest_path_has_255_characters() -> None:
    """Twilio's rule is "under 256", the slash counted in."""
    assert len(route_of("x" * 254, "x")) == 255
    with pytest.raises(PlatformError, match="its path has 256 characters, 255 are allowed"):
        route_of("x" * 255, "x")


@given(st.text(st.characters(exclude_categories=())))
def test_shown_text_is_printable_and_encodable(text: str) -> None:
    """Whatever a file is called, its name can be printed."""
    assert shown(text).isprintable()
    assert shown(text).encode("utf-8").decode() == shown(text)
