"""A control side for tests of gateways: a real store, the real feed, and whatever state a test wants published.

Segments are written past every use case, so that a test may publish what no use case would. Must not know gateways.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gettone.control.feed import Feed
from gettone.control.limits import Limits
from gettone.control.log_writer import LogWriter
from gettone.control.office import Office
from gettone.control.publication import Publication
from gettone.control.publish import Publisher
from gettone.control.tails import Tails
from gettone.control.vault import GatewayKeys, Vault
from gettone.model.accounts import AccountStatus
from gettone.model.functions import Language, Visibility
from gettone.model.services import ServiceSettings
from gettone.model.sids import (
    ACCOUNT,
    ASSET,
    ASSET_VERSION,
    BUILD,
    DEPLOYMENT,
    ENVIRONMENT,
    FUNCTION,
    FUNCTION_VERSION,
    SERVICE,
    AccountSid,
)
from gettone.model.variables import Variables
from gettone.routes.segment import AccountSegment, AssetEntry, EnvironmentSegment, FunctionEntry, PublishedSegment
from gettone.store.interface import Cluster, LogStore, Store
from gettone.store.sqlite import open_sqlite, open_sqlite_logs

MASTER_KEY = b"a key that is known to all tests"
KEYS: GatewayKeys = Vault(MASTER_KEY).gateway_keys()
ACCOUNT_SID = ACCOUNT.derive("test")
AUTH_TOKENS = ("primary" * 4, "secondary" * 4)
LANGUAGES = {"py": Language.PYTHON, "js": Language.JAVASCRIPT}


def account(
    sid: AccountSid = ACCOUNT_SID,
    status: AccountStatus = AccountStatus.ACTIVE,
    auth_tokens: tuple[str, ...] = AUTH_TOKENS,
) -> AccountSegment:
    """An account as it is published."""
    return AccountSegment(sid, status, auth_tokens, ())


@dataclass
class Site:
    """An environment to be: its files by their names in a project, as `functions/a.py` or `assets/b.protected.png`."""

    name: str
    files: Mapping[str, bytes]
    variables: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    account_sid: AccountSid = ACCOUNT_SID
    build: str = "1"
    settings: ServiceSettings = ServiceSettings()
    node_bundle: str | None = None
    python_bundle: str | None = None

    @property
    def owner(self) -> str:
        """The environment's SID."""
        return ENVIRONMENT.derive(self.name)

    @property
    def host(self) -> str:
        """The environment's host name."""
        return f"{self.name}.localhost"

    def segment(self) -> EnvironmentSegment:
        """What is published of it."""
        return EnvironmentSegment(
            account_sid=self.account_sid,
            service_sid=SERVICE.derive(self.name),
            environment_sid=ENVIRONMENT.derive(self.name),
            build_sid=BUILD.derive(self.name + self.build),
            deployment_sid=DEPLOYMENT.derive(self.name + self.build),
            domain_name=self.host,
            hosts=(self.host, *self.hosts),
            functions=tuple(_function(name, content) for name, content in self.files.items() if "functions/" in name),
            assets=tuple(_asset(name, content) for name, content in self.files.items() if "assets/" in name),
            variables=Variables(self.variables),
            settings=self.settings,
            node_bundle=self.node_bundle,
            python_bundle=self.python_bundle,
        )


def python(answer: object, more: str = "") -> bytes:
    """A function that answers so."""
    return f"{more}\ndef handler(context, event):\n    return {answer!r}\n".encode()


def digest_of(content: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(content).hexdigest()


class Control:
    """A control plane's store and feed. `logs` holds the lines that came."""

    def __init__(self, store: Store, logs: LogStore, socket: Path, master_key: bytes = MASTER_KEY) -> None:
        self.store = store
        self.logs = logs
        self.socket = socket
        self.vault = Vault(master_key)
        self.tails = Tails()
        publisher = Publisher(self.vault, _now, os.urandom, Limits())
        office = Office(store, logs, self.vault, _now, os.urandom, Limits(), publisher)
        self.writer = LogWriter(office, self.tails)
        self.feed = Feed(store, self.writer, logs)

    async def open(self) -> None:
        """Listen."""
        self.writer.open()
        await self.feed.serve(self.socket)

    async def close(self) -> None:
        """Be gone, as a process that ended."""
        await self.feed.close()
        await self.writer.close()

    async def keep(self, *contents: bytes) -> None:
        """Have contents without publishing anything."""
        async with self.store.writing() as tx:
            for content in contents:
                await tx.blobs.put(digest_of(content), content)

    async def publish(
        self, *published: Site | PublishedSegment, gone: Iterable[str] = (), without: Iterable[bytes] = ()
    ) -> int:
        """Publish sites and segments, take owners away; their contents are kept, but for those in `without`."""
        missing = set(without)
        async with self.store.writing() as tx:
            if await tx.cluster() is None:
                await tx.found(Cluster("5e" * 16, self.vault.make_check(), _now()))
            publication = await Publication.open(tx, self.vault)
            for each in published:
                segment = each.segment() if isinstance(each, Site) else each
                publication.set(segment.owner, segment)
                for content in each.files.values() if isinstance(each, Site) else ():
                    if content not in missing:
                        await tx.blobs.put(digest_of(content), content)
            for owner in gone:
                publication.set(owner, None)
            revision = await publication.write(_now(), os.urandom)
        self.feed.announce()
        assert revision is not None
        return revision

    async def served(self, revision: int) -> None:
        """Wait until the gateways say that they serve a revision."""
        assert await self.feed.wait_served(revision, 30), f"revision {revision} is not served"


@asynccontextmanager
async def open_control(folder: Path) -> AsyncIterator[Control]:
    """A control plane that keeps its state in a folder and listens there."""
    async with AsyncExitStack() as stack:
        store = await open_sqlite(folder / "gettone.db")
        stack.push_async_callback(store.close)
        logs = await open_sqlite_logs(folder / "logs.db")
        stack.push_async_callback(logs.close)
        control = Control(store, logs, folder / "feed.sock")
        await control.open()
        stack.push_async_callback(control.close)
        yield control


def _function(name: str, content: bytes) -> FunctionEntry:
    inner, extension = name.removeprefix("functions/").rsplit(".", 1)
    path, visibility = _visibility(inner)
    return FunctionEntry(
        sid=FUNCTION.derive(path),
        version_sid=FUNCTION_VERSION.derive(path + digest_of(content)),
        path=f"/{path}",
        source=name,
        file=f"handlers/{path}.{extension}",
        language=LANGUAGES[extension],
        visibility=visibility,
        digest=digest_of(content),
        size_bytes=len(content),
    )


def _asset(name: str, content: bytes) -> AssetEntry:
    inner, _, extension = name.removeprefix("assets/").rpartition(".")
    path, visibility = _visibility(inner)
    return AssetEntry(
        sid=ASSET.derive(path),
        version_sid=ASSET_VERSION.derive(path + digest_of(content)),
        path=f"/{path}.{extension}",
        source=name,
        file=f"files/{path}.{extension}",
        visibility=visibility,
        content_type="text/html; charset=utf-8" if extension == "html" else "text/plain",
        digest=digest_of(content),
        size_bytes=len(content),
    )


def _visibility(name: str) -> tuple[str, Visibility]:
    for visibility in (Visibility.PRIVATE, Visibility.PROTECTED):
        if name.endswith(f".{visibility}"):
            return name.removesuffix(f".{visibility}"), visibility
    return name, Visibility.PUBLIC


def _now() -> datetime:
    return datetime.now(UTC)
