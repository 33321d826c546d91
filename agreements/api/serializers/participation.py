"""Participants, their acts and the entry into force in JSON, and what can be asked of them."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements import clock, tracking
from agreements.api import fields
from agreements.api.fields import Choice, ClauseData, Day, Instant, Text, Texts, When, unknown
from agreements.api.serializers.base import Moment, Reading, Writing
from agreements.api.serializers.journal import WordedSerializer
from agreements.api.standing import Question
from agreements.choices import ActionKind, EntryKind, Precision, Role, SignatureManner, Status
from agreements.dates import render_day
from agreements.misfits import contradictions
from agreements.models import Entry, Participant, Party
from agreements.tracks import Act

#: How many acts one question may suppose.
MOST_SUPPOSED = 500
#: And how many of one party: hundreds that aim at one another take long to follow, and no party does so much.
MOST_OF_ONE = 20


# ---- questions ----
class StandingQuery(Writing):
    """From where one looks at participants."""

    as_of = Day(required=False, help_text="Else today.")
    known_at = Instant(required=False, help_text="As recorded at this moment; else now.")

    def validate_as_of(self, day: Any) -> Any:
        """Refuse days to come: what participants do until then is not known."""
        if day > clock.today():
            raise ValidationError(
                _("%(day)s is still to come. The register shows what was true on a past day.")
                % {"day": render_day(day)}
            )
        return day

    @property
    def question(self) -> Question:
        """What is asked."""
        given = self.validated_data
        return Question(given.get("as_of") or clock.today(), given.get("known_at"))


class EntryIntoForceQuery(Writing):
    """For which day the clause is answered."""

    on = Day(required=False, help_text="The answer as of this day, past or to come; else today.")
    known_at = Instant(required=False, help_text="As recorded at this moment; else now.")
    supposing = Day(
        required=False, help_text="The day on which all that is missing is supposed to come; else the day asked about."
    )

    @property
    def question(self) -> Question:
        """What is asked."""
        given = self.validated_data
        return Question(given.get("on") or clock.today(), given.get("known_at"), given.get("supposing"))


class SupposedAct(Writing):
    """An act that is supposed, not recorded."""

    party = Text(max_length=12, help_text="The code of the party; it need not be a participant yet.")
    act = Choice(ActionKind)
    on = When()
    received = When(required=False, allow_null=True)
    effective = When(required=False, allow_null=True)
    manner = Choice(SignatureManner, required=False, allow_blank=True)
    target = Text(
        required=False,
        allow_blank=True,
        max_length=60,
        help_text="The act that it withdraws, confirms or objects to: the entry of the journal, or the `id` of another "
        "act of this list.",
    )
    id = Text(required=False, allow_blank=True, max_length=60, help_text="A name that `target` of others can use.")


class Supposition(EntryIntoForceQuery):
    """What would follow if more acts were done, or if the clause were another."""

    actions = SupposedAct(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_SUPPOSED, help_text="At most 500, and 20 of one party."
    )
    clause = ClauseData(required=False, help_text="Another clause to try instead of the agreement’s own.")

    def validate_actions(self, given: list[dict[str, Any]]) -> list[Act]:
        """Return the acts. Raises ValidationError for parties and targets that are not known."""
        user, agreement = self.context["request"].user, self.context["agreement"]
        fields.found([item["party"] for item in given], Party.objects.for_user(user), within="party", named=False)
        self._only_those_who_act(given)
        names = [item.get("id", "") for item in given]
        known = set(names)
        if any(item.get("target") for item in given):
            acts = Entry.objects.for_user(user).of(agreement).filter(kind=EntryKind.ACTION).live()
            known |= {str(key) for key in acts.values_list("pk", flat=True)}
        errors = {
            str(place): {"target": [unknown(item["target"])]}
            for place, item in enumerate(given)
            if item.get("target") and item["target"] not in known
        }
        parties = [item["party"] for item in given]
        errors |= {
            str(place): {
                "party": [ErrorDetail(_("At most %(most)s acts of one party.") % {"most": MOST_OF_ONE}, "max_length")]
            }
            for place, party in enumerate(parties)
            if parties[:place].count(party) == MOST_OF_ONE
        }
        errors |= {
            str(place): {"id": [ErrorDetail(_("This is named twice."), code="unique")]}
            for place, name in enumerate(names)
            if name and name in names[:place]
        }
        if errors:
            raise ValidationError(errors)
        return self._possible([_supposed(item) for item in given])

    def _possible(self, supposed: list[Act]) -> list[Act]:
        """Return the acts. Raises ValidationError for those that nobody can do as they are told."""
        recorded = tracking.acts_of(self.context["agreement"])
        visible = Party.objects.for_user(self.context["request"].user)
        names = {party.code: party.name.text for party in visible.filter(code__in={act.party for act in supposed})}
        errors: dict[str, dict[str, list[ErrorDetail]]] = {}
        for place, misfit in contradictions([*recorded, *supposed]):
            if place >= len(recorded):
                act = supposed[place - len(recorded)]
                told = ErrorDetail(misfit.sentence(names[act.party]), code=misfit.code)
                errors.setdefault(str(place - len(recorded)), {}).setdefault(misfit.asked, []).append(told)
        if errors:
            raise ValidationError(errors)
        return supposed

    def _only_those_who_act(self, given: list[dict[str, Any]]) -> None:
        """Raise ValidationError for acts of those who only look on."""
        agreement = self.context["agreement"]
        rows = Participant.objects.filter(agreement=agreement).order_by("pk").values_list("party__code", "role")
        roles = {code: Role(role) for code, role in rows if not Role(role).acts}
        if errors := {
            str(place): {
                "party": [
                    ErrorDetail(
                        _("In this role a participant neither signs nor consents: %(party)s (%(role)s).")
                        % {"party": item["party"], "role": roles[item["party"]].label},
                        code="looks-on",
                    )
                ]
            }
            for place, item in enumerate(given)
            if item["party"] in roles
        }:
            raise ValidationError(errors)

    @property
    def question(self) -> Question:
        """What is asked."""
        acts = tuple(self.validated_data.get("actions", ()))
        return super().question._replace(
            supposed=acts,
            newcomers=tuple(dict.fromkeys(act.party for act in acts)),
            clause=self.validated_data.get("clause"),
        )


def _supposed(item: Mapping[str, Any]) -> Act:
    return Act(
        party=item["party"],
        kind=ActionKind(item["act"]),
        on=item["on"],
        received=item.get("received"),
        effective=item.get("effective"),
        manner=item.get("manner", ""),
        target=item.get("target", ""),
        id=item.get("id", ""),
    )


# ---- participants ----
class ActSerializer(Reading):
    """An act on which the status of a participant rests."""

    entry = serializers.UUIDField(help_text="The entry of the journal that tells it.")
    by_step = serializers.BooleanField(help_text="Told by the step of signing, which all took together.")
    act = Choice(ActionKind)
    label = serializers.CharField(help_text="In the reader’s language.")  # type: ignore[assignment]
    on = When()
    received = When(allow_null=True)
    effective = When(allow_null=True)
    manner = Choice(SignatureManner, allow_blank=True)
    scope = serializers.CharField(help_text="What of the agreement it concerns; empty: the whole.")


class AnswerState(models.TextChoices):
    """How a party stands to the reservation of another."""

    OPEN = "open", "open"
    ACCEPTED = "accepted", "accepted"
    OBJECTED = "objected", "objected"


class AnswerSerializer(Reading):
    """How one of the others answered a reservation (VCLT 20-21)."""

    party = serializers.CharField()
    name = serializers.CharField(help_text="In the reader’s language.")
    state = Choice(AnswerState)
    by = serializers.DateField(
        allow_null=True,
        help_text="The end of its clock of tacit acceptance; the earliest end for one that has not consented to be "
        "bound; null: the day of notice is not known.",
    )
    objection = ActSerializer(allow_null=True)
    late = serializers.BooleanField(help_text="The objection came after the clock had run out.")


class ReservationSerializer(ActSerializer):
    """A reservation, with its text and the answers of the others."""

    what = WordedSerializer(help_text="The text of the reservation.")
    withdrawn = serializers.DateField(allow_null=True)
    answers = AnswerSerializer(many=True)


class BoundSerializer(Reading):
    """How a participant stands, in short."""

    party = serializers.CharField(help_text="The code.")
    name = serializers.CharField(help_text="In the reader’s language.")
    role = Choice(Role)
    own = serializers.BooleanField(help_text="The own side.")
    status = Choice(Status)
    status_label = serializers.CharField(help_text="In the reader’s language.")
    possibly = Choice(Status, allow_null=True, help_text="What it may be instead, as days are imprecise.")
    possibly_label = serializers.CharField()
    since = When(allow_null=True, help_text="In this status since.")
    bound = When(allow_null=True, help_text="In force for it from this day, by the clause or else as stated.")
    until = When(allow_null=True, help_text="No longer bound from this day.")
    implied = serializers.BooleanField(
        help_text="Bound by the entry into force of the whole; no consent of its own is recorded."
    )


class StandingSerializer(BoundSerializer):
    """A participant, how it stands, and on what that rests."""

    names = Texts()
    signature = ActSerializer(allow_null=True)
    consent = ActSerializer(allow_null=True, help_text="The consent to be bound that stands.")
    computed = When(allow_null=True, help_text="Bound from this day by the clause.")
    stated = When(allow_null=True, help_text="Bound from this day as a source states.")
    conflict = serializers.BooleanField(help_text="The computed and the stated day cannot both be right.")
    provisional = ActSerializer(allow_null=True, help_text="Its provisional application, with the scope.")
    applied_from = When(allow_null=True, help_text="Provisionally applied from this day, by that act or by the clause.")
    reservations = ReservationSerializer(many=True)


class StandingsSerializer(Reading):
    """The participants of an agreement as of a day."""

    as_of = serializers.DateField()
    known_at = Moment(allow_null=True)
    participants = StandingSerializer(many=True)


# ---- entry into force ----
class _Told(Reading):
    """What is a mapping already; the fields describe it."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return it as it is."""
        told: dict[str, Any] = instance
        return told


