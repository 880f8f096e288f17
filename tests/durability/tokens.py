"""Asking the quickstart for tokens, while something else is amiss. Must not know what."""

from __future__ import annotations

from tests.start_server import StartServer

TOKENS = 20


def ask_for_tokens(server: StartServer) -> set[int]:
    """The statuses of some token requests."""
    headers = {"Content-Type": "application/json", "Host": f"{server.quickstart}.localhost"}
    answers = [server.ask("/create-room-token", "POST", '{"identity": "alice"}', headers) for _ in range(TOKENS)]
    return {answer.status for answer in answers}
