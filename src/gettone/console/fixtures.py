"""What every page of one console shares: the desk, the words, the templates and the browser's files.

Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from gettone.console.browser_files import BrowserFiles
from gettone.console.desk import Desk
from gettone.console.messages import Messages
from gettone.console.words import Words


@dataclass(frozen=True, slots=True)
class Fixtures:
    """What stands in a console before anybody comes."""

    desk: Desk
    words: Words
    messages: Messages
    templates: Environment
    files: BrowserFiles


def fixtures_of(request: Request) -> Fixtures:
    """What the console of this request shares."""
    fixtures: Fixtures = request.app.state.fixtures
    return fixtures


def desk_of(request: Request) -> Desk:
    """The use cases of control."""
    return fixtures_of(request).desk
