"""Whether this gateway lives, is ready, and what it has counted: for whoever watches it. Does no I/O.

Answered on host names that are no service's. Tells no names of services, hosts or accounts; of services their SIDs.
"""

from __future__ import annotations

import json

from gettone.gateway.asked import LOOPBACK_NAMES, Asked
from gettone.gateway.metrics import CONTENT_TYPE, Metrics
from gettone.gateway.responses import Answer, Headers
from gettone.gateway.standing import Standing

_HEADERS: Headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_JSON: Headers = [(b"content-type", b"application/json; charset=utf-8"), *_HEADERS]


class Health:
    """Answers for the platform itself, on loopback names and on those of the operator's that are given."""

    def __init__(self, metrics: Metrics, names: frozenset[str]) -> None:
        self._metrics = metrics
        self._names = LOOPBACK_NAMES | {name.lower() for name in names}

    def answer(self, asked: Asked) -> Answer | None:
        """The answer to a request for the platform; None for any other."""
        path = asked.path
        if path not in ("/healthz", "/readyz", "/metrics") or asked.host_name not in self._names:
            return None
        if asked.method not in ("GET", "HEAD"):
            return Answer(405, [*_JSON, (b"allow", b"GET, HEAD")], b'{"message":"Ask with GET."}')
        if path == "/healthz":
            return Answer(200, _JSON, b'{"alive":true}')
        if path == "/metrics":
            return Answer(200, [(b"content-type", CONTENT_TYPE), *_HEADERS], self._metrics.text())
        return _readiness(self._metrics.standing())


def _readiness(standing: Standing) -> Answer:
    body = {
        "ready": standing.is_ready,
        "revision": standing.revision,
        "since": None if standing.since is None else standing.since.isoformat(),
        # Nobody says whether there is a newer one.
        "stale": not standing.is_connected,
        "newest": standing.newest,
        "problems": standing.problems,
    }
    return Answer(200 if standing.is_ready else 503, _JSON, json.dumps(body).encode())
