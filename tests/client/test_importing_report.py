"""What an import tells: steps, what stays, what is left to do."""

from __future__ import annotations

from dataclasses import replace

from gettone.client.importing import (
    FileKind,
    Place,
    Source,
    SourceApplication,
    SourceBuild,
    SourceEnvironment,
    SourceFile,
    SourceKey,
    SourceService,
    Target,
    TargetApplication,
    TargetBuild,
    TargetEnvironment,
    TargetFile,
    TargetService,
)
from gettone.client.importing_doing import Failure
from gettone.client.importing_plan import plan_import
from gettone.client.importing_report import list_kept, list_missing, list_steps, make_report
from gettone.model.functions import Visibility
from gettone.model.variables import Variables

HELLO = Place(FileKind.FUNCTION, "/hello", Visibility.PUBLIC)
NOTE = Place(FileKind.ASSET, "/note.txt", Visibility.PRIVATE)
OLD_DOMAIN, NEW_DOMAIN = "api-1-dev.twil.io", "api-7-dev.localhost"
BUILD = SourceBuild("ZB1", (SourceFile(HELLO, "1" * 64, "hello.js", "x/y"), SourceFile(NOTE, None, "note.txt", "")))
DEV = SourceEnvironment("dev-environment", "dev", OLD_DOMAIN, Variables({"A": "1"}), BUILD)
PHONE = SourceApplication("AP1", "phone", {"VoiceUrl": f"https://{OLD_DOMAIN}/voice"})
SOURCE = Source("AC" + "0" * 32, (SourceService("api", "Api", True, (DEV,)),), (PHONE,), (SourceKey("SK1", "phones"),))
EMPTY = Target("AC" + "1" * 32)
LIVE = TargetBuild("ZB2", (TargetFile(HELLO, "ZN1", "1" * 64),))
THERE = replace(
    EMPTY,
    services=(
        TargetService(
            "ZS1",
            "api",
            (TargetEnvironment("ZE1", "dev-environment", "dev", NEW_DOMAIN, Variables({"A": "1"}), "ZB2"),),
            {"/hello": "ZH1"},
            files=LIVE.files,
            builds=(LIVE,),
        ),
    ),
    applications=(TargetApplication("AP2", "phone", PHONE.fields),),
)


def test_steps_are_told_in_their_order() -> None:
    """With counts: what is uploaded is what is not there."""
    told = [(each.environment, each.what) for each in list_steps(plan_import(SOURCE, EMPTY))]

    assert told == [
        ("", "create the service"),
        ("dev-environment", "create the environment (suffix dev)"),
        ("dev-environment", "set A"),
        ("dev-environment", "deploy 1 function and 0 assets (1 upload and a build)"),
        ("", "create the TwiML application phone"),
    ]


def test_what_is_replaced_is_said() -> None:
    """Overriding takes something away that is live."""
    live = replace(LIVE, files=(TargetFile(HELLO, "ZN9", "9" * 64),))
    target = replace(THERE, services=(replace(THERE.services[0], files=live.files, builds=(live,)),))

    kept = [each.what for each in list_kept(plan_import(SOURCE, target))]
    steps = [each.what for each in list_steps(plan_import(SOURCE, target, overrides=True))]

    assert kept == ["what is live now, and is not what the source serves"]
    assert steps == ["deploy 1 function and 0 assets (1 upload and a build), in place of what is live now"]


def test_report_tells_what_is_left_for_a_person() -> None:
    """Missing files, secrets, addresses of applications, domains."""
    plan = plan_import(SOURCE, THERE)
    report = make_report(SOURCE, THERE, plan, ())
    [moved] = report.moved

    assert plan.is_done
    assert [each.what for each in list_missing(plan)] == ["asset /note.txt (private)"]
    assert (moved.old_domain_name, moved.domain_name, moved.build_sid) == (OLD_DOMAIN, NEW_DOMAIN, "ZB2")
    assert [step.partition(" ")[0] for step in report.next_steps] == ["Put", "Secrets", "TwiML", "Tell"]
    assert f"lead it to {NEW_DOMAIN}" in report.next_steps[2]
    assert "gettone apps update AP2" in report.next_steps[2]


def test_application_that_was_led_on_is_left_alone() -> None:
    """It asks the new domain already."""
    led = TargetApplication("AP2", "phone", {"VoiceUrl": f"https://{NEW_DOMAIN}/voice"})
    target = replace(THERE, applications=(led,))

    report = make_report(SOURCE, target, plan_import(SOURCE, target), ())

    assert not any(step.startswith("TwiML") for step in report.next_steps)
    assert [each.what for each in report.kept] == ["other fields of the TwiML application phone"]


def test_what_is_not_there_afterwards_is_a_failure() -> None:
    """Also where nobody saw why; a service that was refused is told once."""
    plan = plan_import(SOURCE, EMPTY)

    unseen = make_report(SOURCE, EMPTY, plan, ())
    seen = make_report(SOURCE, EMPTY, plan, (Failure("api", "no"),))

    assert [each.service for each in unseen.failures] == ["api"]
    assert seen.failures == (Failure("api", "no"),)
