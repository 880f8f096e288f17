"""What a build may ask for, and what of it has to be installed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gettone.control.build_requests import (
    Runtimes,
    check_dependencies,
    check_requirements,
    choose_runtime,
    is_outdated,
    plan_packages,
    renewed,
)
from gettone.model.builds import Build, BuildStatus, Dependency
from gettone.model.errors import PlatformError
from gettone.model.sids import AccountSid, BuildSid, ServiceSid

HERE = Runtimes("node24", "python3.12", {"twilio": "6.2.0"})
AT = datetime(2026, 11, 24, tzinfo=UTC)
BUILD = Build(
    sid=BuildSid("ZB" + "1" * 32),
    account_sid=AccountSid("AC" + "1" * 32),
    service_sid=ServiceSid("ZS" + "1" * 32),
    runtime="node24",
    python_runtime="python3.12",
    status=BuildStatus.COMPLETED,
    function_versions=(),
    asset_versions=(),
    dependencies=(),
    requirements=(),
    node_bundle=None,
    python_bundle=None,
    log="",
    created_at=AT,
    updated_at=AT,
)


@pytest.mark.parametrize(
    ("asked", "last", "chosen"),
    [
        (None, None, "node24"),
        ("", None, "node24"),
        ("node24", "python3.12", "node24"),
        ("python3.12", None, "python3.12"),
        (None, "python3.12", "python3.12"),
        # From before an upgrade.
        (None, "python3.11", "node24"),
    ],
)
def test_runtime_is_what_was_asked_or_the_last_one(asked: str | None, last: str | None, chosen: str) -> None:
    """Twilio's rule: absent, it is that of the last successful build."""
    assert choose_runtime(asked, last, HERE) == (chosen, ())


@pytest.mark.parametrize("asked", ["node18", "node20", "node22"])
def test_twilios_runtimes_run_on_the_one_that_is_here(asked: str) -> None:
    """And the log says so."""
    runtime, notes = choose_runtime(asked, None, HERE)

    assert runtime == "node24"
    assert asked in notes[0]
    assert "node24" in notes[0]


@pytest.mark.parametrize("asked", ["node10", "node16", "NODE24", "python3.11", "ruby", "x" * 1000])
def test_other_runtimes_are_refused_in_twilios_words(asked: str) -> None:
    """Clients look for the sentence."""
    with pytest.raises(PlatformError) as caught:
        choose_runtime(asked, None, HERE)

    assert caught.value.message == f"unsupported runtime: {asked[:64]}"
    assert (caught.value.code, caught.value.evidence["twilio_code"]) == ("invalid", 20001)


@pytest.mark.parametrize(
    ("name", "version", "kept"),
    [
        ("twilio", "", "*"),
        ("twilio", " ^6.1 ", "^6.1"),
        ("@twilio/runtime-handler", "2.1.0", "2.1.0"),
        ("JSONStream", "latest", "latest"),
        ("a", ">=1 <2 || 3.x", ">=1 <2 || 3.x"),
        ("a", "1.0.0-beta.1+build", "1.0.0-beta.1+build"),
        ("a", "npm:@scope/b@^1", "npm:@scope/b@^1"),
    ],
)
def test_dependency_names_a_package_of_a_registry(name: str, version: str, kept: str) -> None:
    """By version, range, tag or alias; any version where none is named, as at Twilio."""
    assert check_dependencies([Dependency(name, version)], 100) == (Dependency(name, kept),)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("", "1"),
        ("a b", "1"),
        ("../a", "1"),
        ("a/b", "1"),
        ("@a/b/c", "1"),
        (".a", "1"),
        ("a" * 215, "1"),
        ("--global", ""),
        ("a", "git+https://example.com/a.git"),
        ("a", "https://example.com/a.tgz"),
        ("a", "file:../a"),
        ("a", "../a"),
        ("a", "user/repository"),
        ("a", "-g"),
        ("a", "1\n2"),
        ("a", "1" * 300),
    ],
)
def test_dependency_from_elsewhere_is_refused(name: str, version: str) -> None:
    """Nothing but names and versions gets as far as npm."""
    with pytest.raises(PlatformError) as caught:
        check_dependencies([Dependency(name, version)], 100)

    assert caught.value.code == "invalid"
    assert caught.value.message.startswith("Some dependencies could not be validated. ")


