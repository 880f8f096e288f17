"""What the gateway counts, for Prometheus. Counting is cheap: names and labels are put on when somebody asks.

Labels are bounded: beyond SERVICES_MAX services what is counted goes under `other`. Must not know HTTP messages.

State: `_answers` by service and status class, `_buckets` of seconds by service. On the event loop.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from gettone.gateway.records import Answered
from gettone.gateway.standing import Standing
from gettone.workers.census import Census

CONTENT_TYPE = b"text/plain; version=1.0.0; charset=utf-8; escaping=underscores"
SERVICES_MAX = 100  # a service takes 0.15 ms of every answer to Prometheus
OTHER = "other"
NONE = ""  # the service of a request that found none
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Service:
    """Counts of one service. `outcomes` has a place for each status class and platform status."""

    __slots__ = ("buckets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.buckets = [0] * (len(SECONDS) + 1)
        self.seconds = 0.0


class Metrics:
    """Counts answers; asks the rest when it is asked itself. The callables are set once there is what they tell of."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.census: Callable[[], Census] = Census
        self.standing: Callable[[], Standing] = Standing
        self.dropped_lines: Callable[[], int] = lambda: 0
        self.uncounted: Callable[[], int] = lambda: 0
        self._clock = clock
        self._services: dict[str, _Service] = {}
        # A registry of its own: libraries may fill the global one.
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def answered(self, record: Answered) -> None:
        """Count an answer."""
        name = NONE if record.deployment is None else record.deployment.service_sid
        service = self._services.get(name)
        if service is None:
            if len(self._services) >= SERVICES_MAX:
                name = OTHER
            service = self._services.setdefault(name, _Service())
        status = record.status
        service.statuses[status] = service.statuses.get(status, 0) + 1
        service.buckets[bisect_left(SECONDS, record.seconds)] += 1
        service.seconds += record.seconds

    def text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Everything, as prometheus_client reads it."""
        yield from self._answers()
        yield from self._workers()
        standing = self.standing()
        yield _gauge("gettone_snapshot_revision", "The published revision that is served.", standing.revision)
        yield _gauge("gettone_snapshot_newest", "The newest revision that control announced.", standing.newest)
        age = 0.0 if standing.since is None else (self._clock() - standing.since).total_seconds()
        yield _gauge("gettone_snapshot_age_seconds", "How long this revision has been served.", age)
        yield _gauge("gettone_snapshot_problems", "Owners whose newest state could not be loaded.", standing.problems)
        yield _gauge("gettone_control_connected", "Whether control can be heard.", int(standing.is_connected))
        dropped = CounterMetricFamily("gettone_log_lines_dropped", "Log lines that there was no room for.")
        dropped.add_metric([], self.dropped_lines())
        yield dropped
        uncounted = CounterMetricFamily("gettone_requests_uncounted", "Answers of functions that are in no figure.")
        uncounted.add_metric([], self.uncounted())
        yield uncounted

    def _answers(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "gettone_requests", "Answers by service and class of status.", labels=["service", "status"]
        )
        outcomes = CounterMetricFamily(
            "gettone_outcomes", "What became of requests, by service.", labels=["service", "outcome"]
        )
        seconds = HistogramMetricFamily(
            "gettone_request_seconds", "Time from a request's head to its answer.", labels=["service"]
        )
        for name, service in self._services.items():
            for label, count in _summed(service.statuses, lambda status: f"{status // 100}xx"):
                requests.add_metric([name, label], count)
            for label, count in _summed(service.statuses, _outcome) if name != NONE else ():
                outcomes.add_metric([name, label], count)
            bounds = [*map(str, SECONDS), "+Inf"]
            buckets = list(zip(bounds, map(float, accumulate(service.buckets)), strict=True))
            seconds.add_metric([name], buckets, service.seconds)
        yield requests
        yield outcomes
        yield seconds

    def _workers(self) -> Iterator[Metric]:
        census = self.census()
        workers = GaugeMetricFamily("gettone_workers", "Workers that serve a deployment.", labels=["language"])
        spares = GaugeMetricFamily("gettone_spares", "Workers that wait for a deployment.", labels=["language"])
        for language, count in census.workers.items():
            workers.add_metric([language], count)
        for language, count in census.spares.items():
            spares.add_metric([language], count)
        yield workers
        yield spares
        yield _gauge("gettone_invocations_running", "Invocations without an outcome.", census.calls)
        yield _gauge("gettone_invocations_waiting", "Invocations that wait for a worker.", census.waiting)


def _outcome(status: int) -> str:
    """What a status says of the invocation (gateway/responses.py)."""
    names = {429: "refused", 502: "crashed", 504: "timed_out", 403: "unsigned", 404: "not_found"}
    return names.get(status, "failed" if status >= 500 else "answered")


def _summed(counts: dict[int, int], label_of: Callable[[int], str]) -> Iterable[tuple[str, int]]:
    sums: dict[str, int] = {}
    for status, count in counts.items():
        label = label_of(status)
        sums[label] = sums.get(label, 0) + count
    return sorted(sums.items())


def _gauge(name: str, words: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(name, words)
    gauge.add_metric([], value)
    return gauge
