"""What somebody new is asked: a phone number, which may be skipped, and what they work with.

Must not know how a code is made or checked.
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
from gettone.model.errors import PlatformError
from gettone.model.functions import Language
from gettone.model.outbox import Channel


async def show_phone(request: Request) -> Response:
    """Ask for a number, or for the code that was sent to one."""
    number = await desk_of(request).verification.phone_waiting(signed_in(request).who)
    if number is None or "number" in request.query_params:
        return _ask_number(request, filled(phone=signed_in(request).user.phone or number))
    return _ask_code(request, filled(), number)


async def send_code(request: Request) -> Response:
    """Send a code to a number."""
    form = await read_form(request)
    try:
        await desk_of(request).verification.send_phone_code(signed_in(request).who, phone=form.text("phone"))
    except PlatformError as error:
        return _ask_number(request, refused(form, error), status_of(error))
    return go_to("/verify/phone")


async def resend_code(request: Request) -> Response:
    """Send another code to the same number."""
    desk, who = desk_of(request), signed_in(request).who
    try:
        await desk.verification.resend_phone_code(who)
    except PlatformError as error:
        number = await desk.verification.phone_waiting(who)
        form = refused(filled(), error)
        if number is None:
            return _ask_number(request, form, status_of(error))
        return _ask_code(request, form, number, status_of(error))
    return go_to("/verify/phone", said="phone.said_resent")


async def take_code(request: Request) -> Response:
    """Take the code."""
    desk, visitor = desk_of(request), signed_in(request)
    form = await read_form(request)
    try:
        await desk.verification.confirm_phone(visitor.who, code=form.text("code"))
    except PlatformError as error:
        number = await desk.verification.phone_waiting(visitor.who)
        told = refused(form, error)
        if number is None:
            return _ask_number(request, refused(filled(), error), status_of(error))
        return _ask_code(request, told, number, status_of(error))
    return go_to(_after(request), said="phone.said_confirmed")


async def show_questions(request: Request) -> Response:
    """Ask what somebody works with."""
    user = signed_in(request).user
    code = None if user.writes_code is None else ("yes" if user.writes_code else "no")
    return render(request, "people/questions.html", form=filled(writes_code=code, language=user.language))


async def answer(request: Request) -> Response:
    """Keep the answers: they choose which templates come first."""
    form = await read_form(request)
    languages = {str(each): each for each in Language}
    await desk_of(request).preferences.answer(
        signed_in(request).who,
        writes_code={"yes": True, "no": False}.get(form.text("writes_code")),
        language=languages.get(form.text("language")),
    )
    return go_to("/")


def _after(request: Request) -> str:
    """Where the number was asked for on the way in, the questions come next."""
    return "/questions" if signed_in(request).user.writes_code is None else "/settings/profile"


def _ask_number(request: Request, form: Form, status: int = 200) -> Response:
    return render(request, "people/phone.html", status=status, form=form, after=_after(request))


def _ask_code(request: Request, form: Form, number: str, status: int = 200) -> Response:
    return render(
        request,
        "people/phone_code.html",
        status=status,
        form=form.without("code"),
        number=number,
        after=_after(request),
        is_carried=desk_of(request).outbox.carries(Channel.SMS),
    )


routes = [
    Route("/verify/phone", show_phone),
    Route("/verify/phone", send_code, methods=["POST"]),
    Route("/verify/phone/resend", resend_code, methods=["POST"]),
    Route("/verify/phone/code", take_code, methods=["POST"]),
    Route("/questions", show_questions),
    Route("/questions", answer, methods=["POST"]),
]
