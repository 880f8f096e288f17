"""What comes with the installation needs no registry."""

from __future__ import annotations

import json
from pathlib import Path

from gettone.control.pinned import pinned_packages


def test_the_guests_packages_are_named_with_the_versions_that_are_there(repository: Path) -> None:
    """As the JavaScript guest's package.json pins them."""
    package = json.loads((repository / "src/gettone/guests/javascript/package.json").read_text())

    assert pinned_packages() == package["dependencies"]
