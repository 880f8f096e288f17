"""What the tests of this folder share with those of the official clients."""

from tests.journeys.official_clients.conftest import npm_clients

__all__ = ["npm_clients"]
