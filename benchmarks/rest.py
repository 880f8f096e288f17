"""A small client of Gettone's REST API: forms and uploads out, JSON back. Must not know what it is used for."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

ANSWER_SECONDS = 60.0
BOUNDARY = "a-boundary-of-the-benchmark"

Form = Mapping[str, str | Sequence[str]]


class Refused(Exception):
    """The API answered, and not with what was asked for."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class Rest:
    """One keep-alive connection to the API of `gettone start`, opened when it is first used, and anew when it broke."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        user = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {user}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> dict[str, object]:
        """Fetch something. Raises Refused, OSError, http.client.HTTPException."""
        return self._send("GET", path)

    def post(self, path: str, form: Form) -> dict[str, object]:
        """Make or change something. Raises as `get` does."""
        body = urlencode(form, doseq=True).encode()
        return self._send("POST", path, body, "application/x-www-form-urlencoded")

    def delete(self, path: str) -> None:
        """Delete something. Raises as `get` does."""
        self._send("DELETE", path)

    def upload(self, path: str, served_at: str, content: bytes, file: str, content_type: str) -> dict[str, object]:
        """Upload a version of a function or an asset. Raises as `get` does."""
        lines: list[bytes] = []
        for name, value in (("Path", served_at), ("Visibility", "public")):
            lines += [f"--{BOUNDARY}".encode(), f'Content-Disposition: form-data; name="{name}"'.encode(), b""]
            lines += [value.encode()]
        disposition = f'Content-Disposition: form-data; name="Content"; filename="{file}"'
        lines += [f"--{BOUNDARY}".encode(), disposition.encode(), f"Content-Type: {content_type}".encode(), b""]
        lines += [content, f"--{BOUNDARY}--".encode(), b""]
        return self._send("POST", path, b"\r\n".join(lines), f"multipart/form-data; boundary={BOUNDARY}")

    def _send(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None
    ) -> dict[str, object]:
        headers = self._headers if content_type is None else {**self._headers, "Content-Type": content_type}
        try:
            self._connection.request(method, path, body=body, headers=headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens another
            raise
        if not 200 <= response.status < 300:
            raise Refused(response.status, content.decode(errors="replace"))
        answer: dict[str, object] = json.loads(content) if content else {}
        return answer
