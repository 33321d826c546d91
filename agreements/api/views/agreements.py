"""The views of agreements: lists and records, steps, holds, the journal."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django_filters.utils import translate_validation  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import changes, clock, counts, kept, lifecycle, stood, tracking
from agreements.access import AnyReader, reader_of
from agreements.api import columns, retrospect, tabled
from agreements.api.listed import BY_WORDS, Listing, gather, gather_of, ties
from agreements.api.pagination import Cursor
from agreements.api.serializers.agreements import (
    AgreementDetailSerializer,
    AgreementSerializer,
    OptionsQuery,
    TransitionsSerializer,
)
from agreements.api.serializers.attention import FindingSerializer
from agreements.api.serializers.base import beginning_of
from agreements.api.serializers.counts import CountsSerializer
from agreements.api.serializers.documents import DocumentSerializer
from agreements.api.serializers.expanded import (
    EXPANDABLE,
    EXPANDABLE_IN_LISTS,
    MOST,
    MOST_IN_LISTS,
    AgreementListedSerializer,
    AgreementReadSerializer,
    LookSerializer,
)
from agreements.api.serializers.journal import (
    RECORDED,
    AdoptionInput,
    CorrectionSerializer,
    EventSerializer,
    HoldInput,
    LegalHoldInput,
    RedactionInput,
    ReleaseInput,
    StepInput,
    VoidInput,
    recorded,
    tell,
)
from agreements.api.serializers.opening import AgreementEdit, AgreementOpening
from agreements.api.serializers.participation import StandingQuery
from agreements.api.serializers.tasks import TaskSerializer
from agreements.api.standing import Question, own_side
from agreements.api.views import expanding
from agreements.api.views.attention import AttentionToAgreements
from agreements.api.views.base import orders
from agreements.api.views.bulk import ManyAgreements
from agreements.api.views.documents import Documented
from agreements.api.views.looking import LOOK, looked_from, refuse_of_now
from agreements.api.views.tasks import TasksOfAgreements
from agreements.choices import Stage
from agreements.counts import Counts
from agreements.filters import AgreementFilter, EntryFilter
from agreements.folding import Sought
from agreements.history import History
from agreements.models import Agreement
from agreements.models.prepared import Prepared

_ENTRY = r"(?P<entry>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
#: The orders of lists, each with an index.
ORDERINGS = {
    **orders(changed_at="-changed_at"),
    "reference": ("reference",),
    "-reference": ("-reference",),
    **orders(since="since_latest", valid_until="valid_until"),
}
_BY_SEQUENCE = {"sequence": ("sequence",), "-sequence": ("-sequence",)}
_RECORD = ("list", "retrieve", "create", "partial_update")
#: The filters that ask more of the reader than his level.
_OF_THE_READER = ("attention", "attention__in", "view")
#: The filters that ask from where one looks.
_OF_THE_PAST = ("as_of", "known_at")
#: What is read with an agreement, and with one of which all is told.
_BESIDE = ("procedure_version",)
_BESIDE_RECORD = (*_BESIDE, "lead_unit", "officer")
_ONE, _IN_FULL = (
    Prepared(
        lambda reader, reference, beside=beside: (
            Agreement.objects.for_user(reader).select_related(*beside).filter(reference=reference).order_by()
        )
    )
    for beside in (_BESIDE, _BESIDE_RECORD)
)
_WITH_TIES = Prepared(
    lambda reader, reference: (
        Agreement.objects.for_user(reader)
        .select_related(*_BESIDE_RECORD)
        .annotate(**ties(reader))
        .filter(reference=reference)
        .order_by()
    )
)


def _expands(names: Sequence[str]) -> OpenApiParameter:
    return OpenApiParameter(
        expanding.PARAMETER,
        {"type": "array", "items": {"type": "string", "enum": list(names)}},
        explode=False,
        description="What is told beside the agreement, under `expanded`: names with commas between them.",
    )


class AgreementViews(ManyAgreements, Documented, TasksOfAgreements, AttentionToAgreements):
    """International agreements, as far as the reader may see them."""

    serializer_class = AgreementSerializer
    input_class = AgreementOpening
    edit_class = AgreementEdit
    filterset_class = AgreementFilter
    orderings = ORDERINGS
    table_ordering = ORDERINGS["reference"]
    row_orderings = {"journal": _BY_SEQUENCE, "acts": _BY_SEQUENCE}
    row_classes = {
        "list": AgreementListedSerializer,
        "retrieve": AgreementReadSerializer,
        "journal": EventSerializer,
        "acts": EventSerializer,
        "documents": DocumentSerializer,
        "tasks": TaskSerializer,
        "attention": FindingSerializer,
    }
    lookup_field = "reference"
    lookup_value_regex = r"[A-Za-z0-9-]{1,12}"
    rights = {
        "create": ("propose", "import"),
        "partial_update": ("edit",),
        "step": ("step", "import"),
        "hold": ("step", "import"),
        "release": ("step", "import"),
        "legal_hold": (lifecycle.PRESERVING_RIGHT,),
        "record": ("record", "import"),
        "void": ("void",),
        "redact": ("redact",),
        "act": ("record", "import"),
        "store": ("record", "import"),
        "adopt": (lifecycle.ADOPTION_RIGHT,),
        "add_task": ("record",),
        "bulk_create": ("propose", "import"),
        "bulk_steps": ("step", "import"),
        "bulk_acts": ("record", "import"),
    }
    asking = ("suppose",)
    parameters = {
        "list": (expanding.PARAMETER,),
        "retrieve": (*LOOK, expanding.PARAMETER),
        "transitions": ("on",),
        "participants": ("as_of", "known_at"),
        "entry_into_force": ("on", "known_at", "supposing"),
    }

    def get_queryset(self) -> QuerySet[Agreement]:
        """Return what the reader may see; records that were opened by mistake are in no list."""
        seen = Agreement.objects.for_user(self.user)
        if self.action in ("list", "counts"):
            return seen.kept()
        return seen.select_related(*(_BESIDE_RECORD if self.action in _RECORD else _BESIDE))

    def get_object(self) -> Agreement:
        """Return the agreement that the address names, if the user may see it. Raises Http404."""
        asked = _IN_FULL if self.action in _RECORD else _ONE
        if self.action == "retrieve" and self.look is None:
            asked = _WITH_TIES
        for agreement in asked(reader_of(self.user), self.kwargs["reference"]):
            return cast(Agreement, agreement)
        raise Http404

    # ---- reading ----
    @cached_property
    def look(self) -> Question | None:
        """From where the reader looks; None for today, by what the columns say. Raises BadParameters."""
        return looked_from(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Take in the question; who looks back does not ask for what is known of now only. Raises BadParameters."""
        super().initial(request, *args, **kwargs)
        if self.action != "list" or request.method not in ("GET", "HEAD") or self.look is None:
            return
        strangers = [name for name in (*retrospect.OF_NOW, "count") if name in request.query_params]
        if request.query_params.get("ordering", "reference").lstrip("-") != "reference":
            strangers.append("ordering")
        refuse_of_now(strangers)
        if "ordering" not in request.query_params:
            self.ordering = self.orderings["reference"]

    @extend_schema(responses=AgreementListedSerializer(many=True), parameters=[_expands(EXPANDABLE_IN_LISTS)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List agreements, as they are or as they were, with what hangs on them as far as it is asked for."""
        names = self._expanded(of_one=False)
        seen = Listing(self.user) if self.look is None else self.get_queryset()
        page = self.paginate_queryset(self.filter_queryset(seen)) or []
        if self.look is None:
            gather(page, user=self.user)
            rows = self.get_serializer(page, many=True).data
        else:
            told = retrospect.then(page, self.look, user=self.user)
            rows = [
                {**row, "look": LookSerializer(retrospect.look_of(one)).data}
                for one, row in zip(told, self.get_serializer(told, many=True).data, strict=True)
            ]
        if names:
            seen = Agreement.objects.for_user(self.user).select_related("procedure_version")
            records = list(seen.filter(pk__in=[row.id for row in page]))
            beside = expanding.expanded(
                self._hanging_on(records, MOST_IN_LISTS), names, context=self.get_serializer_context()
            )
            keys = {record.reference: record.pk for record in records}
            # Without those that were hidden since the page was read.
            rows = [{**row, "expanded": beside[keys[row["reference"]]]} for row in rows if row["reference"] in keys]
        return self.get_paginated_response(rows)

    @extend_schema(
        responses=CountsSerializer,
        filters=True,
        parameters=[OpenApiParameter(name, exclude=True) for name in _OF_THE_PAST],
    )
    @action(detail=False, pagination_class=None)
    def counts(self, request: Request) -> Response:
        """Count the agreements that the filters keep, as they are now; kept until something of them changes."""
        reader, asked = reader_of(self.user), request.query_params
        if not isinstance(reader, AnyReader) or not asked.keys().isdisjoint(_OF_THE_READER):
            return Response(CountsSerializer(counts.count(self.filter_queryset(self.get_queryset()))).data)
        # What nobody narrowed is the same for all of a level; what somebody asks in particular is kept for him alone.
        who = self.user.pk if asked else None
        question = ("counts", who, tuple((name, *asked.getlist(name)) for name in sorted(asked)))
        return Response(CountsSerializer(kept.answer(question, reader, lambda: self._counted(reader))).data)

    def _counted(self, reader: AnyReader) -> Counts:
        request = SimpleNamespace(user=reader)
        rows = Agreement.objects.for_user(reader).kept()
        filters = AgreementFilter(self.request.query_params, queryset=rows, request=request)
        if not filters.is_valid():
            raise translate_validation(filters.errors)
        return counts.count(filters.qs)

    def known_parameters(self) -> tuple[str, ...]:
        """Return the parameters of the action; what is counted is filtered as the list is, and is of now."""
        if self.action != "counts":
            return super().known_parameters()
        return tuple(name for name in AgreementFilter.base_filters if name not in _OF_THE_PAST)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter the list; what was known at a past moment the database does not know: it is sifted page by page."""
        if isinstance(queryset, Listing):
            return self._listing(queryset)
        if self.action != "list" or self.look is None:
            return super().filter_queryset(queryset)
        if self.look.known_at is None:
            rows = self._stood(queryset)
            return rows if stood.by_columns(self.look.on) else rows.filter(stood.begun(self.look.on))
        self.sieve = retrospect.Sieve(self.look, self._given(queryset))
        return retrospect.begun(self._narrowed(queryset, self.sieve.given), self.look)

    def _listing(self, listing: Listing) -> Any:
        """Return the list, narrowed as it is asked for. Raises ValidationError."""
        asked = self.request.query_params.keys() & self._filters().keys()
        if not asked:
            return listing
        if not asked <= BY_WORDS | {"text"}:
            return super().filter_queryset(listing.rows())
        given = {name: value for name, value in self._given(Agreement.objects.none()).items() if value}
        text = Sought.read(given.pop("text", ""))
        return Listing(self.user, given, text)

    def _stood(self, queryset: Any) -> Any:
        """Return the agreements that stood on the day as is asked for, and those that had not begun for certain."""
        question = cast(Question, self.look)
        given = self._given(queryset)
        if stood.by_columns(question.on):
            return self._narrowed(queryset, ())
        return self._narrowed(queryset, retrospect.OF_STATE).filter(retrospect.stood_as(question, given))

    def _given(self, queryset: Any) -> Mapping[str, Any]:
        """Return the values of all filters. Raises ValidationError."""
        asked = AgreementFilter(self.request.query_params, queryset=queryset, request=self.request)
        if not asked.is_valid():
            raise translate_validation(asked.errors)
        return cast(Mapping[str, Any], asked.form.cleaned_data)

    def _narrowed(self, queryset: Any, without: Collection[str]) -> Any:
        """Return what filters keep, by what the columns say now; some of them are asked of the past."""
        known: Any = self.request.query_params.copy()
        for name in without:
            known.pop(name, None)
        return AgreementFilter(known, queryset=queryset, request=self.request).qs

    @property
    def table_columns(self) -> Mapping[str, Any]:
        """The columns of the list as a table: those of agreements, and of what is asked for beside them."""
        if self.action != "list":
            return self.names
        known = {name: below for name, below in self.names.items() if name != "expanded"}
        if self.look is None:
            del known["look"]
        names = self._expanded(of_one=False)
        return known | ({"expanded": {name: self.names["expanded"][name] for name in names}} if names else {})

    def planned(self, names: columns.Names) -> tabled.Table | None:
        """Return the list as columns, where what is asked for can be told without building an agreement."""
        look = self.look
        if self.action != "list" or expanding.PARAMETER in self.request.query_params or (look and look.known_at):
            return None
        shared = tabled.Shared(self.user, beginning_of(self.request, "agreement"), look and look.on)
        plan = tabled.plan(names, shared)
        if plan is None:
            return None
        seen, pages = self.get_queryset(), cast(Cursor, self.paginator)
        rows = self.filter_queryset(seen) if look is None else self._stood(seen)
        return tabled.Table(plan.given, plan.parts(rows, self.ordering, pages.first))

    def _expanded(self, *, of_one: bool) -> Sequence[str]:
        texts = self.request.query_params.getlist(expanding.PARAMETER)
        return expanding.asked_for(texts, of_one=of_one, any_day=self.look is not None) if texts else []

    def _hanging_on(self, agreements: Sequence[Agreement], most: int) -> expanding.Asked:
        return expanding.Asked(agreements, self.look or Question(clock.today()), self.user, most)

    def get_serializer_class(self) -> Any:
        """Return what reads agreements: one by one they say more than in a list."""
        return AgreementSerializer if self.action == "list" else AgreementDetailSerializer

    def answer(self, record: Agreement, status: int = 200, *, history: History | None = None) -> Response:
        """Return an agreement with what stands beside it; `history` is its own, where the caller has read it."""
        takings, told = gather_of(record, user=self.user), {record.pk: history} if history else None
        tracked = tracking.tracked([record], clock.today(), told=told, takings=takings)[record.pk]
        own = own_side(tracked, stage=Stage(record.stage), binding=record.binding)
        record.told_own_side = own  # type: ignore[attr-defined]
        period = tracking.periods_on([record], clock.today()).get(record.pk)
        record.told_period = period  # type: ignore[attr-defined]
        return super().answer(record, status)

    @extend_schema(responses=AgreementReadSerializer, parameters=[StandingQuery, _expands(EXPANDABLE)])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return an agreement, as it is or as it was, with what hangs on it as far as it is asked for."""
        names, look = self._expanded(of_one=True), self.look
        record, asked = self.get_object(), look or Question(clock.today())
        journal = expanding.Beginning.of(record, asked, user=self.user) if "journal" in names else None
        if look is None:
            response = self.answer(record, history=journal.history if journal else None)
        else:
            response = self._as_it_was(record, look)
        if names:
            context = self.get_serializer_context()
            beside = expanding.expanded(self._hanging_on([record], MOST), names, context=context)[record.pk]
            if journal:
                beside["journal"] = journal.told(request)
            response.data = {**response.data, "expanded": beside}
        return response

    def _as_it_was(self, record: Agreement, question: Question) -> Response:
        """Return an agreement as it was; changes are made to what it is, and so it comes under no version."""
        told = retrospect.then([record], question, user=self.user)
        if not told:
            raise NotFound(retrospect.untold(record, question))
        one = retrospect.in_full(told[0])
        look = LookSerializer(retrospect.look_of(one)).data
        return Response({**self.get_serializer(one).data, "look": look})

    def pages(self) -> bool:
        """Whether the action gives pages of a list."""
        return super().pages() or self.action in ("journal", "acts", "tasks")

    # ---- steps ----
    @extend_schema(responses=TransitionsSerializer, parameters=[OptionsQuery])
    @action(detail=True, filter_backends=[], pagination_class=None)
    def transitions(self, request: Request, reference: str) -> Response:
        """Say which steps lead away from the present stage, and everything that stands against each."""
        agreement = self.get_object()
        options = lifecycle.available(agreement, by=self.user, **self.asked(OptionsQuery).validated_data)
        return Response(TransitionsSerializer((agreement, options)).data)

    @extend_schema(request=StepInput, responses={201: EventSerializer})
    @transitions.mapping.post
    def step(self, request: Request, reference: str) -> Response:
        """Take a step; a refusal names every reason, and nothing is written."""
        agreement = self.get_object()
        return self.told(agreement, self.validated(StepInput, agreement=agreement).write(agreement, self.user))

    @extend_schema(request=HoldInput, responses={201: EventSerializer})
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, reference: str) -> Response:
        """Put the agreement on hold."""
        return self._write(HoldInput)

    @extend_schema(request=ReleaseInput, responses={201: EventSerializer})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, reference: str) -> Response:
        """End a hold."""
        return self._write(ReleaseInput)

    @extend_schema(request=LegalHoldInput, responses={201: EventSerializer})
    @action(detail=True, methods=["post"], url_path="legal-hold")
    def legal_hold(self, request: Request, reference: str) -> Response:
        """Put the agreement under a legal hold, or lift it: under it, nothing of it is redacted or let go."""
        return self._write(LegalHoldInput)

    @extend_schema(request=AdoptionInput, responses={201: EventSerializer})
    @action(detail=True, methods=["post"], url_path="procedure")
    def adopt(self, request: Request, reference: str) -> Response:
        """Move the agreement to the version of its procedure that is in use today; a refusal names every reason."""
        return self._write(AdoptionInput)

    def _write(self, serializer_class: type[HoldInput | ReleaseInput | LegalHoldInput | AdoptionInput]) -> Response:
        agreement = self.get_object()
        written = self.validated(serializer_class, agreement=agreement).write(agreement, self.user)
        return self.told(agreement, self.chain(agreement).get(sequence=written.version))

    # ---- the journal ----
    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filterset_class=EntryFilter, ordering=("sequence",))
    def journal(self, request: Request, reference: str) -> Response:
        """Return what was recorded, in the order of recording; `known_at` looks back to a moment."""
        agreement = self.get_object()
        return self.page_of(agreement, self.chain(agreement))

    @extend_schema(
        request=PolymorphicProxySerializer("JournalInput", dict(RECORDED), resource_type_field_name="kind"),
        responses={201: EventSerializer},
    )
    @journal.mapping.post
    def record(self, request: Request, reference: str) -> Response:
        """Record a note, a document, a clearance or an act of a participant; none of them moves the stage."""
        agreement = self.get_object()
        serializer = recorded(request.data, {**self.get_serializer_context(), "agreement": agreement})
        serializer.is_valid(raise_exception=True)
        return self.told(agreement, serializer.write(agreement, self.user))

    @extend_schema(
        request=VoidInput,
        responses={201: CorrectionSerializer},
        parameters=[OpenApiParameter("entry", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=f"journal/{_ENTRY}/void")
    def void(self, request: Request, reference: str, entry: str) -> Response:
        """Void an entry with a reason, or correct it: then what is given anew replaces it at its place."""
        agreement = self.get_object()
        chain = self.chain(agreement)
        kept = get_object_or_404(chain.exclude(pk__in=changes.hidden(chain, self.user).keys), pk=entry)
        last = self.validated(VoidInput, agreement=agreement, entry=kept).write(kept, self.user)
        entries = list(chain.filter(Q(voids=kept) | Q(sequence=last)))
        void, replacement = (*tell(entries, agreement, user=self.user), None)[:2]
        told = CorrectionSerializer(SimpleNamespace(void=void, replacement=replacement))
        return Response(told.data, 201)

    @extend_schema(
        request=RedactionInput,
        responses={201: EventSerializer},
        parameters=[OpenApiParameter("entry", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=f"journal/{_ENTRY}/redaction")
    def redact(self, request: Request, reference: str, entry: str) -> Response:
        """Remove the free text of an entry for good; that it was removed, by whom and why is an entry of its own."""
        agreement = self.get_object()
        chain = self.chain(agreement)
        kept = get_object_or_404(chain.exclude(pk__in=changes.hidden(chain, self.user).keys), pk=entry)
        return self.told(agreement, self.validated(RedactionInput).write(kept, self.user))