class DaySerializer(_Told):
    """A date with its precision, without words."""

    iso = serializers.CharField()
    earliest = serializers.DateField(allow_null=True)
    latest = serializers.DateField(allow_null=True)
    precision = Choice(Precision)


class NamedPartySerializer(_Told):
    """A party."""

    code = serializers.CharField()
    name = serializers.CharField()


class TriggerSerializer(DaySerializer):
    """The day on which the last threshold was reached, and by whose acts."""

    parties = NamedPartySerializer(many=True)
    certain = serializers.BooleanField(help_text="False: one or more of these, for days are not known exactly.")


class ApplyingSerializer(NamedPartySerializer):
    """Who applies the agreement provisionally by the clause, and from which day."""

    since = DaySerializer()


class MissingKind(models.TextChoices):
    """What is missing."""

    ACTS = "acts", "acts"
    WEIGHT = "weight", "weight"
    ALL = "all", "all"
    ANY = "any", "any"
    DATE = "date", "date"


class _AsItIs(serializers.Field):
    """What is JSON already."""

    def to_representation(self, value: Any) -> Any:
        """Return it as it is."""
        return value


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class Amount(_AsItIs):
    """A whole number, or a decimal as text."""


@extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/Missing"}})
class Parts(_AsItIs):
    """What is missing may have parts of the same form."""


