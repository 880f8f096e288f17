"""All pages of the family of functions: services, the editor, and what is configured beside it. A list, no more."""

from __future__ import annotations

from gettone.console import (
    dependencies,
    deploys,
    editor,
    environments,
    files,
    functions,
    history,
    service_settings,
    try_it,
    variables,
)

routes = [
    *functions.routes,
    *editor.routes,
    *deploys.routes,
    *try_it.routes,
    *files.routes,
    *variables.routes,
    *dependencies.routes,
    *environments.routes,
    *history.routes,
    *service_settings.routes,
]
