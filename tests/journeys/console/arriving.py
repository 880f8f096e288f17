"""How people come in: the first owner by the link that the start prints, others by signing up, and all by signing in.

Must not know what they do then.
"""

from __future__ import annotations

import re

from tests.journeys.console.person import Person
from tests.start_server import StartServer

PASSWORD = "a coin for the phone"
OWNER = ("Olga Bianchi", "olga@example.com")


def set_up_link(server: StartServer) -> str:
    """The link as `gettone start` prints it."""
    return server.wait_for(r"^ +(http\S+/set-up#\S+)$").group(1)


def make_owner(person: Person, link: str) -> None:
    """Open the link, say who you are, skip the phone; the questions are next."""
    person.page.goto(link)
    become_owner(person)


def become_owner(person: Person) -> None:
    """Say who you are, where the link leads, and skip the phone."""
    person.heading(person.say("link.set_up_title"))
    name, email = OWNER
    person.fill("people.name", name)
    person.fill("people.email", email)
    person.fill("people.password", PASSWORD)
    person.scene("set-up")
    person.press("link.set_up_go")
    skip_phone(person)


def skip_phone(person: Person) -> None:
    """Do not tell a number."""
    person.heading(person.say("phone.title"))
    person.follow("phone.skip")


def answer_questions(person: Person, language: str) -> None:
    """Say that you write code, and in what."""
    person.heading(person.say("questions.title"))
    person.field("questions.yes").check()
    person.page.get_by_label(language, exact=True).check()
    person.scene("questions")
    person.press("questions.go")
    person.page.wait_for_url(f"{person.base}/")


def sign_up(person: Person, name: str, email: str) -> None:
    """Ask for an account; a letter is said to be on its way."""
    person.go("/sign-up")
    person.fill("people.name", name)
    person.fill("people.email", email)
    person.fill("people.password", PASSWORD)
    person.field("people.accept_terms").check()
    person.scene("sign-up")
    person.press("sign_up.go")
    person.heading(person.say("sent.title"))


def letter_link(owner: Person, email: str, *, tells: bool = False) -> str:
    """The link in the newest letter to somebody, as the owner reads it in the outbox."""
    owner.go("/")
    owner.follow("products.all")
    owner.page.get_by_role("main").get_by_role("link", name=owner.say("products.outbox"), exact=True).click()
    owner.page.wait_for_url(f"{owner.base}/outbox*")
    owner.sees(email)
    if tells:
        owner.picture("outbox")
    letters = owner.page.get_by_role("main").inner_text()
    found = re.search(re.escape(email) + r"[^@]*?(http\S+/link#\S+)", letters, re.DOTALL)
    assert found is not None, letters
    return found[1]


def open_letter(person: Person, link: str) -> None:
    """Follow the link of the letter; whoever does is signed in."""
    person.page.goto(link)
    person.heading(person.say("link.join_title"))
    person.press("link.join_go")


def join(person: Person, owner: Person, name: str, email: str) -> None:
    """Come from nothing to a dashboard of one's own; the owner hands over the letter."""
    sign_up(person, name, email)
    open_letter(person, letter_link(owner, email, tells=person.tells))
    skip_phone(person)
    answer_questions(person, "JavaScript")
