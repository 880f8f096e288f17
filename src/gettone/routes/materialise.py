"""A published environment with its contents at hand: what a gateway serves. Must not know where contents come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gettone.model.assets import Asset
from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Module
from gettone.routes.segment import EnvironmentSegment


def materialise(
    segment: EnvironmentSegment,
    content_of: Callable[[str], bytes],
    location_of: Callable[[str], Path],
    bundle_of: Callable[[str], Path],
    auth_tokens: tuple[str, ...] = (),
) -> Deployment:
    """The deployment of a segment.

    By digest, `content_of` gives a function's source, `location_of` the file that holds an asset, `bundle_of` the
    folder of installed packages: what is mounted as `node_modules` or as `site-packages`. What they raise is raised.
    `auth_tokens` are the account's, from its own segment.
    """
    functions = tuple(
        Function(
            path=entry.path,
            name=entry.path.removeprefix("/"),
            source=entry.source,
            file=entry.file,
            language=entry.language,
            visibility=entry.visibility,
            content=content_of(entry.digest),
            sid=entry.sid,
        )
        for entry in segment.functions
        if not entry.is_module
    )
    modules = tuple(
        Module(entry.source, entry.file, content_of(entry.digest)) for entry in segment.functions if entry.is_module
    )
    assets = tuple(
        Asset(
            path=entry.path,
            source=entry.source,
            file=entry.file,
            visibility=entry.visibility,
            content_type=entry.content_type,
            size_bytes=entry.size_bytes,
            digest=entry.digest,
            location=location_of(entry.digest),
        )
        for entry in segment.assets
    )
    return Deployment(
        service_sid=segment.service_sid,
        environment_sid=segment.environment_sid,
        domain_name=segment.domain_name,
        functions=functions,
        assets=assets,
        modules=modules,
        variables=segment.variables,
        settings=segment.settings,
        node_modules=None if segment.node_bundle is None else bundle_of(segment.node_bundle),
        site_packages=None if segment.python_bundle is None else bundle_of(segment.python_bundle),
        account_sid=segment.account_sid,
        build_sid=segment.build_sid,
        deployment_sid=segment.deployment_sid,
        auth_tokens=auth_tokens,
    )
