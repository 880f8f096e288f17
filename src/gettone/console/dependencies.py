"""What a service's next build installs: npm packages row by row, Python requirements line by line.

Must not know what is installed, nor how.
"""

from __future__ import annotations

from itertools import zip_longest

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gettone.console.deploys import settle, state_values
from gettone.console.fixtures import desk_of
from gettone.console.forms import Form, filled, read_form
from gettone.console.refusals import refused, status_of
from gettone.console.render import go_to
from gettone.console.routes import SlowRoute
from gettone.console.service_page import ServicePage, open_service
from gettone.control.sheets import Sheet
from gettone.model.builds import Dependency, WantedPackages
from gettone.model.errors import PlatformError

# Room to add some at once; the next page has room again.
FREE_ROWS = 3


async def show(request: Request) -> Response:
    """Show what the next build installs."""
    page = await open_service(request)
    return _show(request, page, _filled(page.sheet))


async def save(request: Request) -> Response:
    """Keep what the next build is to install; it is built where the service deploys on save."""
    page = await open_service(request)
    form = await read_form(request)
    try:
        progress = await desk_of(request).editing.set_packages(
            page.principal, service=page.sid, packages=_wanted(form), environment_sid=page.environment_sid
        )
    except PlatformError as error:
        return _show(request, page, refused(form, error), status_of(error))
    await settle(progress)
    if progress is None:
        return go_to(page.path("dependencies"), said="dependencies.said_saved")
    return go_to(page.path("dependencies", deploy=progress.id))


def _show(request: Request, page: ServicePage, form: Form, status: int = 200) -> Response:
    names, versions = form.all("name"), form.all("version")
    rows = [pair for pair in zip_longest(names, versions, fillvalue="") if any(pair)]
    values = {**state_values(request, page.deploy), "form": form, "section": "dependencies"}
    return page.render(
        request,
        "functions/dependencies.html",
        status=status,
        rows=[*rows, *[("", "")] * FREE_ROWS],
        **values,
    )


def _filled(sheet: Sheet) -> Form:
    packages = sheet.packages
    form = filled(requirements="\n".join(packages.requirements))
    rows = {
        "name": tuple(each.name for each in packages.dependencies),
        "version": tuple(each.version for each in packages.dependencies),
    }
    return Form({**form.values, **rows})


def _wanted(form: Form) -> WantedPackages:
    pairs = zip_longest(form.all("name"), form.all("version"), fillvalue="")
    return WantedPackages(
        tuple(Dependency(name.strip(), version.strip() or "*") for name, version in pairs if name.strip()),
        tuple(line.strip() for line in form.raw("requirements").splitlines() if line.strip()),
    )


routes = [
    Route("/services/{service}/dependencies", show),
    SlowRoute("/services/{service}/dependencies", save, methods=["POST"]),
]
