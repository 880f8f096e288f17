"""Which methods a path has. The router knows only those of the first route that fits."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

_ORDER = ("GET", "HEAD", "POST", "PUT", "DELETE")


class Methods:
    """The methods of every path, out of all routes."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = [route for route in routes if isinstance(route, Route)]

    def allowed(self, path: str) -> str:
        """The methods that are answered at a path, for `Allow`."""
        found = {method for route in self._routes if route.path_regex.match(path) for method in route.methods or ()}
        if "GET" in found:
            found.add("HEAD")
        return ", ".join(method for method in _ORDER if method in found)
