"""Which content type a name has."""

import pytest

from gettone.project.content_types import content_type_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/index.html", "text/html; charset=utf-8"),
        ("/a.CSS", "text/css; charset=utf-8"),
        ("/a.js", "text/javascript; charset=utf-8"),
        ("/a.mjs", "text/javascript; charset=utf-8"),
        ("/a.json", "application/json; charset=utf-8"),
        ("/a.txt", "text/plain; charset=utf-8"),
        ("/a.png", "image/png"),
        ("/a.svg", "image/svg+xml"),
        ("/a.webp", "image/webp"),
        ("/a.woff2", "font/woff2"),
        ("/a.wasm", "application/wasm"),
        ("/a.mp3", "audio/mpeg"),
        ("/a.tar", "application/x-tar"),
        ("/a.tar.gz", "application/gzip"),
        ("/a.svgz", "application/octet-stream"),
        ("/a", "application/octet-stream"),
        ("/a.nothing-known", "application/octet-stream"),
        ("/data:text/html,x", "application/octet-stream"),
        ("/a.html/b", "application/octet-stream"),
    ],
)
def test_content_type_follows_the_extension(name: str, expected: str) -> None:
    """Known extensions have their type in any case of letters, anything else is bytes."""
    assert content_type_of(name) == expected
