"""Where visitors find what a service serves. Pure."""

from __future__ import annotations

from gettone.control.trying import GatewayAddress


def function_url(gateway: GatewayAddress, host: str | None, path: str) -> str:
    """The whole address of a path at an environment's host; empty where there is no environment."""
    if host is None:
        return ""
    port = "" if gateway.url_port is None else f":{gateway.url_port}"
    return f"{'https' if gateway.tls else 'http'}://{host}{port}{path}"
