"""Whether functions that were uploaded compile, and where an environment is reached, as a Gettone tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gettone.client.connection import Connection
from gettone.client.services import own_service_path


@dataclass(frozen=True, slots=True)
class RemoteProblem:
    """What is wrong with code, and where. Lines and columns count from 1; `text` is the line."""

    message: str
    file: str | None
    line: int | None
    column: int | None
    text: str | None
    hint: str | None

    def __str__(self) -> str:
        place = ":".join(str(each) for each in (self.file, self.line, self.column) if each is not None)
        lines = [f"{place}: {self.message}" if place else self.message]
        if self.text is not None:
            shown = self.text.rstrip().replace("\t", " ")
            lines.append(f"    {shown}")
            if self.column is not None and self.column <= len(shown) + 1:
                lines.append(" " * (3 + self.column) + "^")
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)


def check_functions(connection: Connection, service: str, versions: Sequence[str]) -> tuple[RemoteProblem, ...]:
    """What of these versions does not compile."""
    told = connection.post_json(own_service_path(service, "checks"), {"function_versions": list(versions)})
    return tuple(
        RemoteProblem(
            message=each.text("message"),
            file=each.find_text("file"),
            line=_whole(each.find_number("line")),
            column=_whole(each.find_number("column")),
            text=each.find_text("text"),
            hint=each.find_text("hint"),
        )
        for each in told.records("problems")
    )


def base_url(connection: Connection, service: str, environment_sid: str) -> str:
    """Where an environment is reached; paths follow."""
    return connection.get_json(own_service_path(service, "environments", environment_sid)).text("base_url")


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
