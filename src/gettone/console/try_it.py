"""Try it: a function called from its editor, and what it answered beside the form. Nothing of it is kept.

A token in the answer is read beside it. Must not know how a call is made, nor how a token is checked.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.arrival import is_htmx
from gettone.console.editor import chosen_file, show_editor
from gettone.console.fixtures import desk_of
from gettone.console.forms import read_form
from gettone.console.refusals import refused, sentence, status_of
from gettone.console.routes import SlowRoute
from gettone.console.service_page import ServicePage, open_service
from gettone.console.token_facts import TokenFacts, facts_of
from gettone.console.try_form import call_of, curl_of, sent_rows
from gettone.console.urls import function_url
from gettone.control import access
from gettone.control.access import Permission
from gettone.control.trying import Tried
from gettone.model.errors import PlatformError

# More than a function takes (1 MB), as a form sends it.
BODY_BYTES_MAX = 4 << 20


async def call(request: Request) -> Response:
    """Call the open function, and show its answer."""
    page = await open_service(request)
    form = await read_form(request, bytes_max=BODY_BYTES_MAX)
    file = chosen_file(page, request.query_params.get("file"))
    tried, status = None, 200
    if file is not None:
        try:
            tried = await desk_of(request).trying.call(
                page.principal,
                service=page.sid,
                environment_sid=page.environment_sid or "",
                call=call_of(form, file.path),
            )
        except PlatformError as error:
            # The gateway may be away while control is there: that is an answer, too.
            form, status = (
                (form.with_problem(sentence(error.message)), 503)
                if error.code == "unavailable"
                else (refused(form, error), status_of(error))
            )
    url = "" if file is None else function_url(desk_of(request).gateway, page.sheet.host, file.path)
    values: dict[str, object] = {
        "try_form": form,
        "try_rows": sent_rows(form),
        "tried": tried,
        "curl": curl_of(url, form, sent_rows(form)),
        "token": None if tried is None else await _token(request, page, tried),
    }
    if is_htmx(request):
        return page.render(request, "functions/_answer.html", status=status, **{**values, "file": file})
    return await show_editor(request, page, file, status=status, values=values)


async def _token(request: Request, page: ServicePage, tried: Tried) -> TokenFacts | None:
    """What the token in an answer says, checked for whoever may look at the account's keys."""
    if tried.token is None:
        return None
    desk, check = desk_of(request).tokens, None
    try:
        read = desk.read(tried.token)
        if access.may(page.principal, Permission.ACCOUNTS_READ):
            check = await desk.check(page.principal, account_sid=page.sheet.service.account_sid, token=tried.token)
    except PlatformError:
        return None  # it only looked like one: the body is there to read
    return facts_of(read, check)


routes = [SlowRoute("/services/{service}/try", call, methods=["POST"])]
