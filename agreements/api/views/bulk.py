"""The views of what is done to many agreements in one request: all or none of it, or each item by itself."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import lifecycle, participation, upkeep
from agreements.api import problems
from agreements.api.serializers.base import Writing
from agreements.api.serializers.bulk import (
    BulkActItem,
    BulkActs,
    BulkMode,
    BulkOpenings,
    BulkResultsSerializer,
    BulkStepItem,
    BulkSteps,
    envelope,
    known_to,
    valid,
)
from agreements.api.serializers.journal import details_of
from agreements.api.serializers.opening import AgreementOpening
from agreements.api.signing_in import outside
from agreements.api.views.participation import Participations
from agreements.choices import Origin
from agreements.guards import Refused
from agreements.models import Agreement

#: Of an item that would have been done, had it not been for another one.
_NOT_DONE = 424
_KINDS = (ValidationError, Refused, Http404, PermissionDenied)
#: What of an act is not a detail of its entry.
_APART = ("party", "act", "origin", "target")


class Results:
    """What becomes of each item."""

    def __init__(self, request: Request, count: int, *, whole: bool) -> None:
        self.request, self.whole = request, whole
        self.made: list[tuple[Agreement, UUID | None] | None] = [None] * count
        self.errors: dict[int, Exception] = {}

    def each(self, items: list[Any], judge: Callable[[int, Any], None]) -> None:
        """Judge every item that nothing stands against so far."""
        for index, item in enumerate(items):
            if index not in self.errors:
                try:
                    judge(index, item)
                except _KINDS as error:
                    self.errors[index] = error

    def answer(self) -> Response:
        """Return what became of each. Raises NotAll where all were to be done and one was not."""
        failed = self.whole and bool(self.errors)
        rows = [self._row(index, failed) for index in range(len(self.made))]
        if failed:
            raise problems.NotAll(rows)
        mode = BulkMode.ALL_OR_NONE if self.whole else BulkMode.PER_ITEM
        return Response({"mode": mode.value, "done": len(rows) - len(self.errors), "results": rows})

    def _row(self, index: int, failed: bool) -> dict[str, Any]:
        row = {"index": index, "status": 201, "agreement": None, "version": None, "entry": None, "problem": None}
        error, made = self.errors.get(index), self.made[index]
        if error is not None:
            kind = problems.kind_of(error) or problems.VALIDATION
            problem = problems.told(error, kind, self.request)
            for mistake in problem.get("errors", ()):
                mistake["pointer"] = f"/items/{index}{mistake['pointer']}"
            return row | {"status": kind.status, "problem": problem}
        if failed or made is None:
            return row | {"status": _NOT_DONE}
        agreement, entry = made
        return row | {"agreement": agreement.reference, "version": agreement.version, "entry": entry and str(entry)}


class ManyAgreements(Participations):
    """What is done to many agreements at once."""

    @extend_schema(request=BulkOpenings, responses=BulkResultsSerializer)
    @action(detail=False, methods=["post"], url_path="bulk", url_name="bulk", filter_backends=[], pagination_class=None)
    def bulk_create(self, request: Request) -> Response:
        """Open many records in one transaction."""
        whole, items = envelope(request.data, self.get_serializer_context())
        results = Results(request, len(items), whole=whole)
        opening = AgreementOpening(context=self.get_serializer_context())

        def open_one(index: int, item: Any) -> None:
            valid(opening, item)
            with transaction.atomic():
                made = opening.open(by=self.user)
                if self.user.areas_only and not self.get_queryset().filter(pk=made.pk).exists():
                    raise outside(self.user)
            results.made[index] = (made, None)

        with transaction.atomic(), upkeep.at_the_end():
            results.each(items, open_one)
            return results.answer()

    @extend_schema(request=BulkSteps, responses=BulkResultsSerializer)
    @action(
        detail=False, methods=["post"], url_path="transitions", url_name="steps", filter_backends=[],
        pagination_class=None,
    )  # fmt: skip
    def bulk_steps(self, request: Request) -> Response:
        """Take many steps in the order given, in one transaction and with the same number of queries for any number."""
        whole, items = envelope(request.data, self.get_serializer_context())
        results = Results(request, len(items), whole=whole)
        steps: dict[int, lifecycle.Step] = {}
        reading = self._reading(BulkStepItem, items, "agreement", "successor", "after")

        def read(index: int, item: Any) -> None:
            agreement, given = _about(reading, item)
            steps[index] = lifecycle.Step(
                agreement, given.pop("transition"), given.pop("on"), lifecycle.Details(**given)
            )

        results.each(items, read)
        outcomes = lifecycle.perform_each(
            list(steps.values()), by=self.user, whole=whole, only_weigh=whole and bool(results.errors)
        )
        for index, outcome in zip(steps, outcomes, strict=True):
            results.made[index] = (outcome.agreement, outcome.entry)
            if outcome.reasons:
                results.errors[index] = Refused(*outcome.reasons)
        return results.answer()

    @extend_schema(request=BulkActs, responses=BulkResultsSerializer)
    @action(
        detail=False, methods=["post"], url_path="actions", url_name="acts", filter_backends=[], pagination_class=None
    )
    def bulk_acts(self, request: Request) -> Response:
        """Record many acts of participants in one transaction; each agreement is read once."""
        whole, items = envelope(request.data, self.get_serializer_context())
        results = Results(request, len(items), whole=whole)
        acts: dict[int, tuple[Agreement, dict[str, Any]]] = {}
        reading = self._reading(BulkActItem, items, "agreement", "party", "target")

        def read(index: int, item: Any) -> None:
            acts[index] = _about(reading, item)

        results.each(items, read)
        with transaction.atomic(), upkeep.at_the_end():
            for group in _together(acts):
                self._record(results, {index: acts[index] for index in group})
            return results.answer()

    def _record(self, results: Results, acts: Mapping[int, tuple[Agreement, dict[str, Any]]]) -> None:
        """Record the acts of one agreement, each weighed after those before it."""
        agreement, first = next(iter(acts.values()))
        try:
            series = participation.Series(agreement, by=self.user, origin=first.get("origin", Origin.RECORDED))
        except Refused as refusal:
            results.errors |= dict.fromkeys(acts, refusal)
            return
        for index, (_agreement, given) in acts.items():
            details = details_of({name: value for name, value in given.items() if name not in _APART})
            target = given.get("target")
            try:
                key = series.take(given["party"], given["act"], target=str(target.pk) if target else "", **details)
            except Refused as refusal:
                results.errors[index] = refusal
            else:
                results.made[index] = (series.agreement, UUID(key))
        if not (results.whole and results.errors):
            series.finish()

    def _reading(self, item_class: type[Writing], items: list[Any], *named: str) -> Writing:
        """Return the serializer that reads all items, with what they name."""
        context = {**self.get_serializer_context(), "known": known_to(self.user, items, *named)}
        return item_class(context=context)


def _about(reading: Any, item: Any) -> tuple[Agreement, dict[str, Any]]:
    """Return the agreement of an item, and what else it says. Raises Http404, or ValidationError."""
    name = item.get("agreement") if isinstance(item, Mapping) else None
    agreement: Any = reading.context["known"]["agreement"].get(name) if isinstance(name, str) else None
    if isinstance(name, str) and agreement is None:
        raise Http404
    reading._context["agreement"] = agreement
    given = dict(valid(reading, item))
    del given["agreement"]
    return agreement, given


def _together(acts: Mapping[int, tuple[Agreement, Mapping[str, Any]]]) -> Iterator[list[int]]:
    """Yield the items of each agreement, and of each origin, together; in the order of keys, as all writers lock."""
    groups: dict[tuple[UUID, str], list[int]] = {}
    for index, (agreement, given) in acts.items():
        groups.setdefault((agreement.pk, given.get("origin", "")), []).append(index)
    yield from (groups[key] for key in sorted(groups))
