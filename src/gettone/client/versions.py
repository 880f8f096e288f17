"""Versions of a service with the digests of their contents: what need not be uploaded again. Gettone's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gettone.client.connection import Connection
from gettone.client.services import own_service_path
from gettone.model.functions import Visibility


@dataclass(frozen=True, slots=True)
class RemoteContent:
    """A version of a function or an asset; `file_sid` is whose, `digest` the SHA-256 of its content in hex.

    `form` is what else makes two versions differ: a function's extension, an asset's content type.
    """

    sid: str
    file_sid: str
    path: str
    visibility: Visibility
    digest: str
    form: str


class Versions:
    """All versions of one service, by its SID or unique name; newest first."""

    def __init__(self, connection: Connection, service: str) -> None:
        self._connection = connection
        self._service = service

    def functions(self) -> Iterator[RemoteContent]:
        """Those of its functions."""
        return self._list("function", "extension")

    def assets(self) -> Iterator[RemoteContent]:
        """Those of its assets."""
        return self._list("asset", "content_type")

    def _list(self, noun: str, form: str) -> Iterator[RemoteContent]:
        path = own_service_path(self._service, f"{noun}-versions")
        for record in self._connection.pages(path, f"{noun}_versions"):
            yield RemoteContent(
                sid=record.text("sid"),
                file_sid=record.text(f"{noun}_sid"),
                path=record.text("path"),
                visibility=Visibility(record.text("visibility")),
                digest=record.text("digest"),
                form=record.text(form),
            )
