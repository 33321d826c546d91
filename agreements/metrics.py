"""The figures for a monitoring system, in the form of Prometheus: some counted as they happen, the rest when asked.

What processes count themselves they share through PROMETHEUS_MULTIPROC_DIR, where several serve (`tracker.serving` sets
it). No label names a person, an agreement or an address: a request is counted under the name of its route.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from agreements import clock, journal
from agreements.choices import DeliveryState, RunState
from agreements.models import Delivery, EventHead, EventPosition, ReportRun, Routine

#: How long requests take, in seconds; what is slower than the last bound is slower than anybody waits.
_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("pacta_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("pacta_request_seconds", "Seconds from a request to its answer", ["route"], buckets=_BOUNDS)
READS = Counter("pacta_reads", "Requests that only read, by where they read records", ["source"])
ENTRIES = Counter("pacta_entries", "Entries of the journal that this process recorded", ["kind"])


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    REQUESTS.labels(method if method.isupper() and len(method) < 8 else "other", route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def count_recorded(kinds: dict[str, int], **_kwargs: Any) -> None:
    """Count entries that were committed; connected to `journal.recorded`."""
    for kind, number in kinds.items():
        ENTRIES.labels(kind).inc(number)


def watch() -> None:
    """Count from now on what the journal records."""
    journal.recorded.connect(count_recorded, dispatch_uid="metrics")


def page() -> bytes:
    """Return everything, as Prometheus reads it; nine queries."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(_Of(REGISTRY))
    registry.register(_Kept())
    return generate_latest(registry)


class _Of(Collector):
    """What another registry has."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        yield from self._registry.collect()


class _Kept(Collector):
    """What the database says at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        yield CounterMetricFamily(
            "pacta_journal_position", "Events that have their position among all events", value=_position()
        )
        waiting = EventPosition.objects.filter(position=None).count()
        yield GaugeMetricFamily("pacta_journal_unplaced", "Entries that wait for their position", value=waiting)
        yield _by("pacta_queue", "Work of the queue by state", "state", _counts(DBTaskResult, "status", _QUEUE))
        oldest = DBTaskResult.objects.filter(status="READY").aggregate(at=Min("enqueued_at"))["at"]
        yield GaugeMetricFamily("pacta_queue_oldest_seconds", "Age of what waits longest", value=_age(now, oldest))
        runs, sent = _counts(ReportRun, "state", RunState.values), _counts(Delivery, "state", DeliveryState.values)
        yield _by("pacta_report_runs", "Reports in the background by state", "state", runs)
        yield _by("pacta_deliveries", "Deliveries to webhooks by state", "state", sent)
        yield from _routines()


_QUEUE = ("READY", "RUNNING", "FAILED", "SUCCESSFUL")


def _position() -> int:
    return EventHead.objects.values_list("last", flat=True).first() or 0


def _counts(model: Any, column: str, known: Any) -> dict[str, int]:
    found = dict(model.objects.order_by().values_list(column).annotate(number=Count("pk")))
    return {value: found.get(value, 0) for value in known}


def _by(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, number in values.items():
        family.add_metric([value.lower()], number)
    return family


def _age(now: datetime, moment: datetime | None) -> float:
    return (now - moment).total_seconds() if moment else 0


def _routines() -> Iterator[Metric]:
    well = GaugeMetricFamily("pacta_routine_ended_timestamp_seconds", "When it last ended well", labels=["routine"])
    badly = GaugeMetricFamily("pacta_routine_failed_timestamp_seconds", "When it last failed", labels=["routine"])
    took = GaugeMetricFamily("pacta_routine_seconds", "Seconds it took last", labels=["routine"])
    for routine in Routine.objects.all():
        for family, moment in ((well, routine.ended_at), (badly, routine.failed_at)):
            if moment:
                family.add_metric([routine.name], moment.timestamp())
        took.add_metric([routine.name], routine.seconds)
    yield from (well, badly, took)