class MissingSerializer(_Told):
    """What is missing; which fields there are depends on the kind (docs/clauses.md)."""

    kind = Choice(MissingKind)
    by = serializers.DateField(allow_null=True, help_text="The day by which it must come.")
    words = serializers.ListField(child=serializers.CharField(), help_text="The same in sentences.")
    number = serializers.IntegerField(required=False, help_text="With any: so many of the parts.")
    parts = Parts(required=False)
    name = serializers.CharField(required=False, help_text="With date: the name of a day that is not recorded.")
    needed = Amount(required=False)
    have = Amount(required=False)
    lacking = Amount(required=False)
    kinds = serializers.ListField(child=serializers.CharField(), allow_null=True, required=False)
    candidates = NamedPartySerializer(
        many=True, allow_null=True, required=False, help_text="Who can act; null: anybody."
    )
    enough = serializers.ListField(child=serializers.CharField(), required=False, help_text="Those who would do.")
    unsure = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Those whose acts may be there already, on days that are not known exactly.",
    )
    table = serializers.CharField(required=False)
    total = Amount(required=False)


class CalculationProblemSerializer(_Told):
    """Why the clause cannot be computed: date-missing (with the name of the day), nobody, nobody-signed, party-gone."""

    code = serializers.CharField()
    name = serializers.CharField()


class BindingRule(models.TextChoices):
    """By which rule a party is bound."""

    ORIGINAL = "original", "original"
    OWN = "own", "own"
    SUCCESSION = "succession", "succession"
    GENERAL = "general", "general"


class PartyDateSerializer(_Told):
    """One consent of one party, and from which day it binds."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = Choice(ActionKind)
    consent = DaySerializer()
    rule = Choice(BindingRule)
    date = DaySerializer(allow_null=True)
    stated = DaySerializer(allow_null=True)
    conflict = serializers.BooleanField()
    notice_from = DaySerializer(allow_null=True)
    until = DaySerializer(allow_null=True)
    explanation = serializers.CharField()


class OutcomeSerializer(_Told):
    """The answer of a clause (docs/clauses.md)."""

    on = serializers.DateField()
    met = serializers.BooleanField()
    possibly_met = serializers.BooleanField()
    in_force = serializers.BooleanField()
    trigger = TriggerSerializer(allow_null=True)
    date = DaySerializer(allow_null=True)
    missing = MissingSerializer(allow_null=True)
    supposing = serializers.DateField()
    earliest = serializers.DateField(allow_null=True)
    provisional_application = DaySerializer(allow_null=True)
    applied_by = ApplyingSerializer(many=True)
    problems = CalculationProblemSerializer(many=True)
    explanation = serializers.ListField(child=serializers.CharField())
    parties = PartyDateSerializer(many=True)


class LineSerializer(Reading):
    """A line of the clause in words."""

    depth = serializers.IntegerField()
    text = serializers.CharField()


class EntryIntoForceSerializer(Reading):
    """The clause on entry into force, its answer as of a day, and who is bound."""

    on = serializers.DateField()
    known_at = Moment(allow_null=True)
    clause = ClauseData(allow_null=True, help_text="Null: none is recorded.")
    clause_text = Texts(help_text="The words of the treaty.")
    described = LineSerializer(many=True, help_text="The clause in the reader’s language.")
    problem = serializers.CharField(help_text="Why the stored clause cannot be read; else empty.")
    answer = OutcomeSerializer(allow_null=True)
    stated = When(allow_null=True, help_text="The recorded day of entry into force, if it had come by then.")
    conflict = serializers.BooleanField(help_text="The computed and the stated day cannot both be right.")
    participants = BoundSerializer(many=True)
