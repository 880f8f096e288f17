"""`/api/v1/services/{service}/...`: what Twilio's nouns have here beyond Twilio: bounds, logs of builds."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from gettone.api.calls import Caller
from gettone.api.fields import Text, Whole, said
from gettone.api.forms import Document, document_of, takes_document
from gettone.api.openapi import OWN_ERRORS
from gettone.api.parameters import OwnEnvironment, OwnService, OwnSid
from gettone.api.shapes_own import (
    BuildDetail,
    ReplacedShape,
    ServiceSettingsShape,
    show_build_detail,
    show_settings,
)
from gettone.api.variables import KEY, VALUE
from gettone.model.services import CONCURRENCY_MAX, TIMEOUT_SECONDS_MAX, WORKERS_MAX

router = APIRouter(prefix="/api/v1/services/{service}", tags=["Services"], responses=OWN_ERRORS)


class UpdateSettings(Document):
    """What changes the bounds of a service; what is left out stays."""

    concurrency: Whole | None = Field(default=None, json_schema_extra={"minimum": 1, "maximum": CONCURRENCY_MAX})
    workers_max: Whole | None = Field(default=None, json_schema_extra={"minimum": 1, "maximum": WORKERS_MAX})
    timeout_seconds: float | None = Field(
        default=None, json_schema_extra={"exclusiveMinimum": 0, "maximum": TIMEOUT_SECONDS_MAX}
    )


class ReplaceVariables(Document):
    """The values that variables get, in one change. `keep_others`: what is not named stays."""

    values: Annotated[dict[Text, Text], said(propertyNames=KEY, additionalProperties=VALUE)] = Field(repr=False)
    keep_others: bool = True


@router.get("/settings")
async def fetch_service_settings(call: Caller, service: OwnService) -> ServiceSettingsShape:
    """Fetch how the workers of a service are bounded."""
    return show_settings(await call.use.services.get(call.principal, service=service))


@router.post("/settings", openapi_extra=takes_document(UpdateSettings))
async def update_service_settings(
    call: Caller, service: OwnService, body: Annotated[UpdateSettings, Depends(document_of(UpdateSettings))]
) -> ServiceSettingsShape:
    """Bound the workers of a service."""
    found = await call.use.services.get(call.principal, service=service)
    settings = replace(found.settings, **body.model_dump(exclude_none=True))
    return show_settings(await call.use.services.update(call.principal, service=found.sid, settings=settings))


@router.get("/builds/{sid}")
async def fetch_build_detail(call: Caller, service: OwnService, sid: OwnSid) -> BuildDetail:
    """Fetch what a build needed, and what was said while it was installed."""
    return show_build_detail(call, await call.use.builds.get(call.principal, service=service, sid=sid))


@router.post("/environments/{environment_sid}/variables", openapi_extra=takes_document(ReplaceVariables))
async def replace_variables(
    call: Caller,
    service: OwnService,
    environment: OwnEnvironment,
    body: Annotated[ReplaceVariables, Depends(document_of(ReplaceVariables))],
) -> ReplacedShape:
    """Give many variables their values in one change. What the environment serves has them at once."""
    changed = await call.use.variables.replace_all(
        call.principal,
        service=service,
        environment_sid=environment,
        values=body.values,
        keep_others=body.keep_others,
    )
    return ReplacedShape(changed=list(changed))
