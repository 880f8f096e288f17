"""Tables of services and all that belongs to one. Must not know how they are asked.

Only the nearest owner is a foreign key; the SIDs above it are there to be matched.
"""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from gettone.model.builds import BuildStatus, Dependency, WantedPackages
from gettone.model.functions import FunctionEvent, Language, Visibility
from gettone.model.services import ServiceSettings
from gettone.store.columns import (
    METADATA,
    choice,
    content,
    flag,
    json,
    json_or_none,
    moment,
    number,
    part_of,
    position,
    text,
    text_or_none,
    uses,
)

SERVICES = Table(
    "services",
    METADATA,
    position(),
    text("sid", unique=True),
    part_of("account_sid", "accounts.sid", index=False),
    text("unique_name"),
    text("friendly_name"),
    flag("include_credentials"),
    flag("ui_editable"),
    text("domain_base", unique=True),
    json("settings", ServiceSettings),
    moment("created_at"),
    moment("updated_at"),
    flag("deploys_on_save", default=True),
    json_or_none("draft_packages", WantedPackages),
    UniqueConstraint("account_sid", "unique_name"),
    sqlite_autoincrement=True,
)

ENVIRONMENTS = Table(
    "environments",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    part_of("service_sid", "services.sid", index=False),
    text("unique_name"),
    text_or_none("domain_suffix"),
    text("domain_name", unique=True),
    uses("build_sid", "builds.sid", nullable=True),
    # No foreign key: a deployment goes with its environment and never before it.
    text_or_none("deployment_sid"),
    moment("created_at"),
    moment("updated_at"),
    UniqueConstraint("service_sid", "unique_name"),
    UniqueConstraint("service_sid", "domain_suffix"),
    sqlite_autoincrement=True,
)
# A constraint takes two missing suffixes for different ones.
Index(
    "uq_environments_service_sid_without_suffix",
    ENVIRONMENTS.c.service_sid,
    unique=True,
    sqlite_where=ENVIRONMENTS.c.domain_suffix.is_(None),
    postgresql_where=ENVIRONMENTS.c.domain_suffix.is_(None),
)

HOST_NAMES = Table(
    "host_names",
    METADATA,
    position(),
    text("host", unique=True),
    text("account_sid"),
    part_of("environment_sid", "environments.sid"),
    moment("created_at"),
    sqlite_autoincrement=True,
)

VARIABLES = Table(
    "variables",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    text("service_sid"),
    part_of("environment_sid", "environments.sid", index=False),
    text("key"),
    content("value"),
    moment("created_at"),
    moment("updated_at"),
    UniqueConstraint("environment_sid", "key"),
    sqlite_autoincrement=True,
)

FUNCTIONS = Table(
    "functions",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    part_of("service_sid", "services.sid"),
    text("friendly_name"),
    moment("created_at"),
    moment("updated_at"),
    choice("event", FunctionEvent, default=FunctionEvent.NONE),
    text_or_none("removed_version_sid"),
    sqlite_autoincrement=True,
)

FUNCTION_VERSIONS = Table(
    "function_versions",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    text("service_sid"),
    part_of("function_sid", "functions.sid"),
    text("path"),
    choice("visibility", Visibility),
    choice("language", Language),
    text("extension"),
    text("digest", index=True),
    number("size_bytes"),
    moment("created_at"),
    sqlite_autoincrement=True,
)

ASSETS = Table(
    "assets",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    part_of("service_sid", "services.sid"),
    text("friendly_name"),
    moment("created_at"),
    moment("updated_at"),
    text_or_none("removed_version_sid"),
    sqlite_autoincrement=True,
)

ASSET_VERSIONS = Table(
    "asset_versions",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    text("service_sid"),
    part_of("asset_sid", "assets.sid"),
    text("path"),
    choice("visibility", Visibility),
    text("content_type"),
    text("digest", index=True),
    number("size_bytes"),
    moment("created_at"),
    sqlite_autoincrement=True,
)

BUILDS = Table(
    "builds",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    part_of("service_sid", "services.sid"),
    text("runtime"),
    text("python_runtime"),
    choice("status", BuildStatus),
    json("dependencies", tuple[Dependency, ...]),
    json("requirements", tuple[str, ...]),
    text_or_none("node_bundle"),
    text_or_none("python_bundle"),
    text("log"),
    moment("created_at"),
    moment("updated_at"),
    sqlite_autoincrement=True,
)

# `place` keeps the order in which a build was asked for.
BUILD_FUNCTION_VERSIONS = Table(
    "build_function_versions",
    METADATA,
    part_of("build_sid", "builds.sid", index=False, primary_key=True),
    number("place", primary_key=True),
    uses("version_sid", "function_versions.sid"),
)

BUILD_ASSET_VERSIONS = Table(
    "build_asset_versions",
    METADATA,
    part_of("build_sid", "builds.sid", index=False, primary_key=True),
    number("place", primary_key=True),
    uses("version_sid", "asset_versions.sid"),
)

BUNDLES = Table(
    "bundles",
    METADATA,
    position(),
    text("key", unique=True),
    text("digest", index=True),
    text("runtime"),
    number("size_bytes"),
    moment("created_at"),
    moment("used_at"),
    sqlite_autoincrement=True,
)

# No foreign key to the build: what was live once stays told when its build is gone.
DEPLOYMENTS = Table(
    "deployments",
    METADATA,
    position(),
    text("sid", unique=True),
    text("account_sid"),
    text("service_sid"),
    part_of("environment_sid", "environments.sid"),
    text_or_none("build_sid"),
    flag("is_plugin"),
    text("actor"),
    text_or_none("message"),
    moment("created_at"),
    moment("updated_at"),
    sqlite_autoincrement=True,
)
