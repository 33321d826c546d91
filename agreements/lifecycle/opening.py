"""Opening the record of an agreement: a proposal, or an agreement that is mid-life when it is first recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, procedures, registers, upkeep, walk
from agreements.choices import EntryKind, InstrumentKind, Origin, Role, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.lifecycle.weighing import Details, columns_of
from agreements.models import Agreement, Area, Participant, Party, ProcedureVersion, Relation, User
from agreements.registers import NOT_PERMITTED


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A new record: what it is about, who takes part, and at which stage it begins."""

    titles: Mapping[str, str]
    kind: str
    short_titles: Mapping[str, str] = field(default_factory=dict)
    procedure: str = ""
    stage: str = Stage.PROPOSED
    text: int = 1
    areas: Sequence[Area] = ()
    participants: Sequence[tuple[Party, str]] = ()
    relations: Sequence[tuple[str, Agreement]] = ()
    reference: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)


def open(proposal: Proposal, *, by: User, on: FuzzyDate | None = None, **details: Any) -> Agreement:
    """Open the record of an agreement: propose a new one, or record one mid-life at any stage of its procedure.

    Raises Refused with every reason, ValidationError for values that a column cannot hold; then nothing was written.
    """
    told, when = Details(**details), on or FuzzyDate.of_day(clock.today())
    reasons = _opening_reasons(proposal, told, when, by)
    if reasons:
        raise Refused(*reasons)
    stage = Stage(proposal.stage)
    with transaction.atomic():
        agreement = Agreement(
            reference=proposal.reference or _free_reference(proposal.areas),
            kind=proposal.kind,
            procedure_version=present_version(proposal.procedure or InstrumentKind(proposal.kind).default_procedure),
            stage=stage.value,
            since_earliest=when.earliest,
            since_latest=when.latest,
            since_precision=when.precision,
            text=proposal.text,
            **{f"title_{language}": title for language, title in proposal.titles.items()},
            **{f"short_title_{language}": title for language, title in proposal.short_titles.items()},
            **proposal.columns,
        )
        registers.insert(agreement)
        agreement.areas.add(*proposal.areas)
        Participant.objects.bulk_create(
            Participant(agreement=agreement, party=party, role=role) for party, role in proposal.participants
        )
        Relation.objects.bulk_create(
            Relation(agreement=agreement, kind=kind, to=other) for kind, other in proposal.relations
        )
        data, text = journal.snapshot(agreement)
        data_of_step = {"text": proposal.text, "record": data} | ({"manner": told.manner} if told.manner else {})
        journal.record(
            agreement,
            EntryKind.OPEN,
            by=by,
            on=when,
            position=walk.STRIDE,
            to_stage=stage,
            data=data_of_step,
            text={"record": text} | {name: value for name in ("what", "reason") if (value := getattr(told, name))},
            **columns_of(told),
        )
        agreement.save(update_fields=("version", "changed_at"))
        upkeep.refresh([agreement])
    return agreement


def _opening_reasons(proposal: Proposal, told: Details, when: FuzzyDate, by: User) -> list[Reason]:
    known = procedures.load(settings.PROCEDURES_DIR)
    reasons = registers.timing(when, clock.today()) + registers.spelling(
        columns_of(told) | {"what": told.what, "reason": told.reason}
    )
    if not access.may(by, "import" if told.origin == Origin.IMPORTED else "propose"):
        reasons.append(NOT_PERMITTED)
    if not access.sees(by, proposal.columns.get("level", "internal")):
        reasons.append(
            Reason("level-too-high", _("The level of confidentiality is above your own."), asked="level", firm=True)
        )
    if not any(title.strip() for title in proposal.titles.values()):
        reasons.append(Reason("title-missing", _("Give a title in one language at least."), asked="title", firm=True))
    if proposal.kind not in InstrumentKind.values:
        reasons.append(_unknown("kind", proposal.kind, InstrumentKind.values))
        return reasons
    code = proposal.procedure or InstrumentKind(proposal.kind).default_procedure
    if code not in known:
        reasons.append(_unknown("procedure", code, list(known)))
    elif proposal.stage not in known[code].stages:
        reasons.append(_unknown("stage", proposal.stage, [stage.value for stage in known[code].stages]))
    parties = [party.pk for party, _role in proposal.participants]
    if len(parties) != len(set(parties)):
        reasons.append(Reason("party-twice", _("A party is named twice."), asked="participants", firm=True))
    if any(role not in Role.values for _party, role in proposal.participants):
        reasons.append(_unknown("participants", "role", Role.values))
    return reasons


def _unknown(name: str, value: str, known: Sequence[str]) -> Reason:
    return Reason(
        f"{name}-unknown",
        _("“%(value)s” is not known. Use one of: %(known)s."),
        {"value": value, "known": ", ".join(known)},
        asked=name,
        firm=True,
    )


def present_version(code: str) -> ProcedureVersion:
    """Return the present version of a procedure; its text is kept when it is first used."""
    rules = procedures.load(settings.PROCEDURES_DIR)[code]
    version, _created = ProcedureVersion.objects.get_or_create(
        digest=rules.digest, defaults={"code": rules.code, "version": rules.version, "text": rules.text}
    )
    return version


def _free_reference(areas: Sequence[Area]) -> str:
    prefix = areas[0].prefix if areas else "AGR"
    while Agreement.objects.filter(reference=(reference := Agreement.new_reference(prefix))).exists():
        continue
    return reference
