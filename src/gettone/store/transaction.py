"""A transaction as the rest of the product sees it: every noun's rows, the published state, content.

Must not know engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, or_, select, update

from gettone.model.accounts import Account
from gettone.model.api_keys import ApiKey
from gettone.model.applications import Application
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.audit import AuditEntry
from gettone.model.builds import Build, Bundle
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource, HostName
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionResource, FunctionVersion
from gettone.model.outbox import OutboxMessage
from gettone.model.services import Service
from gettone.model.sessions import Code, Registration
from gettone.model.sessions import Session as SignedIn
from gettone.model.sids import AssetSid, AssetVersionSid, FunctionSid, FunctionVersionSid
from gettone.model.terms import Terms
from gettone.model.users import Link, Membership, User
from gettone.model.variables import Variable
from gettone.store import accounts_schema as accounts
from gettone.store import people_schema as people
from gettone.store import services_schema as services
from gettone.store.blobs import TableBlobs
from gettone.store.interface import Blobs, Cluster, Rows, Snapshots
from gettone.store.rows import BuildRows, OutboxRows, Shape, TableRows
from gettone.store.session import Session
from gettone.store.snapshots import TableSnapshots

_SID = ("sid",)
_ACCOUNTS = Shape(Account, accounts.ACCOUNTS, _SID)
_USERS = Shape(User, accounts.USERS, ("id",))
_MEMBERSHIPS = Shape(Membership, accounts.MEMBERSHIPS, ("account_sid", "user_id"))
_LINKS = Shape(Link, accounts.LINKS, ("secret_digest",))
_SESSIONS = Shape(SignedIn, people.SESSIONS, ("id",))
_CODES = Shape(Code, people.CODES, ("user_id", "purpose"))
_REGISTRATIONS = Shape(Registration, people.REGISTRATIONS, ("secret_digest",))
_OUTBOX = Shape(OutboxMessage, people.OUTBOX, ("id",))
_TERMS = Shape(Terms, people.TERMS, ("locale",))
_API_KEYS = Shape(ApiKey, accounts.API_KEYS, _SID)
_APPLICATIONS = Shape(Application, accounts.APPLICATIONS, _SID)
_SERVICES = Shape(Service, services.SERVICES, _SID)
_ENVIRONMENTS = Shape(EnvironmentResource, services.ENVIRONMENTS, _SID)
_HOST_NAMES = Shape(HostName, services.HOST_NAMES, ("host",))
_VARIABLES = Shape(Variable, services.VARIABLES, _SID)
_FUNCTIONS = Shape(FunctionResource, services.FUNCTIONS, _SID)
_FUNCTION_VERSIONS = Shape(FunctionVersion, services.FUNCTION_VERSIONS, _SID)
_ASSETS = Shape(AssetResource, services.ASSETS, _SID)
_ASSET_VERSIONS = Shape(AssetVersion, services.ASSET_VERSIONS, _SID)
_BUILDS = Shape(Build, services.BUILDS, _SID)
_BUNDLES = Shape(Bundle, services.BUNDLES, ("key",))
_DEPLOYMENTS = Shape(DeploymentResource, services.DEPLOYMENTS, _SID)
_AUDIT = Shape(AuditEntry, accounts.AUDIT, ("id",))


class TableTransaction:
    """`store.interface.Transaction` on one session."""

    def __init__(self, session: Session, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._builds = BuildRows(session, _BUILDS)
        self.accounts: Rows[Account] = TableRows(session, _ACCOUNTS)
        self.users: Rows[User] = TableRows(session, _USERS)
        self.memberships: Rows[Membership] = TableRows(session, _MEMBERSHIPS)
        self.links: Rows[Link] = TableRows(session, _LINKS)
        self._outbox = OutboxRows(session, _OUTBOX)
        self.sessions: Rows[SignedIn] = TableRows(session, _SESSIONS)
        self.codes: Rows[Code] = TableRows(session, _CODES)
        self.registrations: Rows[Registration] = TableRows(session, _REGISTRATIONS)
        self.outbox: Rows[OutboxMessage] = self._outbox
        self.terms: Rows[Terms] = TableRows(session, _TERMS)
        self.api_keys: Rows[ApiKey] = TableRows(session, _API_KEYS)
        self.applications: Rows[Application] = TableRows(session, _APPLICATIONS)
        self.services: Rows[Service] = TableRows(session, _SERVICES)
        self.environments: Rows[EnvironmentResource] = TableRows(session, _ENVIRONMENTS)
        self.host_names: Rows[HostName] = TableRows(session, _HOST_NAMES)
        self.variables: Rows[Variable] = TableRows(session, _VARIABLES)
        self.functions: Rows[FunctionResource] = TableRows(session, _FUNCTIONS)
        self.function_versions: Rows[FunctionVersion] = TableRows(session, _FUNCTION_VERSIONS)
        self.assets: Rows[AssetResource] = TableRows(session, _ASSETS)
        self.asset_versions: Rows[AssetVersion] = TableRows(session, _ASSET_VERSIONS)
        self.builds: Rows[Build] = self._builds
        self.bundles: Rows[Bundle] = TableRows(session, _BUNDLES)
        self.deployments: Rows[DeploymentResource] = TableRows(session, _DEPLOYMENTS)
        self.audit: Rows[AuditEntry] = TableRows(session, _AUDIT)
        self.snapshots: Snapshots = TableSnapshots(session)
        self.blobs: Blobs = TableBlobs(session, clock)

    async def cluster(self) -> Cluster | None:
        """The installation's own row."""
        table = accounts.CLUSTER
        found = await self._session.rows(select(table.c.id, table.c.key_check, table.c.created_at))
        return Cluster(*found[0]) if found else None

    async def found(self, cluster: Cluster) -> None:
        """Write the installation's own row, once."""
        if await self.cluster() is not None:
            raise PlatformError("conflict", "this installation is founded already: nothing is left to do")
        values = {"one": 1, "id": cluster.id, "key_check": cluster.key_check, "created_at": cluster.created_at}
        await self._session.change(insert(accounts.CLUSTER), values)

    async def first_account(self) -> Account | None:
        """The oldest account that no other owns."""
        table = accounts.ACCOUNTS
        own = select(table.c.sid).where(table.c.sid == table.c.owner_account_sid).order_by(table.c.position).limit(1)
        return await self.accounts.find(sid=await self._session.value(own))

    async def touch_api_keys(self, used: Mapping[str, datetime]) -> None:
        """Set `last_used_at` of keys where it is later than what is there."""
        if not used:
            return
        table = accounts.API_KEYS
        last = table.c.last_used_at
        later = or_(last.is_(None), last < bindparam("used_at", type_=last.type))
        touch = (
            update(table).where(table.c.sid == bindparam("key_sid"), later).values(last_used_at=bindparam("used_at"))
        )
        await self._session.change(touch, [{"key_sid": sid, "used_at": at} for sid, at in used.items()])

    async def due_messages(self, now: datetime, at_most: int) -> Sequence[OutboxMessage]:
        """The letters that are to be tried now, those that wait longest first."""
        return await self._outbox.due(now, at_most)

    async def forget_expired(self, now: datetime) -> int:
        """Delete sessions, codes, registrations and letters that are over. How many went."""
        tables = (people.SESSIONS, people.CODES, people.REGISTRATIONS, people.OUTBOX)
        gone = [await self._session.change(delete(table).where(table.c.expires_at <= now)) for table in tables]
        return sum(gone)

    async def builds_with_version(self, version_sid: FunctionVersionSid | AssetVersionSid) -> Sequence[Build]:
        """The builds that a version stands in, oldest first."""
        return await self._builds.with_version(version_sid)

    async def builds_of(self, sid: FunctionSid | AssetSid) -> Sequence[Build]:
        """The builds that any version of a function or an asset stands in, oldest first."""
        return await self._builds.of_resource(sid)
