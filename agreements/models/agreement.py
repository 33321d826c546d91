"""Agreements: the record, the participants, the relations, and the machine that moves the stage."""

import secrets
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from agreements import entry_into_force, iso639, procedures
from agreements.choices import (
    EDGES,
    Ball,
    Group,
    InstrumentKind,
    InTheNameOf,
    Level,
    Precision,
    RelationKind,
    Role,
    Stage,
    SubjectKind,
    Transition,
)
from agreements.dates import FuzzyDate
from agreements.folding import Sought
from agreements.models.account import Unit
from agreements.models.base import (
    ClauseField,
    FuzzyDateField,
    Journalled,
    Line,
    Prose,
    Searched,
    Visible,
    alike,
    one_of,
    patterns,
    span_ordered,
)
from agreements.models.party import Area, Party, known_code
from agreements.models.wordindex import narrowing, within
from agreements.words import LANGUAGES, Worded, pick

#: No vowels, so that no word appears; no letter or digit that is taken for another.
REFERENCE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
#: The longest tacit renewal, in years, and the longest notice against it, in months.
LONGEST_RENEWAL, LONGEST_NOTICE = 100, 120


class ProcedureVersions(Visible):
    """Finds the versions of procedures.

    A version is kept when an agreement first follows it: that it is there tells of the agreement. So a reader sees
    those that agreements follow which he may see.
    """

    def for_user(self, user: Any) -> "ProcedureVersions":
        """Return the versions that agreements follow which the user may see."""
        seen = Agreement.objects.for_user(user).filter(procedure_version=models.OuterRef("pk"))
        return self.filter(models.Exists(seen))

    def rules(self, digests: Iterable[str]) -> dict[str, procedures.Procedure]:
        """Return rules by digest. Those in use today are at hand as files; only older versions cost a query."""
        asked = set(digests)
        at_hand = {rules.digest: rules for rules in procedures.load(settings.PROCEDURES_DIR).values()}
        older = asked - set(at_hand)
        rows: Any = self.filter(digest__in=older) if older else ()
        stored = {version.digest: version.rules for version in rows}
        return {digest: rules for digest, rules in (at_hand | stored).items() if digest in asked}

    def rules_by_key(self) -> dict[int, procedures.Procedure]:
        """Return the rules of these versions by their keys."""
        digests = dict(self.order_by().values_list("pk", "digest"))
        rules = ProcedureVersion.objects.rules(digests.values())
        return {key: rules[digest] for key, digest in digests.items()}


class ProcedureVersion(models.Model):
    """The text of a procedure as it was when first used; never changed, so that older agreements keep their rules."""

    code = models.SlugField(_("code"), max_length=40)
    version = models.CharField(_("version"), max_length=20)
    digest = models.CharField(_("digest"), max_length=64)
    text = models.TextField(_("text"))

    objects = ProcedureVersions.as_manager()

    class Meta:
        verbose_name = _("version of a procedure")
        verbose_name_plural = _("versions of procedures")
        ordering = ["code", "version", "pk"]
        constraints = (models.UniqueConstraint(fields=["digest"], name="procedure_version_digest_unique"),)

    def __str__(self) -> str:
        return f"{self.code} {self.version}"

    @property
    def rules(self) -> procedures.Procedure:
        """The rules, read from the stored text."""
        return procedures.from_text(self.text)


def having(sought: Sought) -> Q:
    """Return the condition that an agreement has all of the words, as the index of words or its row says."""
    narrowed, left = narrowing(sought, using=router.db_for_read(Agreement))
    having_left = alike(patterns(left))
    return having_left if narrowed is None else having_left & within(narrowed)


class Agreements(Visible):
    """Agreements, as far as the reader may see them."""

    areas_field = "areas"
    shared_field = "pk"

    def kept(self) -> "Agreements":
        """Leave out records that were opened by mistake."""
        # Not as an equality, by which SQLite would expect few and leave the order of a list for it.
        return self.exclude(is_void=True)

    def preserved(self) -> "Agreements":
        """Keep those under a legal hold: nothing of them is redacted or let go."""
        return self.filter(legal_hold=True)

    def with_parties(self) -> "Agreements":
        """Fetch what a list shows beside the agreement itself: a fixed number of queries."""
        return self.select_related("procedure_version", "lead_unit", "officer").prefetch_related(
            "areas", models.Prefetch("participants", Participant.objects.select_related("party"))
        )

    def matching(self, text: str) -> "Agreements":
        """Keep agreements found by every word of a text, in any language: by references, numbers and titles."""
        return self.filter(having(Sought.read(text)))


