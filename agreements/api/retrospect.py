"""Agreements as they were: as true on a day, as known at a moment, by what the journal tells.

The line of steps says where an agreement stood on the day; it is told of those that had begun for certain. What a
record says without a day – its titles, areas, participants, who answers for it – is told as recorded at the moment.
Whoever may see an agreement now may see it as it was; what he may not see now, such as a relation to a hidden one, is
left out. Open tasks are known of today only, and so whose move it was is told without them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from agreements import journal, procedures, registers, stood, walk
from agreements.api.listed import Relating
from agreements.api.standing import Question, own_side
from agreements.bonds import Seen, see
from agreements.chains import day_of, standing, tell, texts
from agreements.choices import Group, Stage, SubjectKind
from agreements.dates import FuzzyDate, render_day
from agreements.folding import Sought, fold
from agreements.history import histories
from agreements.models import Agreement, Entry, ProcedureVersion, User
from agreements.reports.facts import AgreementFacts, facts_in
from agreements.words import pick

#: So many agreements are looked at for one page where not all of them are asked for: their lines are replayed.
LOOKED_AT = 1_000
#: The filters that ask where an agreement stood, and those that ask what its record said.
OF_STATE = ("stage", "stage__in", "group", "group__in", "on_hold", "since__gte", "since__lte")
_BY_WORDS = ("kind", "party", "area", "procedure", "lead_unit", "officer")
OF_RECORD = (
    *(f"{name}{one}" for name in _BY_WORDS for one in ("", "__in")),
    *("binding", "text"),
    *(f"{name}__{one}" for name in ("valid_from", "valid_until", "planned_signing") for one in ("gte", "lte")),
)
#: The filters that know of now only.
OF_NOW = ("attention", "attention__in", "ball", "ball__in", "view", "changed_at__lte", "changed_at__gte")


# ---- which of them ----
def begun(agreements: QuerySet[Agreement], question: Question) -> QuerySet[Agreement]:
    """Keep agreements of which something in their line had happened by the day, and was recorded by the moment."""
    entries = Entry.objects.filter(subject=OuterRef("pk"), position__isnull=False, recorded_at__lte=question.known_at)
    if not stood.by_columns(question.on):
        entries = entries.filter(latest__lte=question.on)
    return agreements.filter(Exists(entries))


def stood_as(question: Question, given: Mapping[str, Any]) -> Q:
    """Match agreements that stood as filters ask for it, by their names; of what is known now the database says it."""
    day, found = question.on, Q()
    for name in OF_STATE:
        if given.get(name) in (None, "", []):
            continue
        value = _told(name, given[name])
        match name.removesuffix("__in"):
            case "stage" | "group":
                found &= stood.at(value, day)
            case "on_hold":
                found &= Q(stood.held(day)) if value else ~Q(stood.held(day))
            case "since__gte":
                found &= stood.since(day, first=value)
            case "since__lte":
                found &= stood.since(day, last=value)
    return found


class Sieve:
    """Keeps of some agreements those that had begun and that are asked for, by where they stood and what they were.

    It is for what was known at a moment that is past; of what is known now the database is asked (`stood_as`).

    `given` are the values of filters by their names. It reads the lines of those that it looks at, at most `most` for
    one page, and their records only where they are asked about and may have been others.
    """

    def __init__(self, question: Question, given: Mapping[str, Any]) -> None:
        self.question = question
        names = (name for name in (*OF_STATE, *OF_RECORD) if given.get(name) not in (None, "", []))
        self.given = {name: _told(name, given[name]) for name in names}
        self.most = LOOKED_AT if self.given else 0

    def __call__(self, rows: Sequence[Agreement]) -> list[Agreement]:
        """Return the rows that are kept."""
        keys = [row.pk for row in rows]
        told, records = histories(keys, self.question.known_at), self._records(keys)
        kept = []
        for row in rows:
            history = told[row.pk]
            state = None if history.is_void else standing(history.line, self.question.on).state
            record = records.get(row.pk, {})
            if state and all(self._holds(name, state, record) for name in self.given):
                kept.append(row)
        return kept

    def _records(self, keys: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
        if self.given.keys().isdisjoint(OF_RECORD):
            return {}
        asked = Agreement.objects.filter(pk__in=keys).order_by().values("pk")
        return journal.rebuild(SubjectKind.AGREEMENT, self.question.known_at, only=asked)

    def _holds(self, name: str, state: walk.State, record: Mapping[str, Any]) -> bool:
        return _HOLDS[name.removesuffix("__in")](self.given[name], state, record)


def _told(name: str, value: Any) -> Any:
    """Return what a filter asks for as lines and records tell it: stages, digests of procedures, keys of accounts."""
    match name.removesuffix("__in"):
        case "group":
            return Stage.of(*map(Group, value))
        case "procedure":
            return {digest for digest, code, _binding in _procedures() if code in value}
        case "binding":
            return {digest for digest, _code, binding in _procedures() if binding is value}
        case "officer":
            return {str(key) for key in User.objects.filter(username__in=value).values_list("pk", flat=True)}
        case "text":
            return Sought.read(value)
    return value


def _procedures() -> list[tuple[str, str, bool]]:
    """Return the digests, the codes and the nature of all procedures."""
    rules = [*procedures.load(settings.PROCEDURES_DIR).values()]
    rules += [version.rules for version in ProcedureVersion.objects.order_by("pk")]
    return [(one.digest, one.code, one.binding) for one in rules]


def _sought_in(record: Mapping[str, Any]) -> Iterable[str]:
    """Return the texts by whose words a record was found, as `Agreement.sought_by` says it."""
    yield from (record["reference"].replace("-", ""), record["reference"])
    yield from (*texts(record, "short_title").values(), *texts(record, "title").values())
    yield from (record.get("register_number") or "", record.get("un_number") or "")


def _lies(read: Callable[[walk.State, Mapping[str, Any]], FuzzyDate | None], *, after: bool) -> Callable[..., bool]:
    """Return what asks whether a date can lie on a day or after it, or before it; no date lies nowhere."""

    def lies(day: date, state: walk.State, record: Mapping[str, Any]) -> bool:
        when = read(state, record)
        return when is not None and (when.latest >= day if after else when.earliest <= day)

    return lies


def _kept(name: str) -> Callable[[walk.State, Mapping[str, Any]], FuzzyDate | None]:
    """Return what reads a date that the record keeps."""
    return lambda _state, record: _when(record.get(name))


_DATES: Mapping[str, Callable[[walk.State, Mapping[str, Any]], FuzzyDate | None]] = {
    "since": lambda state, _record: state.since.when,
    **{name: _kept(name) for name in ("valid_from", "valid_until", "planned_signing")},
}
#: Whether an agreement is what a filter asks for, by the value of the filter, its line and its record.
_HOLDS: Mapping[str, Callable[[Any, walk.State, Mapping[str, Any]], bool]] = {
    "stage": lambda stages, state, _record: state.stage in stages,
    "group": lambda stages, state, _record: state.stage in stages,
    "on_hold": lambda held, state, _record: (state.hold is not None) is held,
    "kind": lambda kinds, _state, record: record["kind"] in kinds,
    "party": lambda codes, _state, record: any(part["party"] in codes for part in record["participants"]),
    "area": lambda codes, _state, record: not set(codes).isdisjoint(record["areas"]),
    "lead_unit": lambda codes, _state, record: record["lead_unit"] in codes,
    "officer": lambda keys, _state, record: record["officer"] in keys,
    "procedure": lambda digests, _state, record: record["procedure_version"] in digests,
    "binding": lambda digests, _state, record: record["procedure_version"] in digests,
    "text": lambda sought, _state, record: sought.finds(fold(*_sought_in(record))),
    **{f"{name}__{one}": _lies(read, after=one == "gte") for name, read in _DATES.items() for one in ("gte", "lte")},
}


# ---- as they were ----
def then(agreements: Sequence[Agreement], question: Question, *, user: User) -> list[SimpleNamespace]:
    """Return agreements as they were, as their serializers read them; left out is what had not begun for certain.

    Runs the same number of queries for any number of them.
    """
    rows = {agreement.pk: agreement for agreement in agreements}
    balls = {key: row.ball_by_tasks for key, row in rows.items()} if question.known_at is None else {}
    told = tell(rows, question.known_at, balls=balls)
    looks = [found for chain in told.chains.values() if (found := see(chain, told, question.on)) and found.state]
    relations = _relations(looks, user)
    last = _last(rows, question)
    return [
        SimpleNamespace(
            **_row(seen, facts_in(seen, told.names)),
            told_relations=relations[seen.id],
            version=last[seen.id][0],
            changed_at=last[seen.id][1],
            seen=seen,
            told=told,
            question=question,
        )
        for seen in looks
    ]


def untold(agreement: Agreement, question: Question) -> str:
    """Return why nothing is told of an agreement that its reader sees today, in his language."""
    if agreement.is_void:
        return str(registers.VOID_RECORD.sentence)
    if question.known_at is None:
        said = _("This agreement had not begun for certain by this day: %(day)s.")
    else:
        said = _("By what was recorded at that moment, this agreement had not begun for certain by this day: %(day)s.")
    return said % {"day": render_day(question.on)}


def in_full(one: SimpleNamespace) -> SimpleNamespace:
    """Add to an agreement as it was what is told of one by itself."""
    seen, told = one.seen, one.told
    record, tracked = seen.record, told.track(seen.chain, seen.as_of)
    one.told_period = seen.period
    one.told_own_side = own_side(tracked, stage=seen.stage, binding=seen.rules.binding)
    one.legal_hold = bool(record.get("legal_hold"))
    one.clause, one.clause_texts = record.get("clause"), texts(record, "clause_text")
    for number, day in (("register_number", "registered_on"), ("un_number", "un_registered_on")):
        on = day_of(record.get(day))
        # A registration on a later day was still to come.
        later = on is not None and on > seen.as_of
        setattr(one, number, "" if later else record.get(number) or "")
        setattr(one, day, None if later else on)
    return one


def look_of(one: SimpleNamespace) -> SimpleNamespace:
    """Return from where an agreement is looked at, and which later stages it may have reached."""
    labels = [(stage, one.rules.stage_label(stage)) for stage in one.seen.stood.possibly]
    return SimpleNamespace(
        as_of=one.question.on,
        known_at=one.question.known_at,
        possibly=[SimpleNamespace(stage=stage, stage_label=label) for stage, label in labels],
    )


def _row(seen: Seen, facts: AgreementFacts) -> dict[str, Any]:
    """Return what an agreement was by its record and its line; what people set for now holds if that was the stage."""
    record, rules = seen.record, facts.procedure
    return {
        "reference": facts.reference,
        "titles": facts.titles,
        "short_titles": facts.short_titles,
        "kind": facts.kind,
        "procedure_version": rules,
        "rules": rules,
        "binding": facts.binding,
        "stage": facts.stage,
        "group": facts.group,
        "since": facts.since,
        "text": facts.text,
        "round": facts.round,
        "on_hold": facts.hold_since is not None,
        "told_areas": [code for code, _names in facts.areas],
        "told_participants": sorted(
            ({"party": code, "name": pick(names).text, "role": facts.roles[code]} for code, names in facts.parties),
            key=lambda one: dict(facts.parties)[one["party"]]["en"],
        ),
        "in_the_name_of": record["in_the_name_of"],
        "level": facts.level,
        "lead_unit": SimpleNamespace(code=facts.lead_unit_code) if facts.lead_unit_code else None,
        "officer": SimpleNamespace(username=facts.officer_account) if facts.officer_account else None,
        "valid_from": facts.valid_from,
        "valid_until": facts.valid_until,
        "renewal_years": record.get("renewal_years"),
        "notice_months": record.get("notice_months"),
        "planned_signing": facts.planned_signing,
        "planned_entry_into_force": _when(record.get("planned_entry_into_force")),
        "computed_entry": facts.computed_entry,
        "next_step": record.get("next_step", "") if seen.present else "",
        "told_ball": facts.ball,
        "ball": record["ball"] if seen.present else "",
        "is_void": False,
    }


def _when(text: str | None) -> FuzzyDate | None:
    return FuzzyDate.parse(text) if text else None


def _relations(looks: Sequence[Seen], user: User) -> dict[UUID, list[Relating]]:
    """Return the relations as recorded, to agreements that the user may see now; one query."""
    wanted = {item["to"] for seen in looks for item in seen.record.get("relations", ())}
    kept = Agreement.objects.for_user(user).kept().filter(pk__in=wanted).order_by()
    references = {str(key): reference for key, reference in kept.values_list("pk", "reference")}
    found: dict[UUID, list[Relating]] = defaultdict(list)
    for seen in looks:
        told = [
            (item["kind"], references[item["to"]])
            for item in seen.record.get("relations", ())
            if item["to"] in references
        ]
        found[seen.id] = [Relating(*pair) for pair in sorted(told)]
    return found


def _last(rows: Mapping[UUID, Agreement], question: Question) -> dict[UUID, tuple[int, Any]]:
    """Return how many entries were recorded, and when the last one was; one query, for a moment that is past."""
    if question.known_at is None:
        return {key: (row.version, row.changed_at) for key, row in rows.items()}
    entries = Entry.objects.filter(subject__in=rows, recorded_at__lte=question.known_at).order_by()
    counted = entries.values("subject").annotate(version=Max("sequence"), at=Max("recorded_at"))
    return {row["subject"]: (row["version"], row["at"]) for row in counted}
