"""What stands below the code: Try it, what the function wrote lately, or what the live build is made of.

Must not know how a function is called.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from gettone.console.fixtures import desk_of
from gettone.console.service_page import ServicePage
from gettone.console.try_form import curl_of, first_form, parameter_rows
from gettone.console.urls import function_url
from gettone.control.saved_files import FileText
from gettone.control.sheets import FileKind, SheetFile
from gettone.model.logs import LogEntry
from gettone.model.pages import PageRequest

TABS = ("try", "logs", "build")
LINES_SHOWN = 50


async def below_values(
    request: Request, page: ServicePage, file: SheetFile | None, opened: FileText | None
) -> Mapping[str, object]:
    """What the templates of all three are given; no more is asked of control than is shown."""
    asked = request.query_params.get("tab", "")
    tab = asked if asked in TABS else TABS[0]
    is_function = file is not None and file.kind is FileKind.FUNCTION and file.language is not None
    try_form = first_form(file if is_function else None)
    names = parameter_rows("" if opened is None else opened.text or "")
    url = "" if file is None else function_url(desk_of(request).gateway, page.sheet.host, file.path)
    return {
        "tab": tab,
        "tabs": TABS,
        "can_try": is_function and page.rights.call and page.environment_sid is not None,
        "try_form": try_form,
        "try_rows": names,
        "curl": curl_of(url, try_form, names),
        "tried": None,
        "token": None,
        "lines": await _lines(request, page, file) if tab == "logs" else (),
    }


async def _lines(request: Request, page: ServicePage, file: SheetFile | None) -> tuple[LogEntry, ...]:
    if page.environment_sid is None or not page.rights.logs:
        return ()
    is_function = file is not None and file.kind is FileKind.FUNCTION
    found = await desk_of(request).logs.page(
        page.principal,
        service=page.sid,
        environment_sid=page.environment_sid,
        function_sid=file.sid if file is not None and is_function else None,
        page=PageRequest(size=LINES_SHOWN),
    )
    return found.items
