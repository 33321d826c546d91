"""What can be said of an agreement when its record is opened, and changed later."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements import lifecycle, procedures
from agreements.api import fields
from agreements.api.fields import Choice, ClauseData, Coded, Codes, Day, Sentence, Text, Texts, When, longest, unknown
from agreements.api.serializers.base import Writing
from agreements.api.serializers.journal import EntryInput
from agreements.api.serializers.registry import DERIVED, by_language
from agreements.choices import Ball, InstrumentKind, InTheNameOf, Level, Manner, Origin, RelationKind, Role, Stage
from agreements.models import Agreement, Area, Party, Unit, User
from agreements.registers import TEXT_LENGTH


def officials(_user: User) -> QuerySet[User]:
    """Return those who can be responsible for something: people whose accounts are in use."""
    return User.objects.filter(is_active=True, is_service=False)


class ParticipantInput(Writing):
    """A party and its role."""

    party = Text(help_text="The code of the party.")
    role = Choice(Role, default=Role.NEGOTIATING)


class RelationInput(Writing):
    """A relation to another agreement."""

    kind = Choice(RelationKind)
    to = Text(help_text="The reference of the other agreement.")


class _AgreementInput(Writing):
    """What both requests can say."""

    #: Columns that are set under the same name.
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "in_the_name_of",
        "level",
        "lead_unit",
        "officer",
        "valid_from",
        "valid_until",
        "renewal_years",
        "notice_months",
        "planned_signing",
        "planned_entry_into_force",
        "next_step",
        "ball",
        "clause",
        "register_number",
        "registered_on",
        "un_number",
        "un_registered_on",
    )

    short_title = Texts(max_length=longest(Agreement, "short_title_en"), required=False)
    areas = Codes(Area.objects.for_user, required=False)
    participants = ParticipantInput(many=True, required=False, max_length=500)  # type: ignore[call-arg]
    relations = RelationInput(many=True, required=False, max_length=500)  # type: ignore[call-arg]
    in_the_name_of = Choice(InTheNameOf, required=False)
    level = Choice(Level, required=False)
    lead_unit = Coded(Unit.objects.for_user, required=False, allow_null=True)
    officer = Coded(
        officials,
        "username",
        named=False,
        required=False,
        allow_null=True,
        help_text="The user name of the responsible officer.",
    )
    valid_from = Day(required=False, allow_null=True)
    valid_until = Day(required=False, allow_null=True, help_text="The last day of validity.")
    renewal_years = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=100,
        help_text="It is renewed by so many years; null: not.",
    )
    notice_months = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=120,
        help_text="Unless notice is given so many months before the last day.",
    )
    planned_signing = When(required=False, allow_null=True)
    planned_entry_into_force = When(required=False, allow_null=True)
    next_step = Text(required=False, allow_blank=True, max_length=longest(Agreement, "next_step"))
    ball_named = Choice(
        Ball,
        source="ball",
        required=False,
        allow_blank=True,
        help_text="Empty: whose move it is follows from the rest.",
    )
    clause = ClauseData(required=False, allow_null=True, help_text="The clause on entry into force; null: none.")
    clause_text = Texts(
        max_length=longest(Agreement, "clause_text_en"), required=False, help_text="The words of the clause."
    )
    register_number = Text(max_length=40, required=False, allow_blank=True, help_text="In the State Register.")
    registered_on = Day(required=False, allow_null=True)
    un_number = Text(max_length=40, required=False, allow_blank=True, help_text="At the United Nations.")
    un_registered_on = Day(required=False, allow_null=True)

    @property
    def _user(self) -> User:
        user: User = self.context["request"].user
        return user

    @property
    def _columns(self) -> dict[str, Any]:
        return {name: self.validated_data[name] for name in self.COLUMNS if name in self.validated_data}

    def validate_participants(self, given: list[dict[str, Any]]) -> list[tuple[Party, str]]:
        """Return parties and roles. Raises ValidationError for the unknown and for those named twice."""
        codes = [item["party"] for item in given]
        fields.once(codes, within="party")
        kept = fields.found(codes, Party.objects.for_user(self._user), within="party")
        return [(kept[item["party"]], item["role"]) for item in given]

    def validate_relations(self, given: list[dict[str, Any]]) -> list[tuple[str, Agreement]]:
        """Return kinds and agreements; one that the user may not see is as unknown as one that is not there."""
        seen = Agreement.objects.for_user(self._user).kept()
        fields.once([(item["kind"], item["to"]) for item in given], within="to")
        kept = fields.found([item["to"] for item in given], seen, "reference", within="to", named=False)
        return [(item["kind"], kept[item["to"]]) for item in given]


class AgreementOpening(_AgreementInput, EntryInput):
    """The record of an agreement: a new proposal, or an agreement mid-life with the stage at which it stands."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        "reference": gettext_lazy("The reference is given when the record is opened and never changes.")
    }

    title = Texts(max_length=longest(Agreement, "title_en"))
    kind = Choice(InstrumentKind)
    procedure = Text(required=False, help_text="The code; else the usual one for the kind.")
    stage = Choice(Stage, default=Stage.PROPOSED)
    on = When(required=False, help_text="In this stage since. Without it: since today, whatever the stage.")
    reason = Sentence(max_length=TEXT_LENGTH, required=False)
    manner = Choice(Manner, required=False, allow_blank=True)
    origin = Choice(Origin, required=False)

    def validate_procedure(self, code: str) -> str:
        """Return the code. Raises ValidationError for a procedure that is not there."""
        known = procedures.load(settings.PROCEDURES_DIR)
        if code not in known:
            raise ValidationError([unknown(code, known)])
        return code

    def open(self, by: User) -> Agreement:
        """Open the record."""
        given = dict(self.validated_data)
        columns = {name: given.pop(name) for name in self.COLUMNS if name in given}
        columns |= by_language("clause_text", given.pop("clause_text", {}))
        proposal = lifecycle.Proposal(
            titles=given.pop("title"),
            short_titles=given.pop("short_title", {}),
            columns=columns,
            **{
                name: given.pop(name)
                for name in ("kind", "procedure", "stage", "areas", "participants", "relations")
                if name in given
            },
        )
        return lifecycle.open(proposal, by=by, **given)


