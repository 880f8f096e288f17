"""What an import decides to do, from what both sides have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gettone.client.importing import (
    FileKind,
    Place,
    Source,
    SourceApplication,
    SourceBuild,
    SourceEnvironment,
    SourceFile,
    SourceService,
    Target,
    TargetApplication,
    TargetBuild,
    TargetEnvironment,
    TargetFile,
    TargetService,
)
from gettone.client.importing_plan import EnvironmentPlan, explain_clash, plan_import
from gettone.model.builds import Dependency
from gettone.model.functions import Visibility
from gettone.model.variables import Variables

HELLO = Place(FileKind.FUNCTION, "/hello", Visibility.PUBLIC)
VOICE = Place(FileKind.FUNCTION, "/voice", Visibility.PROTECTED)
NOTE = Place(FileKind.ASSET, "/note.txt", Visibility.PRIVATE)
LODASH = Dependency("lodash", "4.17.21")
BUILD = SourceBuild(
    "ZB" + "1" * 32,
    (
        SourceFile(HELLO, "1" * 64, "hello.js", "application/javascript"),
        SourceFile(VOICE, "2" * 64, "voice.js", "application/javascript"),
    ),
    (LODASH,),
)
DEV = SourceEnvironment("dev-environment", "dev", "api-1-dev.twil.io", Variables({"A": "1", "B": "2"}), BUILD)
API = SourceService("api", "Api", True, (DEV,))
SOURCE = Source("AC" + "0" * 32, (API,))
EMPTY = Target("AC" + "1" * 32)

LIVE = TargetBuild(
    "ZB" + "a" * 32,
    (TargetFile(HELLO, "ZN" + "1" * 32, "1" * 64), TargetFile(VOICE, "ZN" + "2" * 32, "2" * 64)),
    (LODASH,),
)
THERE_DEV = TargetEnvironment("ZE1", "dev-environment", "dev", "api-7-dev", Variables({"A": "1", "B": "2"}), LIVE.sid)
THERE = TargetService(
    "ZS1", "api", (THERE_DEV,), {"/hello": "ZH1", "/voice": "ZH2"}, {}, files=LIVE.files, builds=(LIVE,)
)


def having(service: TargetService) -> Target:
    """A target with one service."""
    return replace(EMPTY, services=(service,))


def with_build(build: SourceBuild | None) -> Source:
    """The source, with another build."""
    return replace(SOURCE, services=(replace(API, environments=(replace(DEV, build=build),)),))


def plan_of(source: Source, target: Target, *, overrides: bool = False) -> EnvironmentPlan:
    """What happens to the one environment."""
    plan = plan_import(source, target, overrides=overrides)
    [service] = plan.services
    [environment] = service.environments
    return environment


def test_everything_is_made_in_a_fresh_target() -> None:
    """Service, environment, variables, every version, the build."""
    plan = plan_import(SOURCE, EMPTY)
    [service] = plan.services
    [environment] = service.environments

    assert not plan.is_done
    assert (service.sid, environment.sid, environment.added) == (None, None, ("A", "B"))
    assert environment.build is not None
    assert [each.sid for each in environment.build.files] == [None, None]
    assert (environment.build.sid, environment.build.replaces) == (None, False)


def test_nothing_is_left_to_do_where_all_is_there() -> None:
    """A second import changes nothing."""
    plan = plan_import(SOURCE, having(THERE))

    assert plan.is_done
    assert plan.clashing == ()


def test_broken_off_between_uploads_and_build_goes_on() -> None:
    """Versions that were uploaded are used; the other is uploaded."""
    environment = replace(THERE_DEV, variables=Variables({"A": "1"}), build_sid=None)
    service = replace(THERE, environments=(environment,), functions={"/hello": "ZH1"}, files=LIVE.files[:1], builds=())

    plan = plan_of(SOURCE, having(service))

    assert plan.added == ("B",)
    assert plan.build is not None
    assert [each.sid for each in plan.build.files] == [LIVE.files[0].sid, None]


def test_broken_off_before_deployment_uses_the_build() -> None:
    """A completed build of the same versions and packages goes live as it is."""
    service = replace(THERE, environments=(replace(THERE_DEV, build_sid=None),))

    plan = plan_of(SOURCE, having(service))

    assert plan.build is not None
    assert (plan.build.sid, plan.build.replaces) == (LIVE.sid, False)


def test_variables_of_another_value_stay_unless_overridden() -> None:
    """Who set a new API_KEY after an import keeps it."""
    service = replace(THERE, environments=(replace(THERE_DEV, variables=Variables({"A": "new", "B": "2"})),))

    kept = plan_of(SOURCE, having(service))
    changed = plan_of(SOURCE, having(service), overrides=True)

    assert (kept.is_done, kept.kept, kept.changed) == (True, ("A",), ())
    assert (changed.is_done, changed.kept, changed.changed) == (False, (), ("A",))


@pytest.mark.parametrize(
    "live",
    [
        pytest.param(replace(LIVE, files=(replace(LIVE.files[0], digest="9" * 64), LIVE.files[1])), id="other content"),
        pytest.param(replace(LIVE, dependencies=()), id="other packages"),
    ],
)
def test_another_live_build_stays_unless_overridden(live: TargetBuild) -> None:
    """What was deployed since is not taken back by a second import."""
    service = replace(THERE, builds=(live,))

    kept = plan_of(SOURCE, having(service))
    replaced = plan_of(SOURCE, having(service), overrides=True)

    assert (kept.is_done, kept.keeps_build) == (True, True)
    assert replaced.build is not None
    assert replaced.build.replaces


def test_missing_content_is_left_out_and_told() -> None:
    """The rest goes live without it."""
    private = SourceFile(NOTE, None, "note.txt", "")

    plan = plan_of(with_build(replace(BUILD, files=(*BUILD.files, private))), EMPTY)

    assert plan.missing == (private,)
    assert plan.build is not None
    assert NOTE not in {each.file.place for each in plan.build.files}


def test_content_found_later_is_added() -> None:
    """What an earlier import left out joins a live build that is otherwise the source's, without overriding."""
    private = SourceFile(NOTE, "3" * 64, "note.txt", "")

    plan = plan_of(with_build(replace(BUILD, files=(*BUILD.files, private))), having(THERE))

    assert plan.build is not None
    assert [each.sid for each in plan.build.files] == ["ZN" + "1" * 32, "ZN" + "2" * 32, None]


