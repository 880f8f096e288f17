"""`/v1/Services/{ServiceSid}/Builds`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from gettone.api.calls import Call, Caller
from gettone.api.dependencies import read_dependencies, read_requirements
from gettone.api.fields import Text
from gettone.api.forms import Form, form_of, takes_form
from gettone.api.pages import Asks, at_most, meta
from gettone.api.parameters import ServiceSid, Sid
from gettone.api.shapes_builds import BuildPage, BuildShape, BuildStatusShape, show_build, show_build_status
from gettone.model.builds import Build

router = APIRouter(prefix="/v1/Services/{ServiceSid}/Builds", tags=["Builds"])


# Each shows all its versions, thousands at most: a page of a thousand builds would be a gigabyte.
BUILDS_PER_PAGE = 50


class CreateBuild(Form):
    """What makes a build: all that will be served, and what it needs."""

    function_versions: list[Text] = Field(default=[], description="SIDs; repeat the field for each")
    asset_versions: list[Text] = Field(default=[], description="SIDs; repeat the field for each")
    dependencies: Text | None = Field(
        default=None,
        description='npm packages: [{"name": "lodash", "version": "4.17.21"}]',
        json_schema_extra={"contentMediaType": "application/json"},
    )
    requirements: Text | None = Field(
        default=None, description="Python packages, in lines as pip reads them or a JSON list of such lines; our own"
    )
    runtime: Text | None = Field(default=None, description="Absent: that of the last completed build")


@router.get("")
async def list_builds(call: Caller, service: ServiceSid, page: Asks) -> BuildPage:
    """List builds; a page has 50 at most."""
    page = at_most(page, BUILDS_PER_PAGE)
    found = await call.use.builds.list(call.principal, service=service, page=page.request)
    return BuildPage(
        builds=await _show(call, service, found.items),
        meta=meta(call.url("Services", service, "Builds"), "builds", page, found),
    )


@router.post("", status_code=201, openapi_extra=takes_form(CreateBuild))
async def create_build(
    call: Caller, service: ServiceSid, form: Annotated[CreateBuild, Depends(form_of(CreateBuild))]
) -> BuildShape:
    """Create a build. It is `building` until what it needs is installed."""
    build = await call.use.builds.create(
        call.principal,
        service=service,
        function_versions=form.function_versions,
        asset_versions=form.asset_versions,
        dependencies=read_dependencies(form.dependencies),
        requirements=read_requirements(form.requirements),
        runtime=form.runtime or None,
    )
    [shown] = await _show(call, service, [build])
    return shown


@router.get("/{Sid}")
async def fetch_build(call: Caller, service: ServiceSid, sid: Sid) -> BuildShape:
    """Fetch a build."""
    build = await call.use.builds.get(call.principal, service=service, sid=sid)
    [shown] = await _show(call, service, [build])
    return shown


@router.get("/{Sid}/Status")
async def fetch_build_status(call: Caller, service: ServiceSid, sid: Sid) -> BuildStatusShape:
    """Fetch how far a build is."""
    return show_build_status(call, await call.use.builds.get(call.principal, service=service, sid=sid))


@router.delete("/{Sid}", status_code=204)
async def delete_build(call: Caller, service: ServiceSid, sid: Sid) -> None:
    """Delete a build that is not served."""
    await call.use.builds.delete(call.principal, service=service, sid=sid)


async def _show(call: Call, service: str, builds: Sequence[Build]) -> list[BuildShape]:
    contents = await call.use.builds.contents(call.principal, service=service, builds=builds)
    return [show_build(call, build, contents[build.sid]) for build in builds]
