"""What the usual stack does with the whole register: reports, exports, taking over rows; as tutorials do it."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from bench.peer.models import Agreement, Area, Participant, Party, Task, Unit

_STUCK, _RECENT = timedelta(days=90), timedelta(days=30)
HEADS = (
    "reference",
    "title_en",
    "title_ru",
    "kind",
    "stage",
    "since",
    "areas",
    "participants",
    "lead_unit",
    "officer",
    "level",
    "valid_from",
    "valid_until",
    "changed_at",
)


class TakenParticipantSerializer(serializers.Serializer):
    """A party that takes part in an agreement to be."""

    party = serializers.SlugRelatedField("code", queryset=Party.objects.all())
    role = serializers.CharField(max_length=12)


class TakenSerializer(serializers.ModelSerializer):
    """An agreement that is taken over, as it stands."""

    stage = serializers.CharField()
    areas = serializers.SlugRelatedField("code", queryset=Area.objects.all(), many=True)
    lead_unit = serializers.SlugRelatedField("code", queryset=Unit.objects.all())
    participants = TakenParticipantSerializer(many=True)

    class Meta:
        model = Agreement
        fields = (
            *("reference", "title_en", "title_ru", "kind", "procedure", "stage", "since_earliest", "since_latest"),
            *("level", "areas", "lead_unit", "participants"),
        )

    def create(self, validated: dict[str, Any]) -> Agreement:
        """Create the agreement with what belongs to it."""
        participants, areas = validated.pop("participants"), validated.pop("areas")
        agreement = Agreement.objects.create(**validated)
        agreement.areas.set(areas)
        for participant in participants:
            Participant.objects.create(agreement=agreement, **participant)
        return agreement


class WholeMixin:
    """Actions of the view set on all agreements."""

    @action(detail=False)
    def as_of(self, request: Request) -> HttpResponse:
        """Return where each agreement stood on a day."""
        day = datetime.combine(date.fromisoformat(request.query_params["day"]), time.max, UTC)
        response = HttpResponse(content_type="text/csv")
        writer = csv.writer(response)
        writer.writerow(["reference", "stage", "since"])
        for agreement in Agreement.history.as_of(day):
            writer.writerow([agreement.reference, agreement.stage, agreement.since_earliest])
        return response

    @action(detail=False)
    def numbers(self, request: Request) -> Response:
        """Return how many agreements stand where, and what needs a push."""
        today = date.fromisoformat(request.query_params["day"])
        everything = Agreement.objects.order_by()
        return Response(
            {
                "total": everything.count(),
                **{
                    name: {row[name]: row["n"] for row in everything.values(name).annotate(n=Count("id"))}
                    for name in ("stage", "kind", "areas__code", "lead_unit__code")
                },
                "overdue": Task.objects.filter(status="open", due__lt=today).count(),
                "stuck": everything.filter(
                    stage__in=["negotiating", "initialled", "signing", "signed", "ratifying"],
                    since_latest__lt=today - _STUCK,
                ).count(),
                "changed": Agreement.history.filter(history_date__gte=_noon(today - _RECENT))
                .values("id")
                .distinct()
                .count(),
            }
        )

    @action(detail=False)
    def export(self, request: Request) -> HttpResponse:
        """Return all agreements as CSV."""
        response = HttpResponse(content_type="text/csv")
        writer = csv.writer(response)
        writer.writerow(HEADS)
        for row in self._rows():
            writer.writerow(row)
        return response

    @action(detail=False)
    def workbook(self, request: Request) -> HttpResponse:
        """Return all agreements as XLSX."""
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(HEADS)
        for row in self._rows():
            book.active.append([value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row])
        content = io.BytesIO()
        book.save(content)
        return HttpResponse(content.getvalue(), content_type="application/vnd.ms-excel")

    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Take agreements over, all or none."""
        with transaction.atomic():
            for item in request.data["items"]:
                asked = TakenSerializer(data=item)
                asked.is_valid(raise_exception=True)
                asked.save()
        return Response({"done": len(request.data["items"])})

    def _rows(self) -> Any:
        for agreement in self.filter_queryset(self.get_queryset()):  # type: ignore[attr-defined]
            yield [
                agreement.reference,
                agreement.title_en,
                agreement.title_ru,
                agreement.kind,
                agreement.stage,
                agreement.since_earliest,
                ", ".join(area.code for area in agreement.areas.all()),
                ", ".join(participant.party.code for participant in agreement.participants.all()),
                agreement.lead_unit.code,
                agreement.officer.username if agreement.officer else "",
                agreement.level,
                agreement.valid_from,
                agreement.valid_until,
                agreement.changed_at,
            ]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
