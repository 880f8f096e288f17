"""A person at the console's editor: signs in, makes a function, and saves it again and again.

What a browser sends and reads, without one. To be deployed again and again as a `deploying.Site` is: a build is the
text that stands in the editor, deploying it is the button Save. Must not know what is measured.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.deploying import PATH, Language
from benchmarks.rest import ANSWER_SECONDS, Refused, Rest

EMAIL = "owner@example.com"
PASSWORD = "a password of the benchmark's own"
_BASE = re.compile(r'<input[^>]*name="base"[^>]*value="(\w+)"')


def owner_settings(folder: Path) -> Mapping[str, str]:
    """Settings of an installation whose owner is there from the start. The password's file is in the folder."""
    file = folder / "password"
    file.touch(0o600)
    file.write_text(PASSWORD + "\n")
    return {"GETTONE_OWNER_EMAIL": EMAIL, "GETTONE_OWNER_PASSWORD_FILE": str(file)}


class Console:
    """A session of the owner's, over one keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("localhost", port, timeout=ANSWER_SECONDS)
        self._headers = {"Origin": f"http://localhost:{port}", "Content-Type": "application/x-www-form-urlencoded"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def sign_in(self) -> None:
        """Sign in. Raises Refused."""
        self.post("/sign-in", {"email": EMAIL, "password": PASSWORD})

    def get(self, path: str) -> str:
        """A page. Raises Refused, OSError, http.client.HTTPException."""
        return self._ask("GET", path, None, {})[0]

    def post(self, path: str, form: Mapping[str, str], as_part: bool = False) -> tuple[str, str]:
        """Send a form; what is answered, and where it leads. Raises as `get` does."""
        return self._ask("POST", path, urlencode(form).encode(), {"HX-Request": "true"} if as_part else {})

    def _ask(self, method: str, path: str, body: bytes | None, more: Mapping[str, str]) -> tuple[str, str]:
        self._connection.request(method, path, body, {**self._headers, **more})
        response = self._connection.getresponse()
        text = response.read().decode(errors="replace")
        if response.status not in (200, 303):
            raise Refused(response.status, text[:500])
        for cookie in response.headers.get_all("Set-Cookie", ()):
            self._headers["Cookie"] = cookie.partition(";")[0]
        return text, response.headers.get("Location", "")


class EditedSite:
    """A service with one function, made in the console; it deploys on save."""

    def __init__(self, console: Console, rest: Rest, name: str, language: Language) -> None:
        self._console = console
        self._language = language
        _, place = console.post("/functions", {"unique_name": name, "deploys": "on_save"})
        service = urlsplit(place).path.rpartition("/")[2] or name
        written_in = "python" if language.file.endswith(".py") else "javascript"
        form = {"service": service, "template": "blank", "language": written_in, "friendly_name": PATH, "path": PATH}
        _, place = console.post("/functions/new", {**form, "visibility": "public", "event": "none"})
        at = urlsplit(place)
        self._editor, self._file = at.path, parse_qs(at.query)["file"][0]
        self._base = self._base_of(console.get(f"{self._editor}?file={self._file}"))
        (environment,) = _list(rest.get(f"/v1/Services/{self._editor.rpartition('/')[2]}/Environments"))
        self.domain_name = str(environment["domain_name"])

    def build(self, version: int) -> str:
        """The text of one version, as it is typed."""
        return self._language.content(version).decode()

    def deploy(self, build_sid: str) -> None:
        """Save what was typed. It is deployed when the answer comes."""
        form = {"file": self._file, "base": self._base, "source": build_sid, "deed": "save"}
        about = {"friendly_name": PATH, "path": PATH, "visibility": "public", "event": "none"}
        part, _ = self._console.post(f"{self._editor}/save", {**form, **about}, as_part=True)
        self._base = self._base_of(part)

    def _base_of(self, page: str) -> str:
        found = _BASE.search(page)
        if found is None:
            raise Refused(200, "a page of the editor does not say of which version it is")
        return found[1]


def _list(answer: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = answer["environments"]
    assert isinstance(found, list)
    return found
