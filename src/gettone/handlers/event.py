"""`event`: what the request brought, parameters and headers. Must not know how it was parsed or where it came from."""

from __future__ import annotations

from typing import Any

from gettone.handlers.errors import MissingParameterError


class Event(dict[str, Any]):
    """The parameters: `event.identity`, `event["identity"]`, `event.get("identity")`; and `event.request`.

    Values are what the request carried: text, lists of text, or whatever its JSON held. A method's name always means
    the method: a caller cannot replace `event.get` with a parameter; `event["get"]` reads that parameter.
    """

    __slots__ = ()

    def __init__(self, members: dict[str, Any]) -> None:
        super().__init__(members)
        request = members.get("request")
        # A parameter named `request` takes its place, as on Twilio: then there is nothing to wrap.
        if type(request) is dict and "headers" in request and "cookies" in request:
            self["request"] = Request(request)

    def __getattr__(self, name: str) -> Any:
        # Called only where there is no such method. A parameter is never taken for a protocol's method (`__html__`).
        if name[:2] == "__":
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def __missing__(self, name: str) -> Any:
        raise MissingParameterError(name)


class Request(dict[str, Any]):
    """What came along with the parameters: `headers` and `cookies`."""

    __slots__ = ()

    @property
    def headers(self) -> Headers:
        """The headers, by lower-case name. A repeated one is a list."""
        headers = self["headers"]
        if type(headers) is not Headers:
            headers = self["headers"] = Headers(headers)
        return headers

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies, by name; of two with one name, the first."""
        cookies: dict[str, str] = self["cookies"]
        return cookies


class Headers(dict[str, Any]):
    """Headers by lower-case name, found in any case."""

    __slots__ = ()

    def __missing__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return self[name.lower()]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name.lower() if isinstance(name, str) else name)

    def get(self, name: str, default: Any = None) -> Any:
        """The header of this name, or `default`."""
        return super().get(name.lower(), default)
