"""How much of everything there may be. Figures with Twilio's as defaults; must not know who checks them.

Sources: facts of Twilio's own pages (docs/serverless/functions-assets, docs/iam, docs/usage/api/applications).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one installation; each is a setting of the operator's."""

    services_per_account: int = 50
    environments_per_service: int = 25
    # Twilio bounds neither by a published figure; lists that are read as a whole need an end.
    functions_per_service: int = 10_000
    host_names_per_environment: int = 100

    # An old page says 50, beside ten services per account, which have become 50 since. A thousand is what assets have.
    function_versions_per_build: int = 1000
    public_assets_per_build: int = 1000
    protected_assets_per_build: int = 1000
    private_assets_per_build: int = 50
    npm_modules_per_build: int = 100
    builds_per_hour: int = 100

    variable_key_characters: int = 128
    variable_value_bytes: int = 450
    # About 3 kB as JSON, with what the platform adds to them.
    environment_bytes: int = 3072

    unique_name_characters: int = 50
    environment_name_characters: int = 100
    domain_suffix_characters: int = 16
    friendly_name_characters: int = 255
    path_characters: int = 255

    applications_per_account: int = 1000
    subaccounts_per_account: int = 1000
    policy_entries: int = 100
    # These two are no figures of Twilio's. Keys travel to every gateway in one segment, members stand on one page.
    api_keys_per_account: int = 1000
    members_per_account: int = 1000
