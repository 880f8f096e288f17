"""Names and sizes to routes and places, without a disk."""

import string
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility
from gettone.project.layout import (
    AssetPlace,
    FunctionPlace,
    ModulePlace,
    check_routes,
    place_assets,
    place_functions,
)
from tests.project.outcomes import outcome

MB = 1 << 20

PARTS = st.one_of(
    st.text(string.ascii_letters + string.digits + "-_. ()'é", min_size=1, max_size=6),
    st.sampled_from(["a", "b", "_a", "__init__", "a.py", "handlers"]),
).filter(lambda part: part not in (".", ".."))
FILES = st.builds(
    lambda stem, suffix, extension: stem + suffix + extension,
    PARTS,
    st.sampled_from(["", "", ".protected", ".private", ".Private", ".public"]),
    st.sampled_from([".py", ".js", ".mjs", ".cjs", ".ts", ".d.ts", ".json", ""]),
).filter(lambda part: part not in (".", ".."))
NAMES = st.builds(lambda parts, file: "/".join([*parts, file]), st.lists(PARTS, max_size=3), FILES)
SIZES = st.dictionaries(NAMES, st.integers(0, 30 * MB) | st.just(10), max_size=8)


def names(*files: str) -> dict[str, int]:
    """Give each name a small file."""
    return dict.fromkeys(files, 10)


def test_function_is_placed_by_its_name() -> None:
    """Folders become segments; the visibility leaves the route and, in Python, the file."""
    assert place_functions("functions", names("a/b.protected.js", "a/c.private.py", "d.ts")) == (
        FunctionPlace(
            "a/b.protected.js",
            "functions/a/b.protected.js",
            "/a/b",
            "handlers/a/b.protected.js",
            Language.JAVASCRIPT,
            Visibility.PROTECTED,
        ),
        FunctionPlace(
            "a/c.private.py",
            "functions/a/c.private.py",
            "/a/c",
            "handlers/a/c.py",
            Language.PYTHON,
            Visibility.PRIVATE,
        ),
        FunctionPlace("d.ts", "functions/d.ts", "/d", "handlers/d.ts", Language.JAVASCRIPT, Visibility.PUBLIC),
    )


def test_what_is_no_function_is_carried_along() -> None:
    """Helpers and data keep their names, and have no route."""
    assert place_functions("src", names("__init__.py", "_db.private.py", "a/data.private.json")) == (
        ModulePlace("__init__.py", "src/__init__.py", "handlers/__init__.py"),
        ModulePlace("_db.private.py", "src/_db.private.py", "handlers/_db.py"),
        ModulePlace("a/data.private.json", "src/a/data.private.json", "handlers/a/data.private.json"),
    )


def test_asset_keeps_its_extension() -> None:
    """The route has the extension and no visibility; the file keeps both."""
    assert place_assets("static", names("img/a.private.png", "index.html")) == (
        AssetPlace(
            "img/a.private.png",
            "static/img/a.private.png",
            "/img/a.png",
            "files/img/a.private.png",
            Visibility.PRIVATE,
        ),
        AssetPlace("index.html", "static/index.html", "/index.html", "files/index.html", Visibility.PUBLIC),
    )


@pytest.mark.parametrize(
    ("functions", "assets", "clash"),
    [
        (("a.js", "a.py"), (), "functions/a.js and functions/a.py both have the route /a:"),
        (("a.mjs", "a.private.js"), (), "functions/a.mjs and functions/a.private.js both have the route /a:"),
        (("a b.js", "a-b.js"), (), "functions/a b.js and functions/a-b.js both have the route /a-b:"),
        (("a.js",), ("a",), "functions/a.js and assets/a both have the route /a:"),
        (("a.png.js",), ("a.png",), "functions/a.png.js and assets/a.png both have the route /a.png:"),
        ((), ("a.png", "a.private.png"), "assets/a.png and assets/a.private.png both have the route /a.png:"),
    ],
)
def test_two_files_with_one_route_are_refused(functions: tuple[str, ...], assets: tuple[str, ...], clash: str) -> None:
    """The error names both, whatever they are."""
    code = place_functions("functions", names(*functions))
    routed = [place for place in code if isinstance(place, FunctionPlace)]

    with pytest.raises(PlatformError) as caught:
        check_routes([*routed, *place_assets("assets", names(*assets))])

    assert caught.value.code == "conflict"
    assert str(caught.value).startswith(clash)


