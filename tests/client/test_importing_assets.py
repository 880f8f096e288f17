"""Where contents of assets are found: a real HTTP server, and a folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gettone.client.importing import FileKind, Place
from gettone.client.importing_assets import AssetFinder, FoundAsset
from gettone.model.assets import ASSET_BYTES_MAX
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility
from gettone.policy.signature import is_signed_by

AUTH_TOKEN = "0123456789abcdef" * 2
DOMAIN = "api-1234-dev.twil.io"


def asset(path: str, visibility: Visibility = Visibility.PUBLIC) -> Place:
    """The place of an asset."""
    return Place(FileKind.ASSET, path, visibility)


@dataclass
class Site:
    """What is served by target, with answers to give before that; `heard` is who asked, and with which signature."""

    port: int = 0
    served: dict[str, bytes] = field(default_factory=dict)
    first: list[int] = field(default_factory=list)
    heard: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where a domain is asked."""
        return f"http://127.0.0.1:{self.port}/@{{domain}}"


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Serve on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.heard.append((self.path, self.headers.get("X-Twilio-Signature")))
            status = site.first.pop(0) if site.first else 200 if self.path in site.served else 404
            if status == 0:
                self.close_connection = True
                return
            body = site.served.get(self.path, b"") if status == 200 else b"no"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "text/css")
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of who hung up: who has read enough does."""

    server = Server(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """A server that serves nothing yet."""
    with serve(Site()) as running:
        yield running


def test_public_asset_is_fetched_from_its_domain(site: Site) -> None:
    """Byte for byte, with its content type; what a URL cannot hold as it is goes escaped."""
    site.served[f"/@{DOMAIN}/a/%C3%BC.css"] = b"\0\xff"

    with AssetFinder(site.address) as finder:
        found = finder.find(asset("/a/ü.css"), DOMAIN)

    assert found == FoundAsset(b"\0\xff", "text/css")


def test_protected_asset_is_signed_for(site: Site) -> None:
    """With the account's auth token, as its own webhooks are."""
    site.served[f"/@{DOMAIN}/a.css"] = b"x"

    with AssetFinder(site.address, auth_token=AUTH_TOKEN) as finder:
        found = finder.find(asset("/a.css", Visibility.PROTECTED), DOMAIN)
    [(path, signature)] = site.heard

    assert found is not None
    assert is_signed_by(AUTH_TOKEN, signature or "", f"http://127.0.0.1:{site.port}{path}", None, b"")


@pytest.mark.parametrize("visibility", [Visibility.PROTECTED, Visibility.PRIVATE])
@pytest.mark.parametrize("named", ["a.{}.css", "a.css"])
def test_what_has_no_open_address_lies_in_the_folder(
    tmp_path: Path, site: Site, visibility: Visibility, named: str
) -> None:
    """Under the name that projects give it, or under its path. Nobody is asked."""
    (tmp_path / named.format(visibility)).write_bytes(b"x")

    with AssetFinder(site.address, tmp_path) as finder:
        found = finder.find(asset("/a.css", visibility), DOMAIN)

    assert found == FoundAsset(b"x", "")
    assert site.heard == []


def test_public_asset_that_is_not_served_lies_in_the_folder(tmp_path: Path, site: Site) -> None:
    """The second place to look."""
    (tmp_path / "a.css").write_bytes(b"x")

    with AssetFinder(site.address, tmp_path) as finder:
        found = finder.find(asset("/a.css"), DOMAIN)

    assert found == FoundAsset(b"x", "")


def test_nothing_outside_the_folder_is_read(tmp_path: Path, site: Site) -> None:
    """Whatever path the source names, and wherever a link leads."""
    (tmp_path / "secret").write_bytes(b"x")
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")

    with AssetFinder(site.address, folder) as finder:
        paths = ("/../secret", "//etc/passwd", "/link", "/a\0b", f"/{'a' * 999}", "/", "/.")
        found = [finder.find(asset(path, Visibility.PRIVATE), DOMAIN) for path in paths]

    assert found == [None] * len(paths)


def test_asset_that_nobody_has_is_none(site: Site) -> None:
    """It is missing, which is no error."""
    with AssetFinder(site.address) as finder:
        assert finder.find(asset("/a.css"), DOMAIN) is None
        assert finder.find(asset("/a.css", Visibility.PRIVATE), DOMAIN) is None


def test_larger_than_an_asset_may_be_is_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends at the bound."""
    monkeypatch.setattr("gettone.client.importing_assets.ASSET_BYTES_MAX", {**ASSET_BYTES_MAX, Visibility.PUBLIC: 3})
    site.served[f"/@{DOMAIN}/a.css"] = b"four"

    with AssetFinder(site.address) as finder:
        assert finder.find(asset("/a.css"), DOMAIN) is None


def test_limits_and_drops_are_waited_out(site: Site) -> None:
    """As long as the server says, or a little longer each time."""
    site.served[f"/@{DOMAIN}/a.css"] = b"x"
    site.first[:] = [429, 0, 503]
    pauses: list[float] = []

    with AssetFinder(site.address, pause=pauses.append) as finder:
        found = finder.find(asset("/a.css"), DOMAIN)

    assert found is not None
    assert pauses == [7, 2, 3]


@pytest.mark.parametrize("status", [0, 503])
def test_domain_that_stays_away_is_an_error(site: Site, status: int) -> None:
    """It names the address and what to do; waiting ends."""
    site.first[:] = [status] * 9

    with AssetFinder(site.address, pause=lambda _: None) as finder, pytest.raises(PlatformError) as caught:
        finder.find(asset("/a.css"), DOMAIN)

    assert caught.value.code == "unavailable"
    assert f"/@{DOMAIN}/a.css" in caught.value.message
    assert "--assets" in caught.value.message


@pytest.mark.parametrize("domain", ["", "a/b", "user@a", "a?b", "a#b", "a b", "[::1]"])
def test_domain_that_is_none_is_not_asked(site: Site, domain: str) -> None:
    """The source names it, and could name any address."""
    with AssetFinder(site.address) as finder, pytest.raises(PlatformError, match="no domain name"):
        finder.find(asset("/a.css"), domain)

    assert site.heard == []


@pytest.mark.parametrize("address", ["", "ftp://{domain}", "https://example.com", "{domain}", "https://{domain}/?a=b"])
def test_address_without_a_place_for_the_domain_is_refused(address: str) -> None:
    """With an example of one that is right."""
    with pytest.raises(PlatformError, match=r"https://\{domain\}"):
        AssetFinder(address)
