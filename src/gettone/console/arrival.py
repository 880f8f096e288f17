"""One request as its pages may know it: how it came, from where, and the id under which the log has it.

The guard notes it before any page is asked. Must not know who is signed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from gettone.model.sids import RequestSid
from gettone.policy.hosts import Asked


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a request came. `asked` is None for a host name that is not answered.

    `nonce` is what this answer's own styles are known by; the code editor makes some.
    """

    request_sid: RequestSid
    asked: Asked | None
    address: str | None
    nonce: str = field(repr=False)

    @property
    def origin(self) -> str | None:
        """Scheme, host and port as the browser writes them."""
        return None if self.asked is None else self.asked.base("")


def arrival_of(request: Request) -> Arrival:
    """How this request came."""
    arrival: Arrival = request.scope["state"]["arrival"]
    return arrival


def is_htmx(request: Request) -> bool:
    """Whether a part of a page was asked for, not a page."""
    return request.headers.get("hx-request") == "true"
