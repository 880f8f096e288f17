"""The fixtures of the Node guest's tests: guests, and guests that serve a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.guests.javascript.guests import ACCOUNT, LOG_BYTES, PINNED, RESPONSE_BYTES, Guest, Serve, Served, Spares


@pytest.fixture(scope="session")
def spares() -> Iterator[Spares]:
    """Guests started ahead."""
    spares = Spares()
    yield spares
    spares.close()


@pytest.fixture
def guest(spares: Spares) -> Iterator[Guest]:
    """A guest that has said hello and nothing else."""
    guest = spares.take()
    yield guest
    guest.close()


@pytest.fixture
def serve(guest: Guest, tmp_path: Path) -> Serve:
    """Load a project into the test's guest."""

    def load(
        files: Mapping[str, str],
        variables: Mapping[str, str] = ACCOUNT,
        *,
        twilio: Path | None = PINNED,
        log_bytes: int = LOG_BYTES,
        response_bytes: int = RESPONSE_BYTES,
        concurrency: int = 1,
    ) -> Served:
        guest.load(
            tmp_path,
            files,
            variables,
            twilio=twilio,
            log_bytes=log_bytes,
            response_bytes=response_bytes,
            concurrency=concurrency,
        )
        return Served(guest, tmp_path)

    return load
