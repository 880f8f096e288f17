"""`Response`: an answer that a handler sets piece by piece. Must not know how it is sent; results.py reads it.

The methods are Twilio's, in snake case; each returns the response.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

_COOKIES = "Set-Cookie"
_SCALARS = (str, int, float)

HeaderValue = str | int | float | Iterable[str]


class Response:
    """An answer: `status_code`, `body`, `headers`.

    A text body is sent as it is, dict, list, number and bool as JSON, bytes as they are.
    """

    def __init__(
        self, status_code: int = 200, body: object = None, headers: Mapping[str, HeaderValue] | None = None
    ) -> None:
        self.status_code = status_code
        self.body = body
        self.headers: dict[str, str | list[str]] = {}
        if headers:
            self.set_headers(headers)

    def __repr__(self) -> str:
        # Neither body nor header values: they hold tokens and cookies.
        return f"<Response {self.status_code} {' '.join(self.headers)}>"

    def set_status_code(self, status_code: int) -> Self:
        """Set the status, 200 to 599."""
        self.status_code = status_code
        return self

    def set_body(self, body: object) -> Self:
        """Set what is sent."""
        self.body = body
        return self

    def set_headers(self, headers: Mapping[str, HeaderValue]) -> Self:
        """Replace all headers, cookies too."""
        if not isinstance(headers, Mapping):
            raise TypeError(f"set_headers() takes a dict of headers, not a {type(headers).__name__}.")
        self.headers = {}
        for name, value in headers.items():
            self.append_header(name, value)
        return self

    def append_header(self, name: str, value: HeaderValue) -> Self:
        """Add a header, beside one of the same name."""
        if not isinstance(name, str):
            raise TypeError(f"A header's name is a str, not a {type(name).__name__}.")
        added = _header_values(name, value)
        name = _COOKIES if name.lower() == "set-cookie" else name
        present = self.headers.get(name)
        if present is None:
            self.headers[name] = added if name == _COOKIES or not isinstance(value, _SCALARS) else added[0]
        else:
            self.headers[name] = [*_as_list(present), *added]
        return self

    def set_cookie(self, name: str, value: str, attributes: Iterable[str] = ()) -> Self:
        """Set a cookie. `attributes` are written as they are: `["Path=/", "SameSite=Lax"]`."""
        return self.append_header(_COOKIES, ";".join([f"{name}={value}", *attributes]))

    def remove_cookie(self, name: str) -> Self:
        """Tell the browser to forget a cookie, and drop what was set for it."""
        cookies = _as_list(self.headers.get(_COOKIES, []))
        self.headers[_COOKIES] = [cookie for cookie in cookies if not cookie.startswith(f"{name}=")]
        return self.append_header(_COOKIES, f"{name}=;Max-Age=0")


def _header_values(name: str, value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if value is None or isinstance(value, (bool, bytes, Mapping)):
        # Twilio's Response says the same of an object.
        raise TypeError(f"The header {name} cannot be a {type(value).__name__}: give text or a list of texts.")
    if isinstance(value, _SCALARS):
        return [str(value)]
    if isinstance(value, Iterable):
        return [text for one in value for text in _header_values(name, one)]
    raise TypeError(f"The header {name} cannot be a {type(value).__name__}: give text or a list of texts.")


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
