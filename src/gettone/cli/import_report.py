"""How an import is told: the steps before it, the report behind it. Data to stdout, talk to stderr."""

from __future__ import annotations

from collections.abc import Iterable

from gettone.cli.output import BOLD, Format, paint, printable, say, show_json, show_rows
from gettone.client.importing import Source
from gettone.client.importing_plan import ImportPlan
from gettone.client.importing_report import Line, Report, list_kept, list_missing, list_steps

_STEP_COLUMNS = ("service", "environment", "what")
_MOVED_COLUMNS = ("service", "environment", "domain_name", "old_domain_name", "build_sid")


def tell_steps(plan: ImportPlan) -> None:
    """Tell people what is going to happen."""
    _tell_lines("To be done:", list_steps(plan))


def show_plan(output: Format, source: Source, plan: ImportPlan, clashes: Iterable[str]) -> None:
    """Print what would happen, and tell what would stay and what is missing."""
    steps = [_row(each) for each in list_steps(plan)]
    refused = list(clashes)
    if output is Format.JSON:
        show_json(
            {
                "dry_run": True,
                "steps": steps,
                "kept": [_row(each) for each in list_kept(plan)],
                "missing": [_row(each) for each in list_missing(plan)],
                "keys": _keys(source),
                "remarks": list(source.remarks),
                "refused": refused,
            }
        )
        return
    show_rows(output, _STEP_COLUMNS, steps, empty="Nothing is to be done: everything is there already.")
    _tell_lines("Stays as it is there:", list_kept(plan))
    _tell_lines("Missing:", list_missing(plan))
    _tell("To know:", (*source.remarks, *refused))


def show_report(output: Format, source: Source, report: Report, *, changed: bool) -> None:
    """Print what is there now, and tell what is missing and what to do next."""
    moved = [
        {
            "service": each.service,
            "environment": each.environment,
            "sid": each.sid,
            "domain_name": each.domain_name,
            "old_domain_name": each.old_domain_name,
            "build_sid": each.build_sid,
        }
        for each in report.moved
    ]
    if output is Format.JSON:
        show_json(
            {
                "dry_run": False,
                "changed": changed,
                "environments": moved,
                "applications": [
                    {"friendly_name": application.friendly_name, "old_sid": application.sid, "sid": sid}
                    for application, sid in report.applications
                ],
                "keys": _keys(source),
                "kept": [_row(each) for each in report.kept],
                "missing": [_row(each) for each in report.missing],
                "old_values": [
                    {
                        "service": each.service,
                        "environment": each.environment,
                        "key": each.key,
                        "advice": each.advice,
                    }
                    for each in report.old_values
                ],
                "failures": [{"service": each.service, "message": each.message} for each in report.failures],
                "remarks": list(report.remarks),
                "next_steps": list(report.next_steps),
            }
        )
        return
    show_rows(output, _MOVED_COLUMNS, moved, empty="No environment is there.")
    _tell_lines("Stays as it was there:", report.kept)
    _tell_lines("Missing:", report.missing)
    _tell_lines(
        "Variables of the old account:",
        (Line(each.service, each.environment, f"{each.key} {each.advice}") for each in report.old_values),
    )
    _tell("To know:", report.remarks)
    _tell("Not imported:", (f"{each.service}: {each.message}" for each in report.failures))
    _tell("Next:", report.next_steps)


def _row(line: Line) -> dict[str, str]:
    return {"service": line.service, "environment": line.environment, "what": line.what}


def _keys(source: Source) -> list[dict[str, str]]:
    return [{"friendly_name": each.friendly_name, "old_sid": each.sid} for each in source.keys]


def _tell_lines(head: str, lines: Iterable[Line]) -> None:
    _tell(
        head,
        (
            f"{'/'.join(part for part in (each.service, each.environment) if part)}: {each.what}"
            if each.service
            else each.what
            for each in lines
        ),
    )


def _tell(head: str, lines: Iterable[str]) -> None:
    told = list(lines)
    if told:
        say(paint(BOLD, head))
    for line in told:
        say(f"  {printable(line)}")