class Agreement(Searched, Journalled):
    """An international agreement, from the first proposal to its end. Its stage moves by steps only."""

    SUBJECT = SubjectKind.AGREEMENT
    RECORDED = (
        "reference",
        "kind",
        "procedure_version",
        "valid_from",
        "valid_until",
        "renewal_years",
        "notice_months",
        "planned_signing",
        "planned_entry_into_force",
        "lead_unit",
        "officer",
        "level",
        "in_the_name_of",
        "ball",
        "clause",
        "authentic_languages",
        "register_number",
        "registered_on",
        "un_number",
        "un_registered_on",
        "legal_hold",
    )
    #: The columns that the line of steps moves, and nothing else.
    MOVED = (
        "stage",
        "since_earliest",
        "since_latest",
        "since_precision",
        "text",
        "round",
        "on_hold",
        "is_void",
    )
    RECORDED_TEXT = (
        "title_en",
        "title_ru",
        "title_kk",
        "short_title_en",
        "short_title_ru",
        "short_title_kk",
        "next_step",
        "clause_text_en",
        "clause_text_ru",
        "clause_text_kk",
    )

    reference = models.CharField(_("reference"), max_length=12, editable=False)
    title_en = Line(_("title in English"), max_length=500, blank=True)
    title_ru = Line(_("title in Russian"), max_length=500, blank=True)
    title_kk = Line(_("title in Kazakh"), max_length=500, blank=True)
    short_title_en = Line(_("short title in English"), max_length=200, blank=True)
    short_title_ru = Line(_("short title in Russian"), max_length=200, blank=True)
    short_title_kk = Line(_("short title in Kazakh"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=InstrumentKind)
    procedure_version = models.ForeignKey(
        ProcedureVersion, models.PROTECT, related_name="agreements", editable=False, verbose_name=_("procedure")
    )
    areas = models.ManyToManyField(Area, related_name="agreements", blank=True, verbose_name=_("areas"))

    stage = FSMField(_("stage"), max_length=12, choices=Stage.choices, protected=True, editable=False)
    since_earliest = models.DateField(_("in this stage since, earliest"), editable=False)
    since_latest = models.DateField(_("in this stage since, latest"), editable=False)
    since_precision = models.CharField(_("precision"), max_length=10, choices=Precision, editable=False)
    text = models.PositiveSmallIntegerField(_("text"), default=1, editable=False)
    round = models.PositiveSmallIntegerField(_("round of talks"), default=0, editable=False)
    on_hold = models.BooleanField(_("on hold"), default=False, editable=False)
    is_void = models.BooleanField(_("opened by mistake"), default=False, editable=False)

    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("The last day of validity."))
    renewal_years = models.PositiveSmallIntegerField(
        _("tacit renewal, in years"),
        null=True,
        blank=True,
        help_text=_("By how many years it is renewed each time unless notice is given. Leave empty if it is not."),
    )
    notice_months = models.PositiveSmallIntegerField(
        _("notice against renewal, in months"),
        null=True,
        blank=True,
        help_text=_("How many months before the last day of a period notice must be given so that it is not renewed."),
    )
    planned_signing = FuzzyDateField(_("planned signing"))
    planned_entry_into_force = FuzzyDateField(_("planned entry into force"))
    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name=_("lead unit")
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("responsible officer"),
    )
    level = models.CharField(_("level of confidentiality"), max_length=12, choices=Level, default=Level.INTERNAL)
    in_the_name_of = models.CharField(
        _("concluded in the name of"), max_length=12, choices=InTheNameOf, default=InTheNameOf.GOVERNMENT
    )
    next_step = Line(
        _("next step"),
        max_length=300,
        blank=True,
        help_text=_("Leave empty to show the step that the procedure foresees."),
    )
    ball = models.CharField(
        _("who has the ball"),
        max_length=12,
        choices=Ball,
        blank=True,
        help_text=_("Leave empty to let the procedure say who must act."),
    )

    ball_by_tasks = models.CharField(
        _("who has the ball by the open tasks"), max_length=12, choices=Ball, blank=True, editable=False
    )

    clause = ClauseField(
        _("entry-into-force clause as data"),
        null=True,
        blank=True,
        help_text=_("The rule by which the agreement enters into force, in the form described in docs/clauses.md."),
    )
    clause_text_en = Prose(_("entry-into-force clause in English"), max_length=4000, blank=True)
    clause_text_ru = Prose(_("entry-into-force clause in Russian"), max_length=4000, blank=True)
    clause_text_kk = Prose(_("entry-into-force clause in Kazakh"), max_length=4000, blank=True)
    authentic_languages = Line(
        _("authentic languages"),
        max_length=100,
        blank=True,
        validators=[iso639.validate],
        help_text=_("Codes of ISO 639-1, separated by commas: en, kk, ru."),
    )
    register_number = Line(
        _("number in the State Register"), max_length=40, blank=True, help_text=_("Of the State Register of treaties.")
    )
    registered_on = models.DateField(_("entered in the State Register on"), null=True, blank=True)
    un_number = Line(
        _("registration number at the United Nations"),
        max_length=40,
        blank=True,
        help_text=_("Of the Secretariat (Charter, Art. 102), such as I-54321."),
    )
    un_registered_on = models.DateField(_("registered at the United Nations on"), null=True, blank=True)
    computed_entry = FuzzyDateField(_("entry into force by the clause"), editable=False)
    legal_hold = models.BooleanField(_("legal hold"), default=False, editable=False)

    objects = Agreements.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-changed_at", "pk"]
        permissions = (
            ("perform_step", _("Can record steps")),
            ("record_out_of_procedure", _("Can record steps out of procedure")),
            ("import_history", _("Can import histories")),
            ("manage_reference_data", _("Can manage reference data")),
        )
        constraints = (
            models.UniqueConstraint(fields=["reference"], name="agreement_reference_unique"),
            one_of("stage", Stage, model="agreement"),
            one_of("kind", InstrumentKind, model="agreement"),
            one_of("level", Level, model="agreement"),
            one_of("in_the_name_of", InTheNameOf, model="agreement"),
            one_of("ball", Ball, model="agreement", blank=True),
            one_of("ball_by_tasks", Ball, model="agreement", blank=True),
            one_of("since_precision", Precision, model="agreement"),
            span_ordered("since_", model="agreement"),
            models.CheckConstraint(
                condition=~Q(title_en="", title_ru="", title_kk=""), name="agreement_title_in_one_language"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=models.F("valid_from")),
                name="agreement_validity_ordered",
                violation_error_message=_("The validity ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(renewal_years__isnull=True)
                | Q(renewal_years__gte=1, renewal_years__lte=LONGEST_RENEWAL, valid_until__isnull=False),
                name="agreement_renewal_of_a_period",
                violation_error_message=_(
                    "What is renewed is a period: give its last day too, and one year or more, a hundred at most."
                ),
            ),
            models.CheckConstraint(
                condition=Q(notice_months__isnull=True)
                | Q(notice_months__gte=1, notice_months__lte=LONGEST_NOTICE, renewal_years__isnull=False),
                name="agreement_notice_against_renewal",
                violation_error_message=_(
                    "Notice stops a renewal: give the years of the renewal too, and one month or more, 120 at most."
                ),
            ),
        )
        indexes = (
            models.Index(fields=["stage", "-changed_at", "id"], name="agreement_stage_changed"),
            models.Index(fields=["-changed_at", "id"], name="agreement_changed"),
            # The list by other orders, page by page: GET /api/v1/agreements/?ordering=.
            models.Index(fields=["since_latest", "id"], name="agreement_since"),
            models.Index(fields=["valid_until", "id"], name="agreement_valid_until"),
            # Whether the reader may see what belongs to an agreement - tasks, documents, points of agendas - is asked
            # by its key for each of many rows: without its own row, which is a hundred times as long.
            models.Index(fields=["id", "level", "is_void"], name="agreement_seen"),
            # How many there are of each kind, and which are stuck: GET /api/v1/agreements/counts/ (`counts`).
            # Groups stand together in it, and it holds all that is asked, so that no agreement itself is read. As a
            # truth value comes first, SQLite takes it for no other query, such as that of a list up to a level.
            models.Index(
                fields=[
                    *("is_void", "level", "stage", "kind", "procedure_version", "lead_unit"),
                    *("on_hold", "since_latest", "id"),
                ],
                name="agreement_counted",
            ),
        )

    def __str__(self) -> str:
        return self.short_title.text

    def sought_by(self) -> Iterable[str]:
        """Return its reference, also without the hyphen, its titles and its numbers in registers."""
        yield self.reference.replace("-", "")
        yield self.reference
        yield from (*self.short_titles.values(), *self.titles.values(), self.register_number, self.un_number)

    def clean(self) -> None:
        """Refuse a clause that names parties nobody knows; what else is wrong with it its own field says."""
        super().clean()
        self.authentic_languages = ", ".join(self.languages)
        if not self.clause:
            return
        try:
            entry_into_force.parse(self.clause)
        except entry_into_force.BadClause:
            return
        try:
            entry_into_force.parse(self.clause, known_code)
        except entry_into_force.BadClause as error:
            raise ValidationError({"clause": ValidationError(str(error), code="clause")}) from error

    def get_absolute_url(self) -> str:
        """Return the address of the agreement's page."""
        return reverse("agreement", args=[self.reference])

    @staticmethod
    def new_reference(prefix: str) -> str:
        """Return a short, readable, unguessable reference: hidden agreements leave no gap in a row of numbers."""
        return f"{prefix}-{''.join(secrets.choice(REFERENCE_LETTERS) for _letter in range(4))}"

    @property
    def titles(self) -> dict[str, str]:
        """The full title by language."""
        return {language: getattr(self, f"title_{language}") for language in LANGUAGES}

    @property
    def short_titles(self) -> dict[str, str]:
        """The short title by language."""
        return {language: getattr(self, f"short_title_{language}") for language in LANGUAGES}

    @property
    def title(self) -> Worded:
        """The full title in the reader's language, or in one that has it."""
        return pick(self.titles)

    @property
    def short_title(self) -> Worded:
        """The short title in the reader's language; the full one of a language where it has no short one."""
        return pick({language: self.short_titles[language] or self.titles[language] for language in LANGUAGES})

    @property
    def clause_texts(self) -> dict[str, str]:
        """The wording of the entry-into-force clause by language."""
        return {language: getattr(self, f"clause_text_{language}") for language in LANGUAGES}

    @property
    def languages(self) -> list[str]:
        """The codes of the languages in which the text is authentic, as stated."""
        return iso639.codes(self.authentic_languages)

    @property
    def rules(self) -> procedures.Procedure:
        """The procedure the agreement follows, in the version under which it began or to which it was moved since."""
        return self.procedure_version.rules

    @property
    def binding(self) -> bool:
        """Whether the agreement is a treaty; a non-binding text is in effect, never in force."""
        return self.rules.binding

    @property
    def group(self) -> Group:
        """The group of the stage."""
        return Stage(self.stage).group

    @property
    def since(self) -> FuzzyDate:
        """The date on which the agreement entered its stage."""
        return FuzzyDate(self.since_earliest, self.since_latest, Precision(self.since_precision))

    def related_record(self) -> dict[str, Any]:
        """Return areas, participants and relations as they stand."""
        return self.related_records([self])[self.pk]

    @classmethod
    def related_records(cls, subjects: Collection["Agreement"]) -> dict[UUID, dict[str, Any]]:
        """Return areas, participants and relations of agreements; as many queries for one as for many."""
        found: dict[UUID, dict[str, Any]] = {
            one.pk: {"areas": [], "participants": [], "relations": []} for one in subjects
        }
        # Sorted here, as they are when a record is opened: a database may put codes into the order of a language.
        areas = Agreement.areas.through.objects.filter(agreement__in=found)
        for key, code in sorted(areas.values_list("agreement", "area__code")):
            found[key]["areas"].append(code)
        takings = Participant.objects.filter(agreement__in=found).order_by()
        for key, code, role in sorted(takings.values_list("agreement", "party__code", "role")):
            found[key]["participants"].append({"party": code, "role": role})
        relations = Relation.objects.filter(agreement__in=found).order_by()
        for key, kind, other in sorted(relations.values_list("agreement", "kind", "to")):
            found[key]["relations"].append({"kind": kind, "to": str(other)})
        return found

    # ---- transitions: the only edges there are; called by lifecycle alone ----
    @transition(field=stage, source=EDGES[Transition.AUTHORISE].sources, target=EDGES[Transition.AUTHORISE].target)
    def authorise(self) -> None:
        """Authority to negotiate is given (EU: Art. 218(3)-(4) TFEU)."""

    @transition(
        field=stage,
        source=EDGES[Transition.OPEN_NEGOTIATIONS].sources,
        target=EDGES[Transition.OPEN_NEGOTIATIONS].target,
    )
    def open_negotiations(self) -> None:
        """Talks begin."""

    @transition(field=stage, source=EDGES[Transition.INITIAL].sources, target=EDGES[Transition.INITIAL].target)
    def initial(self) -> None:
        """The text is agreed and authenticated by initials (VCLT 10)."""

    @transition(
        field=stage, source=EDGES[Transition.PREPARE_SIGNING].sources, target=EDGES[Transition.PREPARE_SIGNING].target
    )
    def prepare_signing(self) -> None:
        """Clearances, expertise, translation, the decision to sign and full powers are prepared."""

    @transition(field=stage, source=EDGES[Transition.SIGN].sources, target=EDGES[Transition.SIGN].target)
    def sign(self) -> None:
        """Those who had to sign together have signed, or the text is open for signature (VCLT 12-14, 18)."""

    @transition(
        field=stage,
        source=EDGES[Transition.SUBMIT_FOR_RATIFICATION].sources,
        target=EDGES[Transition.SUBMIT_FOR_RATIFICATION].target,
    )
    def submit_for_ratification(self) -> None:
        """Consent to be bound is under way in at least one participant (VCLT 14, 16)."""

    @transition(
        field=stage, source=EDGES[Transition.ENTER_INTO_FORCE].sources, target=EDGES[Transition.ENTER_INTO_FORCE].target
    )
    def enter_into_force(self) -> None:
        """The agreement is in force (VCLT 24), or in effect."""

    @transition(field=stage, source=EDGES[Transition.SUSPEND].sources, target=EDGES[Transition.SUSPEND].target)
    def suspend(self) -> None:
        """Operation is suspended in whole (VCLT 57)."""

    @transition(field=stage, source=EDGES[Transition.RESUME].sources, target=EDGES[Transition.RESUME].target)
    def resume(self) -> None:
        """Operation goes on."""

    @transition(field=stage, source=EDGES[Transition.TERMINATE].sources, target=EDGES[Transition.TERMINATE].target)
    def terminate(self) -> None:
        """It ends by notice or consent (VCLT 54, 56)."""

    @transition(field=stage, source=EDGES[Transition.EXPIRE].sources, target=EDGES[Transition.EXPIRE].target)
    def expire(self) -> None:
        """It ends by its own period."""

    @transition(field=stage, source=EDGES[Transition.SUPERSEDE].sources, target=EDGES[Transition.SUPERSEDE].target)
    def supersede(self) -> None:
        """A later treaty of all its parties takes its place (VCLT 59)."""

    @transition(field=stage, source=EDGES[Transition.WITHDRAW].sources, target=EDGES[Transition.WITHDRAW].target)
    def withdraw(self) -> None:
        """It is given up before entry into force (after signature: VCLT 18(a))."""

    @transition(field=stage, source=EDGES[Transition.REOPEN].sources, target=EDGES[Transition.REOPEN].target)
    def reopen(self) -> None:
        """Talks on the next text begin."""


