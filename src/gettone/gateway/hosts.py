"""Requests to a host name that is no service's: `/@name/path`, where names do not resolve, and what else is said there.

`/@name/` is for trying things out. All services share one origin there, and its host name with the console: so nothing
under it carries cookies, and its documents are sandboxed. With more than one account it is off. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from gettone.gateway.asked import Headers
from gettone.routes.table import Environment, Table

UNKNOWN_HOST = (
    "No service answers for this host name. Check its spelling, that the service is deployed and, for a name of your"
    " own, that it was added to an environment."
)
MANY_ACCOUNTS = (
    "Addresses with /@ are off, for this installation has more than one account, and all their pages would share one"
    " origin. Ask under the service's own host name."
)
UNKNOWN_NAME = "No service has this name. After /@ comes a service's host name, or its first label, and then a path."


@dataclass(frozen=True, slots=True)
class Named:
    """The environment that stands behind `/@name`, and the path in it."""

    environment: Environment
    path: str


def find_named(table: Table, path: str) -> Named | str:
    """Who is asked by `/@name/path`; else a sentence for who asks."""
    if not path.startswith("/@"):
        return UNKNOWN_HOST
    if table.accounts > 1:
        return MANY_ACCOUNTS
    name, _, rest = path[2:].partition("/")
    key = name.lower()
    environment = table.hosts.get(key) or table.labels.get(key)
    return UNKNOWN_NAME if environment is None else Named(environment, f"/{rest}")


def without_cookies(headers: Headers) -> Headers:
    """A request's headers as they are passed on under `/@name/`."""
    return [pair for pair in headers if pair[0] != b"cookie"]


def set_apart(headers: Headers) -> Headers:
    """An answer's headers as they are sent under `/@name/`."""
    kept = [pair for pair in headers if pair[0] not in (b"set-cookie", b"set-cookie2", b"service-worker-allowed")]
    # Of every answer, not of HTML alone: browsers run scripts in SVG and XML, too. Beside a policy of the function's
    # own both count.
    return [*kept, (b"content-security-policy", b"sandbox")]
