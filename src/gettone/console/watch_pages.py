"""All pages of the family that watches: the dashboard, keys, apps, tokens, logs, the API reference. A list, no more."""

from __future__ import annotations

from gettone.console import applications, dashboard, keys, logs, reference, tokens

routes = [
    *dashboard.routes,
    *keys.routes,
    *applications.routes,
    *tokens.routes,
    *logs.routes,
    *reference.routes,
]
