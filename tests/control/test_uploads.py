"""What may be uploaded: paths, visibilities, languages, sizes."""

from __future__ import annotations

import hashlib
import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.control.uploads import (
    MODULE_TYPE,
    check_path,
    check_visibility,
    content_type_for,
    language_of,
    read_asset,
    read_function,
)
from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility
from gettone.project.paths import route_of

JS, PY = Language.JAVASCRIPT, Language.PYTHON


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/hello", "/hello"),
        ("hello", "/hello"),
        ("/a/b.c", "/a/b.c"),
        ("/my file\tname", "/my-file-name"),
        ("/", "/"),
        ("/.well-known/x", "/.well-known/x"),
        ("/übung/🔑", "/übung/🔑"),
        ("/" + "a" * 250, "/" + "a" * 250),
        ("a/" * 126 + "ab", "/" + "a/" * 126 + "ab"),
        ("/a%20b", "/a%20b"),
        ("...", "/..."),
    ],
)
def test_path_is_as_it_will_be_asked_for(text: str, path: str) -> None:
    """With a slash at its start, and hyphens for white space, as the toolkit writes them."""
    assert check_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "//",
        "/a//b",
        "/a/",
        "//a",
        "..",
        "/..",
        "/a/../b",
        "/./a",
        "/a/.",
        "/a\\b",
        "/a\0",
        "/a\x7f",
        "/\ud800",
        *(f"/a{character}" for character in "#;,?:@+&$()'\""),
        "/" + "a" * 255,
        "/" + "a" * 251,
        "/" + "ü" * 126,
    ],
)
def test_path_that_nobody_could_ask_for_is_refused(text: str) -> None:
    """Twilio's characters and length, what clients resolve, and what no file system holds."""
    with pytest.raises(PlatformError) as caught:
        check_path(text)

    assert (caught.value.code, caught.value.evidence["parameter"]) == ("invalid", "Path")
    assert caught.value.message.isprintable()


@given(st.text(max_size=300) | st.text("abü/. -\t%~.", max_size=60))
def test_any_path_has_a_verdict_that_stands(text: str) -> None:
    """An accepted path is accepted again as it is, leads nowhere but below its root, and is one for a file as well."""
    try:
        path = check_path(text)
    except PlatformError as error:
        assert error.code == "invalid"  # noqa: PT017 - either verdict is right, no other error is
        return
    assert check_path(path) == path
    assert posixpath.normpath(path) == path
    assert path.startswith("/")
    assert len(path) < 256
    assert not any(character.isspace() for character in path)
    assert route_of(path[1:], "a file") == path


@pytest.mark.parametrize("text", ["public", "protected", "private", "PUBLIC", "Private"])
def test_visibility_is_read_in_any_case(text: str) -> None:
    """Twilio's builds show it in capitals."""
    assert check_visibility(text) == text.lower()


@pytest.mark.parametrize("text", ["", "secret", "public ", "pub\0lic"])
def test_other_visibilities_are_refused(text: str) -> None:
    """The message lists what there is."""
    with pytest.raises(PlatformError, match="public, protected, private"):
        check_visibility(text)


@pytest.mark.parametrize(
    ("filename", "content_type", "expected"),
    [
        ("hello", "application/javascript", (JS, ".js")),
        ("hello.js", "text/javascript; charset=utf-8", (JS, ".js")),
        ("hello.mjs", "application/javascript", (JS, ".mjs")),
        ("hello.cjs", "text/javascript", (JS, ".cjs")),
        ("hello.ts", "application/javascript", (JS, ".ts")),
        # The toolkit names a file after its path, which may end in anything.
        ("v1.py", "application/javascript", (JS, ".js")),
        ("hello", "Application/TypeScript", (JS, ".ts")),
        ("hello", "application/node", (JS, ".cjs")),
        ("hello.mjs", "application/node", (JS, ".mjs")),
        ("hello", "text/x-python", (PY, ".py")),
        ("hello.js", "application/x-python", (PY, ".py")),
        ("hello.py", "", (PY, ".py")),
        ("hello.PY", "application/octet-stream", (PY, ".py")),
        ("hello.js", "text/plain", (JS, ".js")),
        # What systems take `.ts` for: a film.
        ("hello.ts", "video/mp2t", (JS, ".ts")),
    ],
)
def test_language_is_what_content_type_or_name_says(
    filename: str, content_type: str, expected: tuple[Language, str]
) -> None:
    """The content type where it is one of a language, else the end of the name."""
    assert language_of(filename, content_type) == expected


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [("hello", ""), ("hello.txt", "text/plain"), ("", ""), ("hello.rb", "application/x-ruby"), ("py", "x")],
)
def test_unknown_language_is_refused_with_those_that_are_known(filename: str, content_type: str) -> None:
    """The message says what to send."""
    with pytest.raises(PlatformError) as caught:
        language_of(filename, content_type)

    for known in ("application/javascript", "text/x-python", ".py", ".js", ".mjs", ".cjs", ".ts"):
        assert known in caught.value.message


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_and_content_type_have_a_verdict(filename: str, content_type: str) -> None:
    """Whatever a client sends."""
    try:
        language, extension = language_of(filename, content_type)
    except PlatformError as error:
        assert error.code == "invalid"  # noqa: PT017 - either verdict is right, no other error is
        return
    assert (language is PY) == (extension == ".py")


