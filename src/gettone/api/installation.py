"""`/api/v1/audit`, `snapshots`, `settings`, and whole accounts: what an owner looks after."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from gettone.api.calls import Caller
from gettone.api.dates import precise
from gettone.api.fields import Text
from gettone.api.openapi import NDJSON, OWN_ERRORS, streams
from gettone.api.pages import AsksOwn, meta
from gettone.api.parameters import OwnSid
from gettone.api.shapes_own import SettingsShape, SnapshotShape, SnapshotsShape
from gettone.api.shapes_people import AuditPage, show_audit

router = APIRouter(prefix="/api/v1", tags=["Installation"], responses=OWN_ERRORS)


@router.get("/audit")
async def list_audit(call: Caller, page: AsksOwn) -> AuditPage:
    """List what was changed, and by whom, newest first."""
    found = await call.use.audit.list(call.principal, page=page.request)
    return AuditPage(
        audit=[show_audit(entry) for entry in found.items],
        meta=meta(call.own_url("audit"), "audit", page, found),
    )


@router.get("/snapshots")
async def list_snapshots(call: Caller) -> SnapshotsShape:
    """List the snapshots that are kept, and what the gateway serves."""
    found = await call.use.installation.snapshots(call.principal)
    standing = await call.use.standing()
    return SnapshotsShape(
        snapshots=[SnapshotShape(revision=each.revision, created_at=precise(each.created_at)) for each in found],
        latest_revision=standing.latest_revision,
        served_revision=standing.served_revision,
        problems=list(standing.problems),
    )


@router.get("/settings")
async def fetch_settings(call: Caller) -> SettingsShape:
    """Fetch what this installation is set to; no secrets."""
    return SettingsShape(settings=dict(await call.use.installation.settings(call.principal)))


@router.delete("/accounts/{sid}", status_code=204)
async def delete_account(
    call: Caller,
    sid: OwnSid,
    confirmation: Annotated[
        Text | None, Query(description="The SID again, for an account that is no subaccount")
    ] = None,
) -> None:
    """Delete an account and all that is held of it."""
    await call.use.accounts.delete(call.principal, sid=sid, confirmation=confirmation)


@router.get("/accounts/{sid}/export", response_class=StreamingResponse, responses=streams(NDJSON))
async def export_account(call: Caller, sid: OwnSid) -> StreamingResponse:
    """All that is held of an account, as JSON lines."""
    return StreamingResponse(await call.use.accounts.export(call.principal, sid=sid), media_type=NDJSON)
