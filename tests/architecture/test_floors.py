"""Imports point down only; the checker itself is tried on small trees that it has to refuse."""

from pathlib import Path

import pytest

from tests.architecture.floors import faults, read

ALLOWED = {
    "down": {"cli/main.py": "from gettone import assembly\n", "assembly/a.py": "import gettone.gateway.app\n"},
    "the root's place": {"assembly/a.py": "import gettone\n"},
    "inside a room": {"store/sqlite.py": "from gettone.store import interface\n", "store/interface.py": ""},
    "other people's packages": {"gateway/app.py": "import uvicorn\n"},
    "tokens from handlers": {"handlers/context.py": "from gettone.tokens import AccessToken\n"},
    "the standard library": {"tokens/token.py": "import hmac\nfrom collections.abc import Mapping\n"},
    "a neighbour by a relative name": {"tokens/token.py": "from .keys import Key\n", "tokens/keys.py": ""},
    "twilio when first used": {"handlers/client.py": "def client():\n    import twilio.rest\n"},
    "the guest's neighbours": {"guests/python/guest.py": "import loader\n", "guests/python/loader.py": ""},
    "the guest's rooms": {"guests/python/guest.py": "from gettone.handlers import Response\n"},
    "the lazy root": {"__init__.py": "def load():\n    import_module('gettone.tokens')\n"},
    "a late Node guest": {"testing.py": "def node():\n    from gettone.workers import pool\n", "workers/pool.py": ""},
}
FORBIDDEN = {
    "up": ({"model/ids.py": "import gettone.store.sqlite\n"}, "imports point down only"),
    "sideways": ({"wire/frames.py": "from gettone.model.errors import Error\n"}, "imports point down only"),
    "late": ({"routes/table.py": "def f():\n    import gettone.control\n"}, "imports point down only"),
    "for types alone": ({"routes/table.py": "if TYPE_CHECKING:\n    import gettone.api\n"}, "imports point down only"),
    "by name at run time": ({"model/ids.py": "import_module('gettone.store')\n"}, "imports point down only"),
    "as a member of the root": ({"model/ids.py": "from gettone import store\n", "store/a.py": ""}, "point down only"),
    "a name of the lazy root": ({"model/ids.py": "from gettone import AccessToken\n"}, "AccessToken is on no floor"),
    "a room without a floor": ({"attic/box.py": "import gettone.model\n"}, "attic is on no floor"),
    "a guest": ({"workers/pool.py": "import gettone.guests.python.guest\n"}, "guests are data"),
    "up, by a relative name": (
        {"model/ids.py": "from ..store import sqlite\n"},
        "imports gettone.store: imports point down",
    ),
    "twilio at once, in a leaf": ({"handlers/client.py": "import twilio.rest\n"}, "only the standard library"),
    "more than the standard library": ({"tokens/token.py": "import jwt\n"}, "only the standard library"),
    "another room, in a leaf": ({"tokens/token.py": "from gettone.handlers import Event\n"}, "stands alone"),
    "the host, in a guest": ({"guests/python/guest.py": "import gettone.wire.frames\n"}, "stands alone"),
    "a package, in a guest": ({"guests/python/guest.py": "import typer\n"}, "only the standard library"),
    "its own room, in the nursery": ({"sandbox/nursery.py": "import gettone.sandbox.launch\n"}, "stands alone"),
    "a room, in the root": ({"__init__.py": "import gettone.store\n"}, "stands alone"),
    "a heavy room at once, in the test kit": ({"testing.py": "import gettone.workers\n"}, "starts light"),
    "the gateway, in the test kit": ({"testing.py": "def f():\n    import gettone.gateway\n"}, "below the gateway"),
    "the store from the gateway": ({"gateway/app.py": "import gettone.store.sqlite\n"}, "must not reach"),
    "the store from the gateway, over a third": (
        {"gateway/app.py": "import gettone.workers.pool\n", "workers/pool.py": "import gettone.store\n"},
        "gettone.gateway.app > gettone.workers.pool > gettone.store: gettone.gateway must not reach gettone.store",
    ),
}


def plant(folder: Path, files: dict[str, str]) -> Path:
    """Write a small tree and return its package folder."""
    package = folder / "gettone"
    for name, content in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return package


def test_every_import_points_down(repository: Path) -> None:
    """No module of ours imports from its own floor's neighbours or from above."""
    imports = read(repository / "src" / "gettone")

    assert len(imports) > 20
    assert faults(imports) == []


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed_import_is_no_fault(name: str, tmp_path: Path) -> None:
    """The checker lets pass what the floors allow."""
    found = read(plant(tmp_path, ALLOWED[name]))

    assert found
    assert faults(found) == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden_import_is_a_fault(name: str, tmp_path: Path) -> None:
    """The checker names the module, the line and the reason."""
    files, reason = FORBIDDEN[name]

    found = faults(read(plant(tmp_path, files)))

    assert any(reason in fault for fault in found), found


def test_package_folder_of_the_guest_is_left_out(tmp_path: Path) -> None:
    """Python files inside node_modules are nobody's modules."""
    package = plant(tmp_path, {"guests/javascript/node_modules/x/gyp.py": "import gettone.store\n"})

    assert read(package) == []
