"""All that has to do with people, over one office, for tests. Must not know what is tested.

Nobody carries letters unless `carried` says so: then what they say is seen by whoever is asked to send them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gettone.control.brakes import Brakes
from gettone.control.delivery import Delivery
from gettone.control.invitations import Invitations
from gettone.control.link_desk import LinkDesk
from gettone.control.links import Links
from gettone.control.office import Office
from gettone.control.outbox import Outbox
from gettone.control.password_reset import PasswordReset
from gettone.control.passwords import Passwords
from gettone.control.post import Post
from gettone.control.preferences import Preferences
from gettone.control.second_factor import SecondFactor
from gettone.control.senders import Parcel, SendingFailed
from gettone.control.sessions import Sessions
from gettone.control.sign_up import SignUp, SignUpMode
from gettone.control.signed_in import NewSession, SignedIn
from gettone.control.terms import Terms
from gettone.control.users import Users
from gettone.control.verification import Verification
from gettone.model.outbox import Channel, OutboxMessage
from gettone.model.sids import AccountSid
from gettone.model.users import Role, User
from gettone.store.interface import Store
from tests import stores
from tests.control.hashing import light
from tests.control.offices import ACCOUNT_SID, Clock, holder, open_office

CONSOLE = "https://console.example.com"
ADA = "ada@example.com"
BOB = "bob@example.com"
PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "another good password"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


ENGINES = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres", "initdb"))]
)
"""For what several do at once."""


@asynccontextmanager
async def kept_in(engine: str, folder: Path) -> AsyncIterator[Store]:
    """A store of an engine."""
    async with stores.postgres() if engine == "postgres" else stores.sqlite_file(folder) as store:
        yield store


class Counting(Passwords):
    """Passwords that count how often they hash."""

    def __init__(self) -> None:
        super().__init__(light()._hasher)
        self.hashed = 0

    async def hash(self, password: str) -> str:
        """Count, and hash."""
        self.hashed += 1
        return await super().hash(password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Count, and verify."""
        self.hashed += 1
        return await super().verify(hashed, password)


@dataclass
class Carrier:
    """Somebody who carries letters, or refuses them for the reasons that are left."""

    carried: list[Parcel] = field(default_factory=list)
    refusals: list[SendingFailed] = field(default_factory=list)

    async def send(self, parcel: Parcel) -> None:
        """Take a letter, or refuse it."""
        if self.refusals:
            raise self.refusals.pop(0)
        self.carried.append(parcel)


@dataclass
class Household:
    """Everything there is, and a clock that stands until it is moved."""

    office: Office
    clock: Clock
    mode: SignUpMode = SignUpMode.OPEN
    carried: Collection[Channel] = ()

    def __post_init__(self) -> None:
        office = self.office
        self.brakes = Brakes(self.clock)
        self.passwords = Counting()
        self.post = Post(office, self.carried, CONSOLE)
        self.carrier = Carrier()
        self.delivery = Delivery(office, self.post, dict.fromkeys(self.carried, self.carrier))
        self.sessions = Sessions(office, self.passwords, self.brakes)
        self.factor = SecondFactor(office, self.passwords, self.brakes)
        self.verification = Verification(office, self.post, self.brakes)
        self.sign_up = SignUp(office, self.passwords, self.post, self.sessions, self.brakes, self.mode)
        self.invitations = Invitations(office, self.passwords, self.post, self.sessions, self.brakes, self.mode)
        self.reset = PasswordReset(office, self.post, self.brakes)
        self.preferences = Preferences(office, self.passwords, self.post, self.brakes)
        self.outbox = Outbox(office, self.post)
        self.desk = LinkDesk(office)
        self.links = Links(office, self.passwords)
        self.terms = Terms(office)
        self.users = Users(office, self.passwords)

    async def person(self, email: str = ADA, *, role: Role = Role.OWNER, account_sid: AccountSid = ACCOUNT_SID) -> User:
        """A member with PASSWORD."""
        return await self.users.create(holder(account_sid), email=email, name="Ada", role=role, password=PASSWORD)

    async def sign_in(self, email: str = ADA, password: str = PASSWORD) -> NewSession:
        """A new session."""
        return await self.sessions.sign_in(email=email, password=password, address="192.0.2.7", user_agent=BROWSER)

    async def enter(self, email: str = ADA) -> SignedIn:
        """Somebody who is signed in."""
        return await self.found((await self.sign_in(email)).secret)

    async def found(self, secret: str) -> SignedIn:
        """Whose session this is."""
        who = await self.sessions.find(secret, "192.0.2.7")
        assert who is not None
        return who

    async def letters(self, recipient: str | None = None) -> list[OutboxMessage]:
        """The letters there are, oldest first."""
        async with self.office.store.reading() as tx:
            found = await tx.outbox.all()
        return [each for each in found if recipient in (None, each.recipient)]

    async def text(self, recipient: str) -> str:
        """What the newest letter to somebody says."""
        text = self.post.read((await self.letters(recipient))[-1])
        assert text is not None
        return text

    async def link(self, recipient: str) -> str:
        """The secret of the link in the newest letter to somebody."""
        found = re.search(rf"{re.escape(CONSOLE)}/link#(\S+)", await self.text(recipient))
        assert found is not None
        return found[1]

    async def code(self, number: str) -> str:
        """The code in the newest message to a number."""
        found = re.search(r"\d{6}", await self.text(number))
        assert found is not None
        return found[0]


@asynccontextmanager
async def household(
    store: Store | None = None, *, mode: SignUpMode = SignUpMode.OPEN, carried: Collection[Channel] = ()
) -> AsyncIterator[Household]:
    """Everything, over a store in memory if none is given, with ACCOUNT_SID in it as the first account."""
    clock = Clock()
    async with open_office(store, clock=clock) as office:
        yield Household(office, clock, mode, carried)
