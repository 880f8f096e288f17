"""One's second factor: turned on with an app, recovery codes shown this once, turned off with a code.

Must not know how a code is checked.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to, render
from gettone.console.session import signed_in
from gettone.control.second_factor import Enrolment
from gettone.model.errors import PlatformError

PAGE = "/settings/two-factor"


async def show(request: Request) -> Response:
    """Show whether it is on."""
    return _show(request, filled())


async def enrol(request: Request) -> Response:
    """Make a secret for an app, and show it this once."""
    form = await read_form(request)
    try:
        enrolment = await desk_of(request).second_factor.enrol(signed_in(request).who, password=form.raw("password"))
    except PlatformError as error:
        return _show(request, refused(form, error).without("password"), status_of(error))
    return _ask(request, filled(), enrolment)


async def confirm(request: Request) -> Response:
    """Take the first code of the app, and show the recovery codes this once."""
    form = await read_form(request)
    try:
        codes = await desk_of(request).second_factor.confirm(signed_in(request).who, code=form.text("code"))
    except PlatformError as error:
        told = refused(form, error)
        if error.code == "conflict":
            return _show(request, told, status_of(error))
        # The secret stands in the app by now; who has lost it begins again.
        return _ask(request, told.without("code"), None, status_of(error))
    return _codes(request, codes)


async def new_codes(request: Request) -> Response:
    """Make other recovery codes."""
    form = await read_form(request)
    try:
        codes = await desk_of(request).second_factor.new_recovery_codes(signed_in(request).who, code=form.text("code"))
    except PlatformError as error:
        return _show(request, refused(form, error), status_of(error))
    return _codes(request, codes)


async def disable(request: Request) -> Response:
    """Turn it off."""
    form = await read_form(request)
    try:
        await desk_of(request).second_factor.disable(signed_in(request).who, code=form.text("code"))
    except PlatformError as error:
        return _show(request, refused(form, error), status_of(error))
    return go_to(PAGE, said="two_factor.said_off")


def _show(request: Request, form: Form, status: int = 200) -> Response:
    return render(request, "account/two_factor.html", status=status, form=form.without("code"))


def _ask(request: Request, form: Form, enrolment: Enrolment | None, status: int = 200) -> Response:
    return render(request, "account/two_factor_confirm.html", status=status, form=form, enrolment=enrolment)


def _codes(request: Request, codes: tuple[str, ...]) -> Response:
    return render(request, "account/recovery_codes.html", codes="\n".join(codes))


routes = [
    Route(PAGE, show),
    Route(f"{PAGE}/enrol", enrol, methods=["POST"]),
    Route(f"{PAGE}/confirm", confirm, methods=["POST"]),
    Route(f"{PAGE}/codes", new_codes, methods=["POST"]),
    Route(f"{PAGE}/disable", disable, methods=["POST"]),
]
