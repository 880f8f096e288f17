"""What the gateway's program makes of its orders."""

from __future__ import annotations

import pytest

from gettone.assembly.addresses import public_port


@pytest.mark.parametrize(
    ("public_url", "port"),
    [
        (None, 8000),
        ("https://functions.example.com", 443),
        ("http://functions.example.com/", 80),
        ("https://functions.example.com:8443", 8443),
    ],
)
def test_functions_are_told_the_port_that_callers_use(public_url: str | None, port: int) -> None:
    """Not the one that the gateway listens on behind a proxy."""
    assert public_port(public_url, 8000) == port
