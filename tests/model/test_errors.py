"""What a refusal carries."""

import pytest

from gettone.model.errors import CODES, PlatformError


def test_error_shows_its_message() -> None:
    """The text of the exception is what users read, without codes or evidence."""
    error = PlatformError("not_found", "there is no folder x: make it", folder="x")

    assert str(error) == "there is no folder x: make it"
    assert error.code == "not_found"


def test_error_keeps_its_evidence_unchanged() -> None:
    """Evidence can be read by name and not be altered on its way."""
    error = PlatformError("too_large", "too large", file="a.js", size_bytes=3)

    assert dict(error.evidence) == {"file": "a.js", "size_bytes": 3}
    with pytest.raises(TypeError):
        error.evidence["file"] = "b.js"  # type: ignore[index]


def test_repr_tells_code_message_and_evidence() -> None:
    """A log line of the repr is enough to find the cause."""
    error = PlatformError("conflict", "two files", path="/a")

    assert repr(error) == "PlatformError('conflict', 'two files', path='/a')"


def test_codes_are_the_seven() -> None:
    """Statuses are mapped from exactly these codes."""
    assert {"invalid", "denied", "not_found", "conflict", "too_large", "unavailable", "internal"} == CODES
