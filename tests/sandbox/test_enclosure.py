"""Which sandbox stands on a machine, found by trying; what is said where none does."""

from __future__ import annotations

import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from gettone.sandbox.addresses import Target, is_open, read_target
from gettone.sandbox.enclosure import find_standing, python_paths
from gettone.sandbox.policy import Kind

pytestmark = pytest.mark.needs("bwrap")

# Within a user namespace, how many more may be made in it is its own affair (namespaces(7)).
WITHOUT_NAMESPACES = ["unshare", "--user", "--map-root-user", "sh", "-c"]
NO_MORE = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" -c "$1"'
ASK = """
from gettone.sandbox.enclosure import find_standing
from gettone.sandbox.errors import LaunchError
found = find_standing()
print(found.kind, found.detail)
try:
    find_standing("bubblewrap")
except LaunchError as error:
    print(error)
"""


def test_bubblewrap_stands_here() -> None:
    """It was tried, and not only found."""
    assert find_standing().kind is find_standing("bubblewrap").kind is Kind.BUBBLEWRAP


def test_what_is_switched_off_says_so() -> None:
    """Nothing is tried."""
    assert find_standing("off").kind is Kind.OFF
    assert "switched off" in find_standing("off").detail


def test_machine_without_user_namespaces_has_none() -> None:
    """The reason is told, and a kind that was asked for by name is refused."""
    said = subprocess.run(
        [*WITHOUT_NAMESPACES, NO_MORE, sys.executable, ASK], capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()

    assert said[0].startswith("off none: bubblewrap cannot make namespaces here: ")
    assert said[1].startswith("no sandbox of kind bubblewrap can be built: bubblewrap cannot make namespaces here: ")


def test_interpreter_of_an_environment_is_shown_with_what_it_was_made_from() -> None:
    """Its own folder, and that of its library."""
    shown = python_paths(Path(sys.executable))

    assert any(Path(sys.prefix).is_relative_to(each) for each in shown)
    assert any(Path(sys.base_prefix).is_relative_to(each) for each in shown)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("127.0.0.1:5432", Target("127.0.0.1", 5432)),
        ("[::1]:5432", Target("::1", 5432)),
        ("[::ffff:10.0.0.1]:80", Target("10.0.0.1", 80)),
    ],
)
def test_targets_are_read_as_they_are_meant(text: str, target: Target) -> None:
    """IPv4 in IPv6's clothes is IPv4."""
    assert read_target(text) == target


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.0.1", "198.18.0.1", "192.88.99.1", "::", "::1",
        "fe80::1", "fc00::1", "ff02::1",
        "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::",
        "2001:0:1::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_closed(address: str) -> None:
    """Also where they only stand for one."""
    assert not is_open(ip_address(address), 443, ())
    assert is_open(ip_address(address), 443, {read_target(f"[{address}]:443")})


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_open_unless_closed(address: str) -> None:
    """Such as the database's."""
    assert is_open(ip_address(address), 443, ())
    assert not is_open(ip_address(address), 443, (), {address})
