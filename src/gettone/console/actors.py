"""Who did something, as people read it: what the audit log wrote, in the words of a page. Must not know deeds."""

from __future__ import annotations

from starlette.requests import Request

from gettone.console.render import say, short_sid
from gettone.model.principals import PrincipalKind


def actor_name(request: Request, actor: str) -> str:
    """`ada@example.com` of `user ada@example.com`; an API key by its SID; in words what has no name."""
    for kind in PrincipalKind:
        if actor == kind:
            return say(request, f"actors.{kind.name.lower()}")
        name = actor.removeprefix(f"{kind} ")
        if name != actor:
            match kind:
                case PrincipalKind.USER:
                    return name
                case PrincipalKind.API_KEY:
                    return say(request, "actors.key", sid=short_sid(name))
                case PrincipalKind.AUTH_TOKEN | PrincipalKind.OPERATOR:
                    return say(request, f"actors.{kind.name.lower()}")
    return actor
