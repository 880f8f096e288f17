"""The next snapshot, written in the transaction that changes what it is made of.

A publication reads what the transaction changed as it is now, makes segments of it, and writes those whose digest is
another than that of the current one, with a manifest over all. Where nothing differs nothing is written: so whoever
changes something may ask for a publication without knowing whether it matters. Must not know who follows, or how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gettone.control.limits import Limits
from gettone.control.publication import Publication
from gettone.control.publishable import Publishable
from gettone.control.vault import Vault
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.sids import ACCOUNT, AccountSid, EnvironmentSid, Randomness
from gettone.routes.segment import AccountSegment, EnvironmentSegment
from gettone.routes.state import SegmentBounds
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Republished:
    """What publishing everything came to. `problems`, by SID: who cannot be served as it is kept, and why."""

    revision: int | None
    problems: Mapping[str, str]


class Publisher:
    """The only writer of snapshots. `listeners` are called at each announcement, on the event loop."""

    def __init__(
        self,
        vault: Vault,
        clock: Callable[[], datetime],
        randomness: Randomness,
        limits: Limits,
        domain: str = "localhost",
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._randomness = randomness
        self._publishable = Publishable(vault, domain, _bounds(limits))
        self.listeners: list[Callable[[], None]] = []

    def announce(self) -> None:
        """Tell those who follow that there may be a newer snapshot; called once the transaction is committed."""
        for listener in self.listeners:
            listener()

    async def publish(
        self,
        tx: Transaction,
        principal: Principal,
        *,
        environments: Iterable[EnvironmentSid] = (),
        accounts: Iterable[AccountSid] = (),
    ) -> int | None:
        """Publish what has changed of these, and of what follows from them. What is gone is taken away.

        With an account go its environments where its status or its first auth token changed, and its subaccounts where
        its status did. Returns the new revision; None where nothing that is published has changed.
        Raises PlatformError when the state cannot be served, which undoes the transaction.
        """
        publication = await Publication.open(tx, self._vault)
        wanted = dict.fromkeys(environments)
        for sid in accounts:
            wanted |= dict.fromkeys(await self._set_account(tx, publication, sid))
        segments = await self._publishable.environments(tx, list(wanted))
        for owner, segment in segments.items():
            publication.set(owner, segment)
        return await publication.write(self._clock(), self._randomness)

    async def republish_all(self, tx: Transaction) -> Republished:
        """Publish the whole state, at a start: nothing happens unless what is published is made in another way now.

        Who cannot be served as it is kept stays as it was published, and holds up nobody else.
        """
        publication = await Publication.open(tx, self._vault)
        problems = await self._set_all(tx, publication)
        return Republished(await publication.write(self._clock(), self._randomness), problems)

    async def verify(self, tx: Transaction) -> tuple[str, ...]:
        """Make everything anew and compare: what of the snapshot is not as the state would have it. Writes nothing."""
        try:
            publication = await Publication.open(tx, self._vault)
        except PlatformError as error:
            return (error.message,)
        current = await tx.snapshots.current_segments()
        faults = [f"{sid} cannot be served: {why}" for sid, why in (await self._set_all(tx, publication)).items()]
        faults += [f"{owner} is published in another state" for owner in publication.changed]
        if {owner: entry.digest for owner, entry in publication.entries.items()} != dict(current):
            faults.append("the current segments are not those of the newest manifest")
        for owner in publication.entries:
            faults += await self._faults_of(tx, publication, owner)
        return tuple(faults)

    async def _set_account(self, tx: Transaction, publication: Publication, sid: AccountSid) -> list[EnvironmentSid]:
        """Publish an account, and its subaccounts where they follow. Which environments follow."""
        segment = await self._publishable.account(tx, sid)
        if segment is None:
            await self._take_away_what_is_gone(tx, publication)
            return []
        before = await publication.find(sid)
        publication.set(sid, segment)
        if isinstance(before, AccountSegment) and _served_alike(before, segment):
            return []
        following = [environment.sid for environment in await tx.environments.all(account_sid=sid)]
        if isinstance(before, AccountSegment) and before.status != segment.status:
            for account in await tx.accounts.all(owner_account_sid=sid):
                if account.sid != sid:
                    following += await self._set_account(tx, publication, account.sid)
        return following

    async def _set_all(self, tx: Transaction, publication: Publication) -> Mapping[str, str]:
        problems: dict[str, str] = {}
        for account in await tx.accounts.all():
            publication.set(account.sid, await self._publishable.account(tx, account.sid))
        for environment in await tx.environments.all():
            try:
                segments = await self._publishable.environments(tx, [environment.sid])
            except PlatformError as error:
                problems[environment.sid] = error.message
                continue
            publication.set(environment.sid, segments[environment.sid])
        await self._take_away_what_is_gone(tx, publication)
        return problems

    async def _take_away_what_is_gone(self, tx: Transaction, publication: Publication) -> None:
        for owner in publication.entries:
            rows = tx.accounts if ACCOUNT.matches(owner) else tx.environments
            if await rows.count(sid=owner) == 0:
                publication.set(owner, None)

    async def _faults_of(self, tx: Transaction, publication: Publication, owner: str) -> list[str]:
        """What is missing of a published segment: itself, or contents that it names."""
        try:
            segment = await publication.find(owner)
        except PlatformError as error:
            return [error.message]
        if not isinstance(segment, EnvironmentSegment):
            return []
        digests = [function.digest for function in segment.functions] + [asset.digest for asset in segment.assets]
        digests += [bundle for bundle in (segment.node_bundle, segment.python_bundle) if bundle is not None]
        return [f"{owner} names content {each} that is not kept" for each in digests if not await tx.blobs.has(each)]


def _served_alike(before: AccountSegment, now: AccountSegment) -> bool:
    """Whether nothing changed that an environment is published with."""
    return (before.status, before.auth_tokens[:1]) == (now.status, now.auth_tokens[:1])


def _bounds(limits: Limits) -> SegmentBounds:
    routes = (
        limits.function_versions_per_build
        + limits.public_assets_per_build
        + limits.protected_assets_per_build
        + limits.private_assets_per_build
    )
    return SegmentBounds(routes, limits.environment_bytes)