def test_content_that_the_target_has_is_not_missing() -> None:
    """An import without --assets leaves alone what an earlier one brought with it."""
    build = replace(BUILD, files=(*BUILD.files, SourceFile(NOTE, None, "note.txt", "")))
    live = replace(LIVE, files=(*LIVE.files, TargetFile(NOTE, "ZN" + "3" * 32, "3" * 64)))
    service = replace(THERE, assets={"/note.txt": "ZH3"}, files=live.files, builds=(live,))

    plan = plan_of(with_build(build), having(service))

    assert (plan.is_done, plan.missing) == (True, ())


def test_nothing_is_deployed_where_all_content_is_missing() -> None:
    """A build of nothing would be refused."""
    plan = plan_of(with_build(SourceBuild("ZB", (SourceFile(NOTE, None, "note.txt", ""),))), EMPTY)

    assert plan.build is None
    assert len(plan.missing) == 1


@pytest.mark.parametrize(
    ("service", "clash"),
    [
        pytest.param(
            replace(THERE, environments=(THERE_DEV, replace(THERE_DEV, unique_name="prod", domain_suffix=None))),
            "environment prod",
            id="environment",
        ),
        pytest.param(replace(THERE, functions={"/other": "ZH9"}), "function /other", id="function"),
        pytest.param(replace(THERE, assets={"/logo.png": "ZH9"}), "asset /logo.png", id="asset"),
    ],
)
def test_name_taken_by_something_else_clashes(service: TargetService, clash: str) -> None:
    """What no import of this service made: the sentence names it, and what to type. Overriding takes it over."""
    plan = plan_import(SOURCE, having(service))
    [clashing] = plan.clashing

    assert clashing.clashes == (clash,)
    assert clash in explain_clash(clashing)
    assert "--override-existing-project" in explain_clash(clashing)
    assert plan_import(SOURCE, having(service), overrides=True).clashing == ()


def test_part_of_a_service_does_not_clash() -> None:
    """What an import made before it broke off."""
    service = TargetService("ZS1", "api", (), {"/hello": "ZH1"})

    assert plan_import(SOURCE, having(service)).clashing == ()


def test_applications_are_made_once() -> None:
    """One of the same name is there already, whatever its addresses became; names need not be unique."""
    wanted = tuple(
        SourceApplication(f"AP{number}", name, {"VoiceUrl": f"https://x/{number}"})
        for number, name in enumerate(("phone", "phone", "desk"))
    )
    there = (
        TargetApplication("AP9", "phone", {"VoiceUrl": "https://new/"}),
        TargetApplication("AP8", "phone", wanted[0].fields),
    )
    target = replace(EMPTY, applications=there)

    plan = plan_import(replace(SOURCE, services=(), applications=wanted), target)

    assert [(each.sid, each.is_equal) for each in plan.applications] == [("AP8", True), ("AP9", False), (None, False)]
