"""Asking a server: one request, one answer, or one error that says what to do. Knows HTTP, and no nouns.

What only reads is asked again when it fails on the way. What changes something is asked again only when the server
itself says that it did nothing (429, 503). Every wait is bounded. Credentials go nowhere but to the server's origins:
links to further pages are followed by their path alone.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2

from gettone.client.address import Address
from gettone.client.faults import refusal, silence
from gettone.client.records import Record
from gettone.client.requests import Fields, Upload, fields_of, files_of, pairs, read_query, shown_origin, wait
from gettone.model.errors import PlatformError

TIMEOUT_SECONDS = 60.0  # longer than the server gives itself
UPLOAD_SECONDS = 330.0
ATTEMPTS_MAX = 4
PAGE_SIZE = 1000
PAGES_MAX = 10_000
ANSWER_BYTES_MAX = 64 << 20
_AGAIN = (429, 503)
_READING = ("GET",)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: an account and its auth token, or an API key and its secret."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event."""

    name: str
    data: str
    id: str


class Connection:
    """A server, and who asks it. A context manager. `pause` waits for so many seconds."""

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        ca_file: Path | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address
        self.username = credentials.username
        self._seconds = timeout_seconds
        self.pause = pause
        self._http = httpx2.Client(
            auth=httpx2.BasicAuth(credentials.username, credentials.password),
            timeout=timeout_seconds,
            verify=_trusted(address, ca_file),
            headers={"User-Agent": "gettone", "Accept": "application/json"},
            # A proxy is for what is far away: one that the environment names must not get what stays on this machine.
            trust_env=not address.is_loopback,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Connection({self.address.name!r}, {self.username!r})"

    def close(self) -> None:
        """Let go of the network."""
        self._http.close()

    def get_json(self, path: str, query: Fields | None = None) -> Record:
        """Read one object."""
        return self._record(path, self._ask("GET", path, query=query))

    def find_json(self, path: str, query: Fields | None = None) -> Record | None:
        """Read one object; None where it is not there."""
        try:
            return self.get_json(path, query)
        except PlatformError as error:
            if error.code != "not_found" or "status" not in error.evidence:
                raise
            return None

    def post_form(self, path: str, form: Fields) -> Record:
        """Change something, as Twilio's paths take it."""
        return self._record(path, self._ask("POST", path, form=form))

    def post_json(self, path: str, document: Mapping[str, object], query: Fields | None = None) -> Record:
        """Change something, as our own paths take it."""
        return self._record(path, self._ask("POST", path, query=query, document=document))

    def put_json(self, path: str, document: Mapping[str, object], query: Fields | None = None) -> Record:
        """Put something in its place, as our own paths take it."""
        return self._record(path, self._ask("PUT", path, query=query, document=document))

    def upload(self, path: str, upload: Upload) -> Record:
        """Send a file."""
        return self._record(path, self._ask("POST", path, upload=upload))

    def delete(self, path: str, query: Fields | None = None) -> None:
        """Delete something."""
        self._ask("DELETE", path, query=query)

    def pages(self, path: str, items_key: str, query: Fields | None = None) -> Iterator[Record]:
        """List everything, page after page, in both of Twilio's ways and in ours."""
        size = "page_size" if path.startswith("/api/v1/") else "PageSize"
        asked: Fields = {size: str(PAGE_SIZE), **(query or {})}
        for _ in range(PAGES_MAX):
            page = self.get_json(path, asked)
            yield from page.records(items_key)
            meta = page.find_record("meta")
            further = page.find_text("next_page_uri") if meta is None else meta.find_text("next_page_url")
            if not further:
                return
            parts = urlsplit(further)
            path, asked = parts.path, read_query(parts.query)
        raise PlatformError("internal", f"the list at {self.address.name}{path} does not end: this is given up")

    @contextmanager
    def events(self, path: str, query: Fields | None = None, last_id: str | None = None) -> Iterator[Iterator[Event]]:
        """Server-sent events as they come. Silence between two of them is bounded, their number is not."""
        origin = self.address.of(path)
        headers = {"Accept": "text/event-stream"} | ({} if last_id is None else {"Last-Event-ID": last_id})
        try:
            with self._http.stream("GET", origin + path, params=pairs(query), headers=headers) as response:
                if response.status_code != 200:
                    raise self._refused(origin, response.status_code, response.read(), response.headers)
                source = httpx2.EventSource(response)
                yield (Event(event.event, event.data, event.id) for event in source)
        except httpx2.SSEError as error:
            raise PlatformError("invalid", f"{origin} sends no events: look at what listens there") from error
        except httpx2.TransportError as error:
            raise self._silent(origin, error) from error

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Fields | None = None,
        form: Fields | None = None,
        document: Mapping[str, object] | None = None,
        upload: Upload | None = None,
    ) -> bytes:
        """Send one request, again where that is safe. Raises PlatformError."""
        origin = self.address.of(path, method)
        request = self._http.build_request(
            method,
            origin + path,
            params=pairs(query),
            data=fields_of(form, upload),
            json=document,
            files=None if upload is None else files_of(upload),
            timeout=self._seconds if upload is None else max(self._seconds, UPLOAD_SECONDS),
        )
        for attempt in range(ATTEMPTS_MAX):
            last = attempt == ATTEMPTS_MAX - 1
            try:
                status, headers, body = self._send(request, origin)
            except httpx2.TransportError as error:
                if last or method not in _READING or isinstance(error, httpx2.ConnectError | httpx2.TimeoutException):
                    raise self._silent(origin, error) from error
                self.pause(wait(attempt, None))
                continue
            except httpx2.HTTPError as error:
                raise self._silent(origin, error) from error
            if status in _AGAIN and not last:
                self.pause(wait(attempt, headers.get("Retry-After")))
                continue
            if not 200 <= status < 300:
                raise self._refused(origin, status, body, headers)
            return body
        raise AssertionError("the last attempt has an end")

    def _send(self, request: httpx2.Request, origin: str) -> tuple[int, httpx2.Headers, bytes]:
        response = self._http.send(request, stream=True)
        try:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > ANSWER_BYTES_MAX:
                    raise PlatformError(
                        "too_large", f"{origin} answers with more than {ANSWER_BYTES_MAX >> 20} MiB: this is given up"
                    )
        finally:
            response.close()
        return response.status_code, response.headers, bytes(body)

    def _refused(self, origin: str, status: int, body: bytes, headers: httpx2.Headers) -> PlatformError:
        request_id = headers.get("Twilio-Request-Id") or headers.get("X-Request-Id")
        if 300 <= status < 400:
            return PlatformError(
                "invalid",
                f"{origin} sends on to {shown_origin(headers.get('Location', ''))}: give that address",
                status=status,
            )
        return refusal(status, body, origin, self.username, request_id)

    def _silent(self, origin: str, error: Exception) -> PlatformError:
        sent = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol)
        return silence(origin, error, self._seconds, sent=sent)

    def _record(self, path: str, body: bytes) -> Record:
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            values = None
        return Record(values, self.address.of(path))


def _trusted(address: Address, ca_file: Path | None) -> ssl.SSLContext | bool:
    """Whose certificates count: the system's, or those of a file. Raises PlatformError `invalid`."""
    if not address.uses_tls:
        # To read the system's takes longer than to ask a server nearby. This one trusts nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        raise PlatformError(
            "invalid", f"{ca_file} holds no certificates that can be read ({error}): name a file in PEM"
        ) from error
