"""The master key's file: made at the first start, and never again behind anybody's back. Decides nothing else."""

from __future__ import annotations

import os

from gettone.assembly.places import database_file
from gettone.control.master_key import make_master_key, read_master_key
from gettone.control.vault import GatewayKeys, Vault
from gettone.model.errors import PlatformError
from gettone.settings import Settings


def open_gateway_keys(settings: Settings) -> GatewayKeys:
    """What the gateway is given, of the master key; made where there is neither key nor database.

    Raises PlatformError: the key is gone, is no key, or others may read it.
    """
    file = settings.key_file
    if not file.exists():
        if database_file(settings.data).exists():
            raise PlatformError(
                "invalid",
                f"{file} is gone, and {database_file(settings.data)} cannot be read without it:"
                " put the key back from your backup, or name its file in GETTONE_MASTER_KEY_FILE",
            )
        make_master_key(file, os.urandom)
    return open_vault(settings).gateway_keys()


def open_vault(settings: Settings) -> Vault:
    """The vault of this installation. Raises PlatformError."""
    return Vault(read_master_key(settings.key_file))
