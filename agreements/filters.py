"""Filters of lists: what each can be asked for."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from agreements import attention, clock, events, iso639, procedures, search, turns
from agreements.choices import (
    Ball,
    CommitmentState,
    DeliveryState,
    DocumentKind,
    EntryKind,
    Group,
    InstrumentKind,
    Level,
    MeetingLevel,
    MeetingStatus,
    PartyKind,
    Role,
    Stage,
    SubjectKind,
    TaskStatus,
    Transition,
    UndisclosedState,
    ViewKind,
)
from agreements.findings import LABELS, STRENGTHS
from agreements.folding import Sought
from agreements.lookups import Days, Filters, InView, Moments, References, Text, Whens, Words, YesNo
from agreements.models import (
    AgendaItem,
    Agreement,
    Area,
    Commitment,
    Delegation,
    Document,
    DocumentVersion,
    Format,
    Indicator,
    Meeting,
    Membership,
    Participant,
    Party,
    ProcedureVersion,
    Share,
    Task,
    UndisclosedParticipant,
    Unit,
)
from agreements.models.agreement import having
from agreements.notice_choices import MailingKind


def _codes(model: type[Model]) -> Callable[[Any], Iterable[str]]:
    """Return what gives the codes of a vocabulary that a user may see."""
    manager: Any = model._default_manager
    return lambda user: manager.for_user(user).values_list("code", flat=True)


def _procedures(user: Any) -> set[str]:
    stored = ProcedureVersion.objects.for_user(user).order_by("code").values_list("code", flat=True).distinct()
    return {*procedures.load(settings.PROCEDURES_DIR), *stored}


def _officers(user: Any) -> Iterable[str]:
    """Return the responsible officers of what the user may see, and no other account."""
    kept: QuerySet = Agreement.objects.for_user(user).filter(officer__isnull=False)
    return kept.order_by("officer__username").values_list("officer__username", flat=True).distinct()


class NotificationFilter(Filters):
    """Filters of notifications."""

    unread = YesNo(field_name="read_at", lookup_expr="isnull")
    important = YesNo()


class MailingFilter(Filters):
    """Filters of mails about events."""

    kind = Words(MailingKind)
    state = Words(DeliveryState)


class SavedViewFilter(Filters):
    """Filters of saved views."""

    kind = Words(ViewKind)
    shared = YesNo()
    mine = YesNo(method="of_the_reader")

    def of_the_reader(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep the reader's own, or those that others share."""
        mine = Q(owner=self.request.user)
        return queryset.filter(mine if wanted else ~mine)


def _of_findings(words: Sequence[str], *, method: str) -> Words:
    """Return a filter by the words with which findings are told."""
    made = Words(of=lambda _user: words, method=method)
    extend_schema_field({"type": "array", "items": {"type": "string", "enum": list(words)}})(made)
    return made


class _Concerning:
    """Keeps agreements by what they concern."""

    def with_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep agreements in which any of the parties takes part."""
        return queryset.filter(Exists(Participant.objects.filter(agreement=OuterRef("pk"), party__code__in=codes)))

    def in_areas(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep agreements in any of the areas."""
        within = Agreement.areas.through.objects.filter(agreement=OuterRef("pk"), area__code__in=codes)
        return queryset.filter(Exists(within))


class _OfAgreements(Text):
    """Agreements that are found by every word of a text, as searches find them."""

    def condition(self, sought: Sought) -> Q:
        """Return what holds of the agreements that are found."""
        return having(sought)


