"""Which methods a path has. The router knows only those of the first route that fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.routing import compile_path

_ORDER = ("GET", "HEAD", "POST", "PUT", "DELETE")


class Methods:
    """The methods of every path, out of the paths of an OpenAPI document."""

    def __init__(self, paths: Mapping[str, Iterable[str]]) -> None:
        self._paths = [
            (compile_path(path)[0], {method.upper() for method in methods}) for path, methods in paths.items()
        ]

    def allowed(self, path: str) -> str:
        """The methods that are answered at a path, for `Allow`."""
        found = {method for pattern, methods in self._paths if pattern.match(path) for method in methods}
        if "GET" in found:
            found.add("HEAD")
        return ", ".join(method for method in _ORDER if method in found)
