"""What browsers say that they are, in names that people know."""

import pytest

from gettone.control.devices import Device, device_of, kept_user_agent

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Device("Firefox", "Linux")),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36", Device("Chrome", "Windows")),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", Device("Edge", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Safari/605.1", Device("Safari", "macOS")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", Device("Safari", "iPhone")),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", Device("Chrome", "Android")),
        ("curl/8.5.0", Device("curl", None)),
        ("", Device(None, None)),
    ],
)
def test_device_has_two_names(user_agent: str, device: Device) -> None:
    """Browsers name each other: the one that it is counts."""
    assert device_of(user_agent) == device


def test_what_is_kept_is_short_and_plain() -> None:
    """Whatever a header brings."""
    assert kept_user_agent("a\x00b\x1b[31m\u202ec" + "x" * 1000) == "ab[31mc" + "x" * 290