def test_dependencies_are_counted_and_named_once() -> None:
    """A hundred of them, as at Twilio."""
    many = [Dependency(f"a{number}", "1") for number in range(101)]

    assert len(check_dependencies(many[:100], 100)) == 100
    with pytest.raises(PlatformError, match="101"):
        check_dependencies(many, 100)
    with pytest.raises(PlatformError, match="named twice"):
        check_dependencies([Dependency("a", "1"), Dependency("a", "2")], 100)


def test_requirements_are_kept_by_name() -> None:
    """Without comments and empty lines; what is a part of the platform is left out, and told."""
    kept, notes = check_requirements(
        ["twilio>=9  # the client", "", "# nothing", "Gettone==0.1", "a[b]>1; python_version>'3'"]
    )

    assert kept == ("twilio>=9", 'a[b]>1; python_version > "3"')
    assert "gettone" in notes[0]


@pytest.mark.parametrize(
    "line", ["-r other.txt", "--index-url https://example.com", "a @ https://example.com/a.whl", "./a"]
)
def test_requirement_from_elsewhere_is_refused(line: str) -> None:
    """Options and addresses are the operator's."""
    with pytest.raises(PlatformError) as caught:
        check_requirements([line])

    assert caught.value.code == "invalid"


@pytest.mark.parametrize("asked", ["*", "^6", "6.2.0", ">=5", "5.x || 6.x"])
def test_nothing_is_installed_where_the_pinned_one_will_do(asked: str) -> None:
    """What the toolkit always sends needs no registry."""
    plan = plan_packages([Dependency("twilio", asked), Dependency("@twilio/runtime-handler", "2.1.0")], (), HERE)

    assert plan.packages is None
    assert f"twilio 6.2.0 comes with the platform, and is what {asked} asks for" in plan.notes
    assert "@twilio/runtime-handler is a part of the platform here, and is not installed" in plan.notes


@pytest.mark.parametrize("asked", ["5.0.3", "^5", "latest", "6.2.0-rc.1", ">6.2.0"])
def test_another_version_than_the_pinned_one_is_installed(asked: str) -> None:
    """The author's word counts."""
    plan = plan_packages([Dependency("twilio", asked)], (), HERE)

    assert plan.packages is not None
    assert plan.packages.dependencies == (Dependency("twilio", asked),)


def test_what_is_installed_is_what_is_left() -> None:
    """Of both languages."""
    lodash = Dependency("lodash", "^4")
    plan = plan_packages([Dependency("twilio", "^6"), lodash], ["requests>=2"], HERE)

    assert plan.packages is not None
    assert (plan.packages.dependencies, plan.packages.requirements) == ((lodash,), ("requests>=2",))
    assert plan_packages([], [], HERE).packages is None


@pytest.mark.parametrize(
    ("build", "outdated"),
    [
        (BUILD, False),
        # Nothing was installed: nothing is out of date.
        (replace(BUILD, python_runtime="python3.11", runtime="node22"), False),
        (replace(BUILD, python_runtime="python3.11", python_bundle="1" * 64), True),
        (replace(BUILD, python_bundle="1" * 64), False),
        (replace(BUILD, runtime="node22", node_bundle="1" * 64), True),
        (replace(BUILD, runtime="python3.12", node_bundle="1" * 64), False),
    ],
)
def test_build_is_outdated_when_its_packages_are(build: Build, outdated: bool) -> None:
    """After an upgrade of the runtime that they were installed for."""
    assert is_outdated(build, HERE) is outdated
    assert not is_outdated(renewed(build, HERE), HERE)
