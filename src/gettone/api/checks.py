"""`/api/v1/services/{service}/checks` and `/environments/{environment_sid}`: what who deploys asks before and after.

Whether what was uploaded compiles, and where it is reached once it is live.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from gettone.api.calls import Caller
from gettone.api.fields import Text
from gettone.api.forms import Document, document_of, takes_document
from gettone.api.openapi import OWN_ERRORS
from gettone.api.parameters import OwnEnvironment, OwnService
from gettone.api.shapes_services import Shape, Ze, Zs

router = APIRouter(prefix="/api/v1/services/{service}", tags=["Services"], responses=OWN_ERRORS)


class CheckFunctions(Document):
    """What is checked: SIDs of versions that were uploaded."""

    function_versions: Annotated[list[Text], Field(max_length=10_000)]


class ProblemShape(Shape):
    """What is wrong with code, and where. Lines and columns count from 1; `text` is the line."""

    message: str
    file: str | None
    line: int | None
    column: int | None
    text: str | None
    hint: str | None


class CheckedShape(Shape):
    """What does not compile; nothing where all does."""

    problems: list[ProblemShape]


class ReachedShape(Shape):
    """Where what an environment serves is reached: paths follow, slash and all."""

    sid: Ze
    service_sid: Zs
    base_url: str


@router.post("/checks", openapi_extra=takes_document(CheckFunctions))
async def check_functions(
    call: Caller, service: OwnService, body: Annotated[CheckFunctions, Depends(document_of(CheckFunctions))]
) -> CheckedShape:
    """Check whether versions of functions compile. Nothing of them is run."""
    found = await call.use.checks.check(call.principal, service=service, function_versions=body.function_versions)
    return CheckedShape(
        problems=[
            ProblemShape(
                message=each.message,
                file=each.file,
                line=each.line,
                column=each.column,
                text=each.text,
                hint=each.hint,
            )
            for each in found
        ]
    )


@router.get("/environments/{environment_sid}")
async def fetch_environment_address(call: Caller, service: OwnService, environment: OwnEnvironment) -> ReachedShape:
    """Fetch where an environment is reached."""
    found = await call.use.environments.get(call.principal, service=service, sid=environment)
    host = f"{found.domain_name}.{call.use.domain}"
    return ReachedShape(sid=found.sid, service_sid=found.service_sid, base_url=call.use.base_url(host))
