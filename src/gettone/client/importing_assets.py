"""Where the contents of a source's assets are found: at their public address, signed for, or in a folder.

Twilio's API tells no content of an asset. A public one is asked for as any browser asks; a protected one with the
account's own signature, where its auth token is known; a private one has no address. What is served comes first, the
folder second: it may be older. Must not know what an import does with them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import splitext
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import httpx2

from gettone.client.address import gettone_at
from gettone.client.importing import Place
from gettone.model.assets import ASSET_BYTES_MAX
from gettone.model.errors import PlatformError
from gettone.model.functions import Visibility

DOMAIN = "{domain}"
PUBLIC_ADDRESS = f"https://{DOMAIN}"
TIMEOUT_SECONDS = 30.0
ATTEMPTS_MAX = 5
PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 30.0
_DOMAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
# What a path may hold unescaped (RFC 3986, 3.3), as browsers ask for it.
_PATH_SAFE = "/-._~!$&'()*+,;=:@"


@dataclass(frozen=True, slots=True)
class FoundAsset:
    """A content, and the content type it came with; empty where none did."""

    content: bytes = field(repr=False)
    content_type: str


class AssetFinder:
    """Finds contents. `address` is where a domain is asked, with `{domain}` in it; `folder` is a second place to look.

    State: the client that asks. `auth_token` signs requests for protected assets; None where only a key is known.
    """

    def __init__(
        self,
        address: str = PUBLIC_ADDRESS,
        folder: Path | None = None,
        *,
        auth_token: str | None = None,
        ca_file: Path | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = check_address(address)
        self._folder = None if folder is None else folder.resolve()
        self._auth_token = auth_token
        self._pause = pause
        self._ca_file = ca_file
        self._opened: httpx2.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.close()

    def find(self, place: Place, domain_name: str) -> FoundAsset | None:
        """The content of an asset that a domain serves; None where nobody has it.

        Raises PlatformError `unavailable` where the domain cannot be reached, and the folder has no such file.
        """
        lying = self._find_lying(place)
        asks = place.visibility is Visibility.PUBLIC or (
            place.visibility is Visibility.PROTECTED and self._auth_token is not None
        )
        if not asks:
            return lying
        try:
            return self._fetch(place, domain_name) or lying
        except PlatformError:
            if lying is None:
                raise
            return lying

    def _client(self) -> httpx2.Client:
        """What asks, from the first time on: reading certificates takes a moment, and most accounts have no assets."""
        if self._opened is None:
            trust = True if self._ca_file is None else ssl.create_default_context(cafile=str(self._ca_file))
            self._opened = httpx2.Client(
                timeout=TIMEOUT_SECONDS,
                follow_redirects=False,
                verify=trust,
                # As in `connection`: a proxy is for what is far away.
                trust_env=not gettone_at(self._address.replace(DOMAIN, "example.com")).is_loopback,
            )
        return self._opened

    def _find_lying(self, place: Place) -> FoundAsset | None:
        if self._folder is None:
            return None
        for name in file_names(place):
            try:
                # The path is the source's word, and links may lead anywhere.
                file = (self._folder / name).resolve()
                size_bytes = file.stat().st_size if file.is_relative_to(self._folder) and file.is_file() else None
            except (OSError, ValueError):
                # No name that a file could have.
                continue
            if size_bytes is not None:
                return _read_lying(file, place) if size_bytes <= ASSET_BYTES_MAX[place.visibility] else None
        return None

    def _fetch(self, place: Place, domain_name: str) -> FoundAsset | None:
        if not _DOMAIN_NAME.fullmatch(domain_name):
            raise PlatformError("invalid", f"{domain_name!r} is no domain name: nothing is asked there")
        url = self._address.replace(DOMAIN, domain_name) + quote(place.path, safe=_PATH_SAFE)
        # What is compressed on its way is not what lies there.
        headers = {"Accept-Encoding": "identity"}
        if place.visibility is Visibility.PROTECTED and self._auth_token is not None:
            headers["X-Twilio-Signature"] = sign(url, self._auth_token)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            is_last = attempt == ATTEMPTS_MAX
            try:
                with self._client().stream("GET", url, headers=headers) as response:
                    if response.status_code in (429, 503) and not is_last:
                        self._pause(_pause_of(response, attempt))
                        continue
                    if response.status_code in (429, 503):
                        raise _unreachable(url, f"it answers {response.status_code} again and again")
                    return _read(response, ASSET_BYTES_MAX[place.visibility])
            except httpx2.TransportError as error:
                if is_last or isinstance(error, httpx2.UnsupportedProtocol):
                    raise _unreachable(url, str(error) or type(error).__name__) from error
                self._pause(PAUSE_SECONDS * attempt)
        return None


def check_address(address: str) -> str:
    """An address of domains, without a slash at its end. Raises PlatformError `invalid`."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or DOMAIN not in address or parts.query:
        raise PlatformError(
            "invalid",
            f"{address!r} is no address of domains: write {PUBLIC_ADDRESS}, or http://localhost:8000/@{DOMAIN}",
        )
    return address.rstrip("/")


def file_names(place: Place) -> Iterator[str]:
    """What an asset's file may be called in a folder: as projects have it, or as its path says."""
    name = place.path.lstrip("/")
    if not name:
        return
    if place.visibility is not Visibility.PUBLIC:
        stem, extension = splitext(name)
        yield f"{stem}.{place.visibility}{extension}"
    yield name


def sign(url: str, auth_token: str) -> str:
    """The signature of a request without parameters, as Twilio's own requests carry it."""
    return base64.b64encode(hmac.new(auth_token.encode(), url.encode(), hashlib.sha1).digest()).decode()


def _read_lying(file: Path, place: Place) -> FoundAsset:
    try:
        return FoundAsset(file.read_bytes(), "")
    except OSError as error:
        raise PlatformError(
            "invalid", f"{file}, for {place}, cannot be read ({error.strerror}): look at who may read it"
        ) from error


def _read(response: httpx2.Response, bytes_max: int) -> FoundAsset | None:
    """The body, where it is one and no larger than an asset may be."""
    if response.status_code != 200:
        return None
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > bytes_max:
            return None
    return FoundAsset(bytes(content), response.headers.get("content-type", ""))


def _pause_of(response: httpx2.Response, attempt: int) -> float:
    said = response.headers.get("retry-after", "")
    return min(float(said), PAUSE_SECONDS_MAX) if said.isdecimal() else PAUSE_SECONDS * attempt


def _unreachable(url: str, why: str) -> PlatformError:
    return PlatformError(
        "unavailable",
        f"the asset at {url} cannot be fetched: {why}. Try again, or give a folder that has it (--assets DIR)",
    )
