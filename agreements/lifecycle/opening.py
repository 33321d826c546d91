"""Opening the record of an agreement: a proposal, or an agreement that is mid-life when it is first recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, procedures, registers, upkeep, walk
from agreements.choices import EntryKind, InstrumentKind, Origin, Role, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import History
from agreements.lifecycle.steps import draft_of, move
from agreements.lifecycle.weighing import Details, Dossier, Step, columns_of, weigh
from agreements.models import Agreement, Area, Participant, Party, ProcedureVersion, Relation, User
from agreements.models.inserting import insert, insert_each
from agreements.registers import NOT_PERMITTED
from agreements.walk import Placed

_KINDS, _ROLES = frozenset(InstrumentKind.values), frozenset(Role.values)
#: How many rows one statement inserts or asks for.
_CHUNK = 400


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


@dataclass(frozen=True)
class Birth:
    """A record to be opened, and the steps of its life since: their names, dates and details, in their order."""

    proposal: Proposal
    on: FuzzyDate
    details: Details
    steps: Sequence[tuple[str, FuzzyDate, Details]] = ()


class Opened(NamedTuple):
    """What became of one of many records to be opened: the agreement, or every reason why there is none."""

    agreement: Agreement | None
    reasons: tuple[Reason, ...] = ()


def open(proposal: Proposal, *, by: User, on: FuzzyDate | None = None, **details: Any) -> Agreement:
    """Open the record of an agreement: propose a new one, or record one mid-life at any stage of its procedure.

    Raises Refused with every reason, ValidationError for values that a column cannot hold; then nothing was written.
    """
    told, when = Details(**details), on or FuzzyDate.of_day(clock.today())
    reasons = _opening_reasons(proposal, told, when, by)
    if reasons:
        raise Refused(*reasons)
    with transaction.atomic():
        version = present_version(_procedure(proposal))
        agreement = _agreement(proposal, when, proposal.reference or _free_reference(proposal.areas), version)
        registers.insert(agreement)
        _relate([(agreement, proposal)])
        journal.append([_opening(agreement, proposal, when, told, by)])
        agreement.save(update_fields=("version", "changed_at"))
        upkeep.refresh([agreement])
    return agreement


def open_each(births: Sequence[Birth], *, by: User, only_weigh: bool = False) -> list[Opened]:
    """Open the records of many agreements, each judged by itself, with the steps that follow their openings.

    The same number of queries for one or many, but for the size of statements. `only_weigh`: none is written. Where
    something stands against one of its steps, a record is not opened at all.
    """
    outcomes: list[Opened] = []
    drafts: list[journal.Draft] = []
    with transaction.atomic():
        free, versions = _free_references(births), dict[str, ProcedureVersion]()
        for birth, reference in zip(births, free, strict=True):
            proposal = birth.proposal
            reasons = _opening_reasons(proposal, birth.details, birth.on, by)
            reasons = reasons or _value_reasons(proposal)
            if reasons:
                outcomes.append(Opened(None, tuple(reasons)))
                continue
            code = _procedure(proposal)
            if code not in versions:
                versions[code] = _weighed_version(code) if only_weigh else present_version(code)
            agreement = _agreement(proposal, birth.on, reference, versions[code])
            opening = _opening(agreement, proposal, birth.on, birth.details, by)
            case = _case(agreement, opening)
            written = [opening]
            for name, on, details in birth.steps:
                step = Step(agreement, name, on, details)
                found, placed, set_aside = weigh(case, step, by)
                if found:
                    reasons += found
                    break
                written.append(draft_of(case, step, placed, by, set_aside))
                move(case, placed)
            if reasons:
                outcomes.append(Opened(None, tuple(reasons)))
                continue
            drafts += written
            outcomes.append(Opened(agreement))
        if drafts and not only_weigh:
            made = [
                (one.agreement, birth.proposal) for one, birth in zip(outcomes, births, strict=True) if one.agreement
            ]
            _write(made, drafts)
    return outcomes


def _write(made: Sequence[tuple[Agreement, Proposal]], drafts: list[journal.Draft]) -> None:
    """Insert the rows of agreements with what belongs to them, and the entries of their chains."""
    drafted = journal.prepare(drafts)  # sets the versions with which the rows are inserted
    insert_each([agreement for agreement, _proposal in made])
    _relate(made)
    journal.write(drafted)
    upkeep.refresh([agreement for agreement, _proposal in made])


def _procedure(proposal: Proposal) -> str:
    return proposal.procedure or InstrumentKind(proposal.kind).default_procedure


def _agreement(proposal: Proposal, when: FuzzyDate, reference: str, version: ProcedureVersion) -> Agreement:
    agreement = Agreement(
        reference=reference,
        kind=proposal.kind,
        procedure_version=version,
        stage=Stage(proposal.stage).value,
        since_earliest=when.earliest,
        since_latest=when.latest,
        since_precision=when.precision,
        text=proposal.text,
        **{f"title_{language}": title for language, title in proposal.titles.items()},
        **{f"short_title_{language}": title for language, title in proposal.short_titles.items()},
        **proposal.columns,
    )
    agreement.fold()
    return agreement


def _relate(made: Sequence[tuple[Agreement, Proposal]]) -> None:
    """Insert what belongs to agreements that were just inserted: areas, participants, relations."""
    insert(
        Agreement.areas.through,
        ("agreement_id", "area_id"),
        ((agreement.pk, area.pk) for agreement, proposal in made for area in proposal.areas),
    )
    insert(
        Participant,
        ("agreement_id", "party_id", "role"),
        ((agreement.pk, party.pk, role) for agreement, proposal in made for party, role in proposal.participants),
    )
    insert(
        Relation,
        ("agreement_id", "kind", "to_id"),
        ((agreement.pk, kind, other.pk) for agreement, proposal in made for kind, other in proposal.relations),
    )


def _opening(agreement: Agreement, proposal: Proposal, when: FuzzyDate, told: Details, by: User) -> journal.Draft:
    """Return the first entry of the chain of an agreement to be."""
    related = {
        "areas": sorted(area.code for area in proposal.areas),
        "participants": [
            {"party": party.code, "role": str(role)}
            for party, role in sorted(proposal.participants, key=lambda taking: taking[0].code)
        ],
        "relations": [
            {"kind": str(kind), "to": str(other.pk)}
            for kind, other in sorted(proposal.relations, key=lambda relation: (relation[0], relation[1].pk))
        ],
    }
    data, text = journal.snapshot(agreement, related=related)
    return journal.Draft(
        agreement,
        EntryKind.OPEN,
        by,
        when,
        position=walk.STRIDE,
        to_stage=proposal.stage,
        data={"text": proposal.text, "record": data} | ({"manner": told.manner} if told.manner else {}),
        text={"record": text} | {name: value for name in ("what", "reason") if (value := getattr(told, name))},
        **columns_of(told),
    )


def _case(agreement: Agreement, opening: journal.Draft) -> Dossier:
    """Return what the rules are asked about an agreement that is being opened."""
    stage = Stage(agreement.stage)
    placed = Placed(opening.key, walk.STRIDE, EntryKind.OPEN, opening.on, None, stage, agreement.text)
    return Dossier(agreement, History(line=[placed], positions=[walk.STRIDE]), ())


def _weighed_version(code: str) -> ProcedureVersion:
    """Return the present version of a procedure without keeping its text: nothing is written of it yet."""
    rules = procedures.load(settings.PROCEDURES_DIR)[code]
    return ProcedureVersion(digest=rules.digest, code=rules.code, version=rules.version, text=rules.text)


def _value_reasons(proposal: Proposal) -> list[Reason]:
    """Return why columns cannot hold what is given."""
    given = {f"title_{language}": title for language, title in proposal.titles.items()}
    given |= {f"short_title_{language}": title for language, title in proposal.short_titles.items()}
    reasons = []
    for name, value in (given | dict(proposal.columns)).items():
        column = Agreement._meta.get_field(name)
        if column.is_relation or not value:
            continue
        try:
            column.clean(value, None)  # type: ignore[union-attr]
        except ValidationError as error:
            told = {"field": column.verbose_name, "problem": " ".join(error.messages)}  # type: ignore[union-attr]
            reasons.append(Reason("invalid", "%(field)s: %(problem)s", told, asked=name, firm=True))
    first, last = proposal.columns.get("valid_from"), proposal.columns.get("valid_until")
    if first and last and last < first:
        reasons.append(
            Reason("validity-ordered", _("The validity ends before it begins."), asked="valid_until", firm=True)
        )
    return reasons


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
    if proposal.kind not in _KINDS:
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
    if any(role not in _ROLES for _party, role in proposal.participants):
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


def _prefix(areas: Sequence[Area]) -> str:
    return areas[0].prefix if areas else "AGR"


def _free_reference(areas: Sequence[Area]) -> str:
    while Agreement.objects.filter(reference=(reference := Agreement.new_reference(_prefix(areas)))).exists():
        continue
    return reference


def _free_references(births: Sequence[Birth]) -> list[str]:
    """Return a reference for each record to be; they differ, and none is taken."""
    found = [birth.proposal.reference for birth in births]
    wanted = {place for place, reference in enumerate(found) if not reference}
    while wanted:
        used = {reference for place, reference in enumerate(found) if place not in wanted}
        for place in sorted(wanted):
            prefix = _prefix(births[place].proposal.areas)
            while (reference := Agreement.new_reference(prefix)) in used:
                continue
            used.add(reference)
            found[place] = reference
        asked = [found[place] for place in sorted(wanted)]
        taken = {
            reference
            for start in range(0, len(asked), _CHUNK)
            for reference in Agreement.objects.filter(reference__in=asked[start : start + _CHUNK])
            .order_by()
            .values_list("reference", flat=True)
        }
        wanted = {place for place in wanted if found[place] in taken}
    return found