class AgreementEdit(_AgreementInput):
    """A change of data; what is not named stays, a list replaces what the user can see of it."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        "stage": gettext_lazy("The stage is moved by steps: POST to transitions/."),
        "on_hold": gettext_lazy("POST to hold/ or release/."),
        "text": gettext_lazy("The next text begins with the step “reopen”: POST to transitions/."),
        "round": gettext_lazy("Record a note with round_of_talks: POST to journal/."),
        "since": gettext_lazy("Correct the entry in the journal: POST to journal/ID/void/."),
        "is_void": gettext_lazy("Void the opening of the record: POST to journal/ID/void/."),
        "reference": gettext_lazy("The reference is given when the record is opened and never changes."),
        "procedure": gettext_lazy(
            "The procedure is chosen when the record is opened. POST to the address of the agreement with /procedure/ "
            "moves it to the version in use today."
        ),
        **dict.fromkeys(("binding", "stage_label", "group", "changed_at", "version", "url"), DERIVED),
        **dict.fromkeys(("computed_entry_into_force", "own_side", "period"), DERIVED),
        "ball": gettext_lazy("It follows from the rest; to name who must act, set ball_named."),
    }

    title = Texts(max_length=longest(Agreement, "title_en"), required=False)
    kind = Choice(InstrumentKind, required=False)

    def apply(self, agreement: Agreement) -> None:
        """Set what was given on a record that is being edited."""
        given = self.validated_data
        for name in ("title", "short_title", "clause_text"):
            for column, text in by_language(name, given.get(name, {})).items():
                setattr(agreement, column, text)
        if not any(agreement.titles.values()):
            raise ValidationError({"title": [ErrorDetail(_("Give a title in one language at least."), code="invalid")]})
        for name, value in self._columns.items():
            setattr(agreement, name, value)
        agreement.kind = given.get("kind", agreement.kind)
        if "areas" in given:
            agreement.areas.set(given["areas"])
        if "participants" in given:
            kept = agreement.participants.select_related("party")
            replace(agreement.participants, kept, ("party", "role"), given["participants"])
        if "relations" in given:
            if any(other.pk == agreement.pk for _kind, other in given["relations"]):
                error = ErrorDetail(_("An agreement has no relation to itself."), code="invalid")
                raise ValidationError({"relations": [error]})
            seen = agreement.relations.filter(to__in=Agreement.objects.for_user(self._user).kept())
            replace(agreement.relations, seen.select_related("to"), ("kind", "to"), given["relations"])


def replace(rows: Any, kept: Iterable[Any], names: tuple[str, str], wanted: Iterable[tuple[Any, Any]]) -> None:
    """Make those rows of a relation that are kept hold exactly the wanted pairs; rows that hold one already stay."""
    missing = list(wanted)
    for row in kept:
        pair = (getattr(row, names[0]), getattr(row, names[1]))
        if pair in missing:
            missing.remove(pair)
        else:
            row.delete()
    for pair in missing:
        rows.create(**dict(zip(names, pair, strict=True)))
