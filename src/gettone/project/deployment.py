"""A project as what `gettone dev` serves. Pure: equal folders get equal SIDs, run after run."""

from __future__ import annotations

from gettone.model.deployments import Deployment
from gettone.model.sids import ENVIRONMENT, SERVICE
from gettone.project.project import Project


def deployment_of(project: Project, domain_name: str) -> Deployment:
    """The deployment of a project that is served under `domain_name` (host and port)."""
    place = str(project.folder)
    return Deployment(
        service_sid=SERVICE.derive(place),
        environment_sid=ENVIRONMENT.derive(place),
        domain_name=domain_name,
        functions=project.functions,
        assets=project.assets,
        modules=project.modules,
        variables=project.variables,
        settings=project.settings,
        package_json=project.package_json,
        node_modules=project.node_modules,
    )
