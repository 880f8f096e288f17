"""A project as it is served on one machine in unusual ways: with that machine's variables, or with old paths. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gettone.model.variables import Variables
from gettone.project.layout import check_routes
from gettone.project.project import Project

# Where Twilio served assets before it had services.
LEGACY_ASSETS = "/assets"


def with_local_variables(project: Project, environ: Mapping[str, str]) -> Project:
    """The project with the environment's variables, too. Its own come first; an empty value is no variable."""
    local = {name: value for name, value in environ.items() if value and _is_text(name + value)}
    return replace(project, variables=Variables({**local, **project.variables}))


def as_served_in_legacy_mode(project: Project) -> Project:
    """The project with its assets below `/assets`. Raises PlatformError `conflict` where a function is there."""
    assets = tuple(replace(asset, path=LEGACY_ASSETS + asset.path) for asset in project.assets)
    check_routes([*project.functions, *assets])
    return replace(project, assets=assets)


def _is_text(text: str) -> bool:
    # Bytes of a variable that are no UTF-8 arrive from os.environ as lone surrogates, which no guest can be sent.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
