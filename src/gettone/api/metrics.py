"""How many requests came, how they ended and how long they took, for Prometheus. Must not know what they were about."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# From what a read takes on SQLite to what a large upload takes on a slow line.
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Meter:
    """Counts requests by operation. `current` is how many are being answered now."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.current = 0
        self._requests = Counter(
            "gettone_api_requests", "Requests to the control plane", ["operation", "status"], registry=registry
        )
        self._seconds = Histogram(
            "gettone_api_request_seconds",
            "Time to answer a request",
            ["operation"],
            registry=registry,
            buckets=_SECONDS,
        )
        Gauge("gettone_api_requests_current", "Requests being answered", registry=registry).set_function(
            lambda: self.current
        )

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Count one request. `operation` is a name out of the code, never a path: those are without end."""
        self._requests.labels(operation, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)
