"""Run a function in a test, as the platform would, without a server: `from gettone.testing import call`.

docs/testing.md tells how. Must not need more than the standard library until a function is called.
"""

from gettone.testing.answer import Answer, Error, Log
from gettone.testing.calling import call

__all__ = ["Answer", "Error", "Log", "call"]