@pytest.mark.parametrize(
    ("one", "other"),
    [("_a.private.py", "_a.py"), ("a.private.py", "a.protected.py"), ("a.private.py", "a.py/b.js")],
)
def test_two_files_in_one_place_are_refused(one: str, other: str) -> None:
    """What cannot be written side by side under the task root is an error that names both."""
    with pytest.raises(PlatformError, match=r"would both lie at handlers/_?a\.py when they run") as caught:
        place_functions("functions", names(one, other))

    assert caught.value.code == "conflict"
    assert set(caught.value.evidence["files"]) == {f"functions/{one}", f"functions/{other}"}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("folder", "name", "bytes_max"),
    [
        ("functions", "a.js", 1 * MB),
        ("functions", "a.private.py", 1 * MB),
        ("functions", "data.json", 10 * MB),
        ("assets", "a.mp4", 25 * MB),
        ("assets", "a.protected.mp4", 25 * MB),
        ("assets", "a.private.mp4", 10 * MB),
    ],
)
def test_file_over_its_bound_is_refused(folder: str, name: str, bytes_max: int) -> None:
    """The bound itself is allowed; one byte more is an error that names file and bound."""
    place = place_functions if folder == "functions" else place_assets
    assert len(place(folder, {name: bytes_max})) == 1

    with pytest.raises(PlatformError, match=f"{folder}/{name} has .* may have {bytes_max // MB} MB: ") as caught:
        place(folder, {name: bytes_max + 1})

    assert caught.value.code == "too_large"
    assert caught.value.evidence["bytes_max"] == bytes_max


@given(SIZES)
def test_placed_functions_can_be_written_and_routed(sizes: dict[str, int]) -> None:
    """Every name is placed once, inside handlers/, beside the others; or the whole is refused with a clear error."""
    places = outcome(lambda: place_functions("functions", sizes))

    if isinstance(places, PlatformError):
        assert places.code in ("invalid", "conflict", "too_large")
        assert "functions/" in places.message
        return
    assert sorted(place.found for place in places) == sorted(sizes)
    files = [PurePosixPath(place.file) for place in places]
    assert len(set(files)) == len(files)
    assert all(file.parts[0] == "handlers" and ".." not in file.parts for file in files)
    assert not {parent for file in files for parent in file.parents} & set(files)
    for place in places:
        assert place.source == f"functions/{place.found}"
        if isinstance(place, FunctionPlace):
            assert place.path.startswith("/")
            assert len(place.path) < 256
            assert not set(place.path) & set("#;,?:@+&$()'\" ")


@given(PARTS, st.sampled_from(["private", "Private", "PROTECTED", "protected"]), st.sampled_from(["", ".png"]))
def test_hidden_asset_is_never_public(stem: str, suffix: str, extension: str) -> None:
    """A visibility at the end or before the extension, in any case, holds or is refused."""
    came = outcome(lambda: place_assets("assets", names(f"{stem}.{suffix}{extension}")))

    assert came.code == "invalid" if isinstance(came, PlatformError) else came[0].visibility == suffix


@given(
    st.lists(st.text(string.ascii_lowercase + "-", min_size=1, max_size=5), min_size=1, max_size=3),
    st.sampled_from(["", ".protected", ".private"]),
    st.sampled_from([".py", ".js", ".mjs", ".cjs", ".ts"]),
)
def test_route_and_visibility_come_back_out_of_the_name(parts: list[str], suffix: str, extension: str) -> None:
    """A name made from a route and a visibility is read as these."""
    (place,) = place_functions("functions", names("/".join(parts) + suffix + extension))

    assert isinstance(place, FunctionPlace)
    assert place.path == "/" + "/".join(parts)
    assert place.visibility == (suffix[1:] or "public")
    assert (place.language is Language.PYTHON) == (extension == ".py")


@given(SIZES)
def test_order_of_the_names_does_not_matter(sizes: dict[str, int]) -> None:
    """Folders are listed in any order; what comes out has one."""
    backwards = dict(reversed(sizes.items()))

    one = outcome(lambda: place_functions("functions", sizes))
    other = outcome(lambda: place_functions("functions", backwards))

    assert repr(one) == repr(other)
