"""What people make in the console: keys, services, variables, functions. Must not know why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

from tests.journeys.console.person import Person


def read_account_sid(person: Person) -> str:
    """The account's SID, as the dashboard shows it."""
    found = re.search(r"AC[0-9a-f]{32}", person.page.get_by_role("main").inner_text())
    assert found is not None
    return found[0]


def make_key(person: Person, name: str, *, place: str | None = None) -> tuple[str, str]:
    """A Standard key; its SID and secret, which are shown this once, and set as variables at a place."""
    person.visit("keys")
    person.follow("keys.create")
    person.fill("keys.name", name)
    person.field("keys.standard").check()
    person.page.get_by_role("main").get_by_role("button", name=person.say("keys.create"), exact=True).click()
    person.heading(person.say("keys.secret_title"))
    person.scene("key-secret")
    credentials = read_key(person)
    if place is None:
        take_key(person)
        return credentials
    person.field("keys.add_to").select_option(place)
    take_key(person, "keys.said_added")
    return credentials


def read_key(person: Person) -> tuple[str, str]:
    """SID and secret of the key that is shown."""
    shown = person.page.get_by_role("main")
    sid = re.search(r"SK[0-9a-f]{32}", shown.inner_text())
    assert sid is not None
    return sid[0], shown.get_by_role("code").first.inner_text()


def take_key(person: Person, said: str = "keys.said_kept") -> None:
    """Say that the secret is put away; it is not shown again."""
    person.field("keys.got_it").check()
    person.press("element.done")
    person.sees(person.say(said))


def make_app(person: Person, name: str) -> str:
    """A TwiML app; its SID."""
    person.visit("apps")
    person.follow("apps.create")
    person.fill("apps.name", name)
    person.press("element.save")
    person.sees(person.say("apps.said_created"))
    found = re.search(r"AP[0-9a-f]{32}", person.page.get_by_role("main").inner_text())
    assert found is not None
    return found[0]


def make_service(person: Person, name: str, *, deploys_on_save: bool = True) -> None:
    """A service, which is open then."""
    person.visit("functions")
    person.fill("functions.service_name", name)
    choice = person.field("service.on_save" if deploys_on_save else "service.all_only")
    # An account that has none yet is not asked.
    if choice.count():
        choice.check()
    person.press("functions.create_service")
    person.sees(person.say("functions.said_created"))


def add_credentials(person: Person) -> None:
    """Let functions read the account's own SID and auth token."""
    person.follow_section("variables")
    person.field("variables.include").check()
    person.press("element.save")
    person.sees(person.say("variables.said_credentials"))


def add_variable(person: Person, key: str, value: str) -> None:
    """Set a variable, on the page of variables."""
    person.fill("variables.key", key)
    person.fill("variables.value", value)
    person.press("variables.add")
    expect(person.page.get_by_role("rowheader", name=key, exact=True)).to_be_visible()


def add_function(
    person: Person, name: str, path: str, *, template: str = "blank", language: str = "JavaScript"
) -> None:
    """Make a function that anybody may call, and open it."""
    person.follow("editor.add_function")
    person.page.get_by_role("link", name=language, exact=True).click()
    person.page.get_by_role("navigation", name=person.say("new.template")).get_by_role(
        "link", name=re.compile(f"^{re.escape(person.say('templates.' + template))}")
    ).click()
    person.fill("editor.name", name)
    person.fill("editor.path", path)
    person.field("visibility.public").check()
    person.scene("new-function")
    person.press("new.create")
    person.heading(path)


def code_editor(person: Person, path: str) -> Locator:
    """The editor of a function's code, once it is more than a plain field."""
    field = person.page.get_by_role("textbox", name=person.say("editor.code", path=path), exact=True)
    return field.and_(person.page.locator("[contenteditable=true]"))


def write_code(person: Person, path: str, code: str) -> None:
    """Paste other code over what is in the editor."""
    person.copy(code)
    code_editor(person, path).click()
    person.page.keyboard.press("ControlOrMeta+a")
    person.page.keyboard.press("ControlOrMeta+v")


def save(person: Person) -> None:
    """Save, and see it go live."""
    with live_after(person):
        person.press("editor.save")


@contextmanager
def live_after(person: Person) -> Iterator[None]:
    """Wait until the steps of a new deploy have come to their end, whatever stood there before."""
    revision = person.page.get_by_text(person.pattern("deploy.revision"))
    before = revision.inner_text() if revision.count() else ""
    yield
    expect(revision).not_to_have_text(before)
    steps = person.page.get_by_role("list", name=person.say("deploy.steps"))
    expect(steps.get_by_text(person.pattern("deploy.after"))).to_be_visible()


def copy_url(person: Person) -> str:
    """The function's address, by its button."""
    button = person.page.get_by_role("button", name=person.say("element.copy_what", what=person.say("editor.url")))
    button.click()
    expect(button).to_have_text(person.say("element.copied"))
    return person.clipboard()


def try_it(person: Person, identity: str) -> None:
    """Call the open function from its page."""
    if person.page.get_by_label("identity", exact=True).count():
        person.page.get_by_label("identity", exact=True).fill(identity)
    else:
        person.page.get_by_label(person.say("try.name") + " 1", exact=True).fill("identity")
        person.page.get_by_label(person.say("try.value") + " 1", exact=True).fill(identity)
    person.press("try.call")
    expect(person.page.get_by_role("term").filter(has_text=person.say("token.identity"))).to_be_visible()


def copy_token(person: Person) -> str:
    """The token that was answered, by its button."""
    person.press("element.copy_what", what=person.say("try.token"))
    expect(person.button("element.copy_what", what=person.say("try.token"))).to_have_text(person.say("element.copied"))
    return person.clipboard()