class AgreementFilter(_Concerning, Filters):
    """Filters of agreements; several values of one filter widen it, several filters narrow the list."""

    stage = Words(Stage)
    group = Words(Group, method="of_groups")
    party = Words(of=_codes(Party), method="with_parties")
    area = Words(of=_codes(Area), method="in_areas")
    kind = Words(InstrumentKind)
    procedure = Words(of=_procedures, field_name="procedure_version__code")
    level = Words(Level)
    lead_unit = Words(of=_codes(Unit), field_name="lead_unit__code")
    officer = Words(of=_officers, field_name="officer__username")
    attention = _of_findings((*STRENGTHS, *LABELS), method="that_need_attention")
    ball = Words(Ball, method="whose_move")
    on_hold = YesNo()
    binding = YesNo(method="that_bind")
    text = _OfAgreements()
    since__gte = Days(field_name="since_latest", lookup_expr="gte")
    since__lte = Days(field_name="since_earliest", lookup_expr="lte")
    valid_from__gte = Days(field_name="valid_from", lookup_expr="gte")
    valid_from__lte = Days(field_name="valid_from", lookup_expr="lte")
    valid_until__gte = Days(field_name="valid_until", lookup_expr="gte")
    valid_until__lte = Days(field_name="valid_until", lookup_expr="lte")
    planned_signing__gte = Whens(field_name="planned_signing", lookup_expr="gte")
    planned_signing__lte = Whens(field_name="planned_signing", lookup_expr="lte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    view = InView(ViewKind.AGREEMENTS)
    as_of = Days(method="beside", help_text="As they stood on this day; else today.")
    known_at = Moments(method="beside", help_text="As recorded at this moment; else now.")

    class Meta:
        model = Agreement
        fields: tuple[str, ...] = ()

    def beside(self, queryset: QuerySet, _name: str, _value: Any) -> QuerySet:
        """Keep all rows; who looks back is answered from the journal."""
        return queryset

    def of_groups(self, queryset: QuerySet, _name: str, groups: list[str]) -> QuerySet:
        """Keep agreements in a stage of any of the groups."""
        return queryset.filter(stage__in=Stage.of(*map(Group, groups)))

    def whose_move(self, queryset: QuerySet, _name: str, sides: list[str]) -> QuerySet:
        """Keep agreements in which any of the sides must act."""
        return queryset.filter(turns.condition(sides))

    def that_need_attention(self, queryset: QuerySet, _name: str, words: list[str]) -> QuerySet:
        """Keep agreements of which something was found that is of one of the kinds, or so strong."""
        traits = attention.review(self.request.user).traits()
        return queryset.filter(pk__in=[key for key, told in traits.items() if not told.isdisjoint(words)])

    def that_bind(self, queryset: QuerySet, _name: str, binding: bool) -> QuerySet:
        """Keep treaties, or texts that do not bind."""
        versions = ProcedureVersion.objects.order_by("pk")
        kept = [version.pk for version in versions if version.rules.binding == binding]
        return queryset.filter(procedure_version__in=kept)


class FindingFilter(Filters):
    """What is asked of findings on one agreement; the view asks it of what was found, not of rows."""

    #: The filters that narrow the agreements that are looked at.
    OF_AGREEMENTS: ClassVar[tuple[str, ...]] = ()

    kind = _of_findings(tuple(LABELS), method="beside")
    strength = _of_findings(STRENGTHS, method="beside")
    as_of = Days(method="beside", help_text="As true on this day; else today.")
    known_at = Moments(method="beside", help_text="As recorded at this moment; else now.")

    def beside(self, queryset: QuerySet, _name: str, _value: Any) -> QuerySet:
        """Keep all rows."""
        return queryset


class ActFilter(Filters):
    """Filters of the acts of an agreement."""

    known_at = Moments(field_name="recorded_at", lookup_expr="lte")
    recorded_at__gte = Moments(field_name="recorded_at", lookup_expr="gte")
    recorded_at__lte = Moments(field_name="recorded_at", lookup_expr="lte")
    on__gte = Days(field_name="latest", lookup_expr="gte")
    on__lte = Days(field_name="earliest", lookup_expr="lte")


class EntryFilter(ActFilter):
    """Filters of a journal."""

    kind = Words(EntryKind)


class _OfParties(Text):
    """Parties that are found by every word: by their codes and names, official and former ones too."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        """Keep what is found."""
        if not value:
            return qs
        found = search.parties(Sought.read(value), self.parent.request.user)
        return qs.filter(pk__in=[party.pk for party in found])


class PartyFilter(Filters):
    """Filters of parties."""

    kind = Words(PartyKind)
    member_of = Words(of=_codes(Party), method="that_are_members")
    text = _OfParties()
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")

    class Meta:
        model = Party
        fields: tuple[str, ...] = ()

    def that_are_members(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep those that are members of any of the organisations today."""
        day = clock.today()
        spans = Membership.objects.filter(member=OuterRef("pk"), organisation__code__in=codes, since__lte=day)
        return queryset.filter(Exists(spans.filter(Q(until=None) | Q(until__gte=day))))


class _OfMeetings(Text):
    """Meetings that are found by every word: by their titles, formats, places and those they were held with."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        """Keep what is found."""
        if not value:
            return qs
        found = search.meetings(Sought.read(value), self.parent.request.user)
        return qs.filter(pk__in=found.order_by().values("pk"))


class MeetingFilter(Filters):
    """Filters of meetings."""

    #: `format` asks in which form the list is given.
    meeting_format = Words(of=_codes(Format), field_name="format__code")
    status = Words(MeetingStatus)
    rank = Words(MeetingLevel)
    level = Words(Level)
    party = Words(of=_codes(Party), method="with_parties")
    agreement = References(method="about")
    text = _OfMeetings()
    on__gte = Days(field_name="latest", lookup_expr="gte")
    on__lte = Days(field_name="earliest", lookup_expr="lte")
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")

    class Meta:
        model = Meeting
        fields: tuple[str, ...] = ()

    def with_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep meetings in which any of the parties takes part."""
        taking = Meeting.parties.through.objects.filter(meeting=OuterRef("pk"), party__code__in=codes)
        return queryset.filter(Exists(taking))

    def about(self, queryset: QuerySet, _name: str, references: list[str]) -> QuerySet:
        """Keep meetings on whose agendas any of the agreements stands."""
        if not references:
            return queryset
        points = AgendaItem.objects.filter(meeting=OuterRef("pk"), agreement__reference__in=references)
        return queryset.filter(Exists(points))


class IndicatorFilter(Filters):
    """Filters of figures."""

    party = Words(of=_codes(Party), field_name="party__code")
    period_until__gte = Days(field_name="period_until", lookup_expr="gte")
    period_until__lte = Days(field_name="period_until", lookup_expr="lte")
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")

    class Meta:
        model = Indicator
        fields: tuple[str, ...] = ()


class CommitmentFilter(Filters):
    """Filters of commitments."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")
    state = Words(CommitmentState)
    party = Words(of=_codes(Party), field_name="party__code")
    unit = Words(of=_codes(Unit), field_name="unit__code")
    text = Text()
    due__gte = Whens(field_name="due", lookup_expr="gte")
    due__lte = Whens(field_name="due", lookup_expr="lte")
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")

    class Meta:
        model = Commitment
        fields: tuple[str, ...] = ()


class UndisclosedFilter(Filters):
    """Filters of undisclosed participants."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")
    party = Words(of=_codes(Party), field_name="party__code")
    role = Words(Role)
    level = Words(Level)
    state = Words(UndisclosedState)
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")
    as_of = Days(method="beside", help_text="As they stood on this day; else today.")
    known_at = Moments(method="beside", help_text="As recorded at this moment; else now.")

    class Meta:
        model = UndisclosedParticipant
        fields: tuple[str, ...] = ()

    def beside(self, queryset: QuerySet, _name: str, _value: Any) -> QuerySet:
        """Keep all rows; who looks back is answered from the journal."""
        return queryset