class Participant(models.Model):
    """A party's part in an agreement; what it did is in the journal."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="participants", verbose_name=_("agreement"))
    party = models.ForeignKey(Party, models.PROTECT, related_name="participations", verbose_name=_("party"))
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.NEGOTIATING)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["agreement", "party__name_en", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["agreement", "party"], name="participant_once"),
            one_of("role", Role, model="participant"),
        )

    def __str__(self) -> str:
        return str(self.party)


class Relations(Visible):
    """Relations, as far as the reader may see the agreement to which they lead."""

    level_field = "to__level"
    areas_field = "to__areas"
    shared_field = "to"

    def kept(self) -> "Relations":
        """Leave out those to records that were opened by mistake."""
        return self.exclude(to__is_void=True)


class Relation(models.Model):
    """How one agreement stands to another, read from `agreement` to `to`."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="relations", verbose_name=_("agreement"))
    kind = models.CharField(_("relation"), max_length=12, choices=RelationKind)
    to = models.ForeignKey(Agreement, models.PROTECT, related_name="related_from", verbose_name=_("to"))

    objects = Relations.as_manager()

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["agreement", "kind", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["agreement", "kind", "to"], name="relation_once"),
            models.CheckConstraint(condition=~Q(agreement=models.F("to")), name="relation_not_to_itself"),
            one_of("kind", RelationKind, model="relation"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.to}"