def test_function_is_text_of_one_megabyte() -> None:
    """The message of a larger one has both figures; that of one in another encoding has the line."""
    most = b"a" * (1 << 20)
    upload = read_function("hello", "public", most, "hello", "application/javascript")

    assert (upload.path, upload.digest) == ("/hello", hashlib.sha256(most).hexdigest())
    with pytest.raises(PlatformError) as caught:
        read_function("hello", "public", most + b"a", "hello", "application/javascript")
    assert caught.value.code == "too_large"
    assert "1,048,577 bytes" in caught.value.message
    assert "private asset" in caught.value.message
    with pytest.raises(PlatformError, match="line 3") as caught:
        read_function("hello", "public", b"one\ntwo\n\xff", "hello.py", "")
    assert caught.value.code == "invalid"


@pytest.mark.parametrize(
    ("visibility", "bytes_max"),
    [(Visibility.PUBLIC, 25 << 20), (Visibility.PROTECTED, 25 << 20), (Visibility.PRIVATE, 10 << 20)],
)
def test_asset_is_bounded_by_its_visibility(visibility: Visibility, bytes_max: int) -> None:
    """Twilio's figures; the message of a larger one tells what to do."""
    content = bytes(bytes_max + 1)
    upload = read_asset("a.bin", visibility, content[:-1], "")

    assert (upload.size_bytes, upload.visibility) == (bytes_max, visibility)
    with pytest.raises(PlatformError) as caught:
        read_asset("a.bin", visibility, content, "")
    assert caught.value.code == "too_large"
    assert f"a {visibility} asset may have {bytes_max:,}" in caught.value.message
    assert "make it smaller" in caught.value.message


def test_private_asset_has_a_name() -> None:
    """Handlers find it by that; a public one may be what is served for the bare host name."""
    assert read_asset("/", "public", b"", "text/html").path == "/"
    with pytest.raises(PlatformError, match="private asset"):
        read_asset("/", "private", b"", "text/html")


@pytest.mark.parametrize(
    ("path", "said", "expected"),
    [
        ("/a.png", "", "image/png"),
        ("/a.html", "application/octet-stream", "text/html; charset=utf-8"),
        ("/a.html", "text/html", "text/html; charset=utf-8"),
        ("/a.html", "TEXT/HTML", "text/html; charset=utf-8"),
        ("/a.html", "text/html; charset=latin-1", "text/html; charset=latin-1"),
        ("/a", "image/svg+xml", "image/svg+xml"),
        ("/a", "", "application/octet-stream"),
        ("/a.png", " image/webp ", "image/webp"),
    ],
)
def test_content_type_is_what_was_said_or_what_the_name_says(path: str, said: str, expected: str) -> None:
    """The same file has the same type, whether it came from a folder or as an upload."""
    assert content_type_for(path, said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "text",
        "text/",
        "/html",
        "text/html\r\nX: y",
        "text/html; \r\nX: y",
        "text/html, a/b",
        "tëxt/html",
        "a/" + "b" * 300,
    ],
)
def test_what_is_no_content_type_is_refused(said: str) -> None:
    """It would be sent as a header."""
    with pytest.raises(PlatformError) as caught:
        content_type_for("/a", said)

    assert caught.value.code == "invalid"


def test_a_file_beside_functions_keeps_its_whole_name() -> None:
    """It may be data, and larger than a function; nobody is served it."""
    content = b"\xff" * (2 << 20)
    upload = read_function("/data/words.bin", "private", content, "words.bin", MODULE_TYPE)

    assert (upload.path, upload.extension, upload.visibility) == ("/data/words.bin", "", Visibility.PRIVATE)
    assert upload.digest == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("visibility", "size_bytes", "code"), [("public", 1, "invalid"), ("private", (10 << 20) + 1, "too_large")]
)
def test_a_file_beside_functions_is_private_and_bounded(visibility: str, size_bytes: int, code: str) -> None:
    """What would be served has another type, and what is larger another place."""
    with pytest.raises(PlatformError) as refused:
        read_function("/x.json", visibility, b"x" * size_bytes, "x.json", MODULE_TYPE)

    assert refused.value.code == code