def _named(model: type[Model], column: str) -> Callable[[Any], Iterable[str]]:
    """Return what gives the accounts that a column names in the rows that a user may see, and no others."""
    manager: Any = model._default_manager

    def known(user: Any) -> Iterable[str]:
        rows = manager.for_user(user).filter(**{f"{column}__isnull": False}).order_by(f"{column}__username")
        names: Iterable[str] = rows.values_list(f"{column}__username", flat=True).distinct()
        return names

    return known


class ShareFilter(Filters):
    """Filters of shares."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")
    user = Words(of=_named(Share, "user"), field_name="user__username")
    unit = Words(of=_codes(Unit), field_name="unit__code")
    in_force = YesNo(method="that_show_today")

    class Meta:
        model = Share
        fields: tuple[str, ...] = ()

    def that_show_today(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep those that show an agreement today, or those that do so no more."""
        shown = Share.objects.in_force().order_by().values("pk")
        return queryset.filter(pk__in=shown) if wanted else queryset.exclude(pk__in=shown)


class DelegationFilter(Filters):
    """Filters of delegations."""

    absent = Words(of=_named(Delegation, "absent"), field_name="absent__username")
    deputy = Words(of=_named(Delegation, "deputy"), field_name="deputy__username")
    runs = YesNo(method="that_run_today")

    class Meta:
        model = Delegation
        fields: tuple[str, ...] = ()

    def that_run_today(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep those that run today, or those that do not."""
        running = Delegation.objects.running().order_by().values("pk")
        return queryset.filter(pk__in=running) if wanted else queryset.exclude(pk__in=running)


class FileFilter(Filters):
    """Filters of the documents of one agreement."""

    kind = Words(DocumentKind)
    language = Words(of=lambda _user: iso639.known(), method="in_languages")
    level = Words(Level)
    text = Text()
    created_at__gte = Moments(field_name="created_at", lookup_expr="gte")
    created_at__lte = Moments(field_name="created_at", lookup_expr="lte")

    def in_languages(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep documents that have a version in any of the languages."""
        return queryset.filter(Exists(DocumentVersion.objects.filter(document=OuterRef("pk"), language__in=codes)))


class DocumentFilter(FileFilter):
    """Filters of all documents."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()


# ---- tasks ----
def _holders(user: Any) -> Iterable[str]:
    """Return those who are responsible for tasks that the user may see, and no other account."""
    kept: QuerySet = Task.objects.for_user(user).kept().filter(person__isnull=False)
    return kept.order_by("person__username").values_list("person__username", flat=True).distinct()


class AttentionFilter(_Concerning, FindingFilter):
    """What is asked of findings on all agreements."""

    OF_AGREEMENTS = ("agreement", "party", "area", "lead_unit", "officer", "view")

    agreement = References(field_name="reference", lookup_expr="in")
    party = Words(of=_codes(Party), method="with_parties")
    area = Words(of=_codes(Area), method="in_areas")
    lead_unit = Words(of=_codes(Unit), field_name="lead_unit__code")
    officer = Words(of=_officers, field_name="officer__username")
    view = InView(ViewKind.AGREEMENTS)

    class Meta:
        model = Agreement
        fields: tuple[str, ...] = ()


class TasksOfOneFilter(Filters):
    """Filters of the tasks of one agreement; several values of one filter widen it, several filters narrow the list."""

    status = Words(TaskStatus)
    side = Words(Ball)
    person = Words(of=_holders, field_name="person__username")
    mine = YesNo(method="of_the_reader")
    unit = Words(of=_codes(Unit), field_name="unit__code")
    transition = Words(Transition)
    by_procedure = YesNo(method="that_a_procedure_gave")
    overdue = YesNo(method="that_are_overdue")
    due_by__lte = Days(field_name="due_by", lookup_expr="lte")
    due_by__gte = Days(field_name="due_by", lookup_expr="gte")
    text = Text()
    created_at__gte = Moments(field_name="created_at", lookup_expr="gte")
    created_at__lte = Moments(field_name="created_at", lookup_expr="lte")
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")

    def of_the_reader(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep the tasks of the reader and of whom he acts for today, or those of others and of nobody."""
        mine = self.request.user.held_as("person")
        return queryset.filter(mine) if wanted else queryset.filter(~mine | Q(person=None))

    def that_a_procedure_gave(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep the tasks that procedures gave, or those that people added."""
        return queryset.exclude(code="") if wanted else queryset.filter(code="")

    def that_are_overdue(self, queryset: Any, _name: str, wanted: bool) -> QuerySet:
        """Keep open tasks whose last day is past, or all others."""
        late: QuerySet = queryset.overdue(clock.today())
        return late if wanted else queryset.exclude(pk__in=late.values("pk"))


class TaskFilter(TasksOfOneFilter):
    """Filters of all tasks."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")
    party = Words(of=_codes(Party), method="with_parties")
    view = InView(ViewKind.TASKS)

    class Meta:
        model = Task
        fields: tuple[str, ...] = ()

    def with_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep the tasks of agreements in which any of the parties takes part."""
        taking = Participant.objects.filter(agreement=OuterRef("agreement"), party__code__in=codes)
        return queryset.filter(Exists(taking))


# ---- events ----
class EventFilter(Filters):
    """Filters of events."""

    kind = Words(EntryKind)
    subject = Words(SubjectKind, field_name="subject_kind")
    party = Words(of=_codes(Party), method="of_parties")
    area = Words(of=_codes(Area), method="in_areas")
    agreement = References(method="of_agreements")
    since = Moments(field_name="recorded_at", lookup_expr="gte", help_text="Recorded at this moment or later.")

    def of_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep what concerns any of the parties."""
        return events.of_parties(queryset, codes)

    def in_areas(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep what concerns agreements in any of the areas."""
        return events.in_areas(queryset, codes)

    def of_agreements(self, queryset: QuerySet, _name: str, references: list[str]) -> QuerySet:
        """Keep what concerns any of the agreements."""
        return events.of_agreements(queryset, references)


class DeliveryFilter(Filters):
    """Filters of what is sent to a webhook."""

    state = Words(DeliveryState)
