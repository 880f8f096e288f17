"""Who changed what, in words. Must not know why anybody may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.actors import actor_name
from gettone.console.fixtures import desk_of, fixtures_of
from gettone.console.paging import asked_page, page_links
from gettone.console.render import render, say
from gettone.console.session import signed_in
from gettone.control import access
from gettone.control.access import Permission
from gettone.model.audit import AuditEntry
from gettone.model.pages import PAGE_SIZE, PAGE_SIZE_MAX, PageRequest

# Shown beside what was changed; other details stand below it, as they were written down.
_NAMES = ("friendly_name", "unique_name", "name", "path", "key")


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry as it is read. `target` is a name, where there is one; `told` is the rest of its detail."""

    entry: AuditEntry
    actor: str
    action: str
    target: str
    told: tuple[tuple[str, str], ...]


async def show(request: Request) -> Response:
    """Show what was changed, newest first."""
    page = await desk_of(request).audit.list(signed_in(request).principal, page=asked_page(request, PAGE_SIZE))
    people = await _people(request)
    previous, following = page_links(request, page)
    deeds = [_read(request, entry, people) for entry in page.items]
    return render(request, "account/audit.html", deeds=deeds, previous=previous, next=following)


async def _people(request: Request) -> Mapping[str, str]:
    """Addresses of members by their ids, for those who may know them."""
    principal = signed_in(request).principal
    if not access.may(principal, Permission.MEMBERS_READ):
        return {}
    found = await desk_of(request).users.list(principal, page=PageRequest(size=PAGE_SIZE_MAX))
    return {member.user.id: member.user.email for member in found.items}


def _read(request: Request, entry: AuditEntry, people: Mapping[str, str]) -> Deed:
    key = f"audit.{entry.action.replace('.', '_').replace('-', '_')}"
    named = next((entry.detail[name] for name in _NAMES if entry.detail.get(name)), None)
    return Deed(
        entry,
        actor_name(request, entry.actor),
        # One that is newer than the words is shown as it is called.
        say(request, key) if fixtures_of(request).words.has(key) else entry.action,
        named or people.get(entry.target) or entry.target,
        tuple((name, text) for name, text in entry.detail.items() if text and text != named),
    )


routes = [Route("/audit", show)]
