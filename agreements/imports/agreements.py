"""Rows that are agreements: each opens a record, with the steps that its dates tell of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from agreements import registers
from agreements.changes import label_of
from agreements.choices import EDGES, InstrumentKind, Role, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.import_choices import ImportOutcome, ImportState
from agreements.imports.cells import CHANGE, OTHER, SAME, SKIP, Doubt, Given, dated, texts
from agreements.imports.reasons import Why, in_words, of_reasons
from agreements.imports.taking import MOST_QUESTIONS, Job, Planned, Taker
from agreements.imports.twins import ALIKE_WITH_DATE, Twins, may_be_same, spans
from agreements.imports.vocabulary import Found
from agreements.lifecycle import Birth, Proposal, open_each
from agreements.models import Agreement, ImportRun
from agreements.tabular import fields
from agreements.words import LANGUAGES, Texts, tongue

#: Fields that are columns of an agreement of the same name, as texts or as they are.
_COLUMNS = ("in_the_name_of", "un_number", "register_number", "next_step")
#: Days of these are kept where the very day is known; else they are told in words.
_PERIOD = ("valid_from", "valid_until")
_ENDS = (Stage.TERMINATED, Stage.EXPIRED, Stage.SUPERSEDED, Stage.WITHDRAWN)


class _Unclear(Exception):
    def __init__(self, doubt: Doubt) -> None:
        self.doubt = doubt


class Life(NamedTuple):
    """What a row tells of a life: where the record begins, and the steps since; `early` are days before that."""

    stage: Stage
    on: FuzzyDate
    steps: list[tuple[Transition, FuzzyDate]]
    early: list[tuple[Stage, FuzzyDate]]


class AgreementTaker(Taker):
    """Takes over agreements."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._twins = Twins(_tried(job.run))
        #: What an attempt that did not come to its end has opened already: rows are compared with its rows.
        self._own = frozenset(
            job.run.rows.filter(live=True, subject_kind="agreement").values_list("subject", flat=True)
        )
        #: The rows that it settled before they were compared, where the rows themselves do not say so.
        self._uncompared = frozenset(
            job.run.rows.filter(code__in=("taken-before", "taken-elsewhere", "likeness")).values_list(
                "number", flat=True
            )
        )

    def label(self, given: Given) -> str:
        """Return the title."""
        return next(iter(texts(given, "title", tongue).values()), "")

    def weigh_and_take(self, rows: Sequence[Given], *, write: bool) -> Iterable[Planned]:
        """Judge rows against what is recorded, and open the records of those that are new."""
        births: list[Birth] = []
        opened: list[Given] = []
        candidates = self._candidates(rows)
        for given in rows:
            try:
                titles = texts(given, "title", tongue)
                if not titles:
                    yield self.refused(given, Why("title-missing"))
                    continue
                life = self._life(given)
                same = self._recorded(given, candidates[given.number], life)
                self._twin(given, titles, life)
                if same is not None:
                    yield self._same(given, same, titles, write=write)
                    continue
                births.append(self._birth(given, titles, life, write=write))
                opened.append(given)
            except _Unclear as unclear:
                answer = self.job.decided(unclear.doubt.kind, unclear.doubt.key)
                if answer == SKIP:
                    yield self.skipped(given, Why("left-out"))
                else:
                    yield self.doubted(given, unclear.doubt)
        for given, one in zip(opened, open_each(births, by=self.job.user, only_weigh=not write), strict=True):
            if one.agreement is None:
                yield self.refused(given, of_reasons(one.reasons))
            else:
                yield self.created(given, "agreement", one.agreement.pk, key=given.text("number")[:100])

    # ---- what is recorded already ----
    def _candidates(self, rows: Sequence[Given]) -> Mapping[int, list[tuple[Found, float]]]:
        """Return for rows the agreements that they may be: by reference and numbers surely, by title perhaps."""
        found: dict[int, list[tuple[Found, float]]] = {given.number: [] for given in rows}
        numbers = {
            given.number: [given.text(name) for name in ("reference", "number", "un_number", "register_number")]
            for given in rows
        }
        known = self.job.vocabulary.numbered(text for given_numbers in numbers.values() for text in given_numbers)
        for given in rows:
            for text in numbers[given.number]:
                found[given.number] += [(one, 2.0) for one in known.get(text, ())]
        self._by_title(rows, found)
        return found

    def _by_title(self, rows: Sequence[Given], found: dict[int, list[tuple[Found, float]]]) -> None:
        titles = self.job.vocabulary.titles
        if not titles:
            return
        near = {
            given.number: [
                one
                for title in texts(given, "title", tongue).values()
                for one in titles.alike(title, enough=ALIKE_WITH_DATE)
            ]
            for given in rows
            if not found[given.number]
        }
        keys = {UUID(one.key) for alike in near.values() for one in alike}
        references = dict(self.job.vocabulary.seen.filter(pk__in=keys).values_list("pk", "reference"))
        lives = self.job.vocabulary.lives(keys)
        for given in rows:
            days = spans(_days(given))
            for one in near.get(given.number, ()):
                key = UUID(one.key)
                if key not in references or key in self._own:
                    continue
                if may_be_same(one.score, days, spans(lives.get(key, []))):
                    found[given.number].append((Found(key, references[key], False), one.score))

    def _recorded(self, given: Given, found: list[tuple[Found, float]], life: Life) -> Found | None:
        """Return the agreement that a row is; None where it is new. Raises what says that a person must say."""
        sure = [one for one, _score in found if one.sure]
        if sure:
            return sure[0]
        if not found:
            return None
        answer = self.job.decided("duplicate", str(given.number))
        if answer == OTHER:
            return None
        if answer in (SAME, CHANGE):
            return max(found, key=lambda one: one[1])[0]
        references = tuple(dict.fromkeys(one.reference for one, _score in found))
        if answer in references:
            return next(one for one, _score in found if one.reference == answer)
        told = {"references": ", ".join(references)}
        raise _Unclear(Doubt("duplicate", str(given.number), Why("likeness", told), references))

    def remember(self, given: Given) -> None:
        """Take up a row that an attempt before has compared: others of the file may be the same agreement."""
        if given.number in self._uncompared or self._settled(given, {}) is not None:
            return
        with suppress(_Unclear):
            self._take_up(given, texts(given, "title", tongue), self._life(given))

    def _twin(self, given: Given, titles: Mapping[str, str], life: Life) -> None:
        """Notice a row of the same file with the same title and date, or with one much alike."""
        before = self._take_up(given, titles, life)
        answers = (self.job.decided("twin", str(given.number)), self.job.decided("twin", "*"))
        if answers[0] == SKIP:  # a trial that left the row out asked nothing of it: it is not asked for here
            raise _Unclear(Doubt("twin", str(given.number), Why("left-out")))
        if before is not None and OTHER not in answers:
            row, same = before
            raise _Unclear(Doubt("twin", str(given.number), Why("same-title" if same else "like-title", {"row": row})))

    def _take_up(self, given: Given, titles: Mapping[str, str], life: Life) -> tuple[int, bool] | None:
        return self._twins.take(given.number, list(titles.values()), _days(given), life.on.iso)

    def _same(self, given: Given, found: Found, titles: Mapping[str, str], *, write: bool) -> Planned:
        """Judge a row whose agreement is recorded: left alone where nothing differs, changed if that was decided."""
        agreement = Agreement.objects.get(pk=found.key)
        wanted = self._columns(given, titles)
        differing = {name: value for name, value in wanted.items() if value and getattr(agreement, name) != value}
        told = {"reference": found.reference, "fields": _labels(differing)}
        if not differing:
            return self.recorded(given, found.reference, "agreement", agreement.pk)
        answer = self.job.decided("differing", str(given.number)) or self.job.decided("differing", "*")
        if answer == SAME:
            return self.recorded(given, found.reference, "agreement", agreement.pk)
        if answer != CHANGE:
            raise _Unclear(Doubt("differing", str(given.number), Why("recorded-otherwise", told), (SAME, CHANGE)))
        try:
            if write:
                with registers.editing(agreement, by=self.job.user) as fresh:
                    for name, value in differing.items():
                        setattr(fresh, name, value)
        except Refused as refusal:
            return self.refused(given, of_reasons(refusal.reasons))
        why = Why("changed", told)
        return Planned(given, ImportOutcome.CHANGED, why, subject_kind="agreement", subject=agreement.pk)

    # ---- what is new ----
    def _columns(self, given: Given, titles: Mapping[str, str]) -> dict[str, Any]:
        """Return the columns of an agreement that a row gives."""
        columns: dict[str, Any] = {f"title_{language}": titles.get(language, "") for language in LANGUAGES}
        short = given.text("short_title")
        if short:
            columns[f"short_title_{tongue(short) or 'en'}"] = short
        columns |= {name: given.text(name) for name in _COLUMNS if given.text(name)}
        columns |= {name: day for name in _PERIOD if (day := _day(given, name))}
        if given.get("languages"):
            columns["authentic_languages"] = given.text("languages")
        if given.get("lead_unit"):
            columns["lead_unit"] = given.get("lead_unit")
        if given.get("level"):
            columns["level"] = given.text("level")
        return {name: value for name, value in columns.items() if value}

    def _birth(self, given: Given, titles: Mapping[str, str], life: Life, *, write: bool) -> Birth:
        kind = given.text("kind")
        if not kind:
            label = {"field": fields.fields_of("agreements")["kind"].labels}
            raise _Unclear(Doubt("value", "kind", Why("value-missing", label), tuple(InstrumentKind.values)))
        columns = {"level": self.job.run.level} | self._columns(given, titles)
        named = {name: columns.pop(name) for name in list(columns) if name.startswith(("title_", "short_title_"))}
        codes = given.get("parties", [])
        if write:
            self.job.vocabulary.record_parties(codes, source=self.job.citation(given))
        role = _role(life)
        takings = [(party, role) for code in codes if (party := self.job.vocabulary.party(code))]
        proposal = Proposal(
            titles={language: named.get(f"title_{language}", "") for language in LANGUAGES},
            short_titles={language: named.get(f"short_title_{language}", "") for language in LANGUAGES},
            kind=kind,
            procedure=given.text("procedure"),
            stage=life.stage,
            areas=given.get("area", []),
            participants=takings,
            columns=columns,
        )
        what = _told(given, life)
        details = self.job.details(given, what=what, place=given.text("place")[:200])
        since = self.job.details(given)
        return Birth(proposal, life.on, details, [(name, on, since) for name, on in life.steps])

    def _life(self, given: Given) -> Life:
        """Return the life that the dates of a row tell of; raises what says that a person must decide."""
        known: list[tuple[Stage, FuzzyDate]] = []
        for name, stage in (
            ("proposed_on", Stage.PROPOSED),
            ("signed_on", Stage.SIGNED),
            ("in_force_on", Stage.IN_FORCE),
        ):
            if day := dated(given, name):
                known.append((stage, day))
        stated = Stage(given.text("stage")) if given.text("stage") else None
        ended = dated(given, "ended_on")
        if ended:
            if stated not in _ENDS:
                answer = self.job.decided("value", "ended")
                if answer not in _ENDS:
                    raise _Unclear(Doubt("value", "ended", Why("ending-unclear"), (Stage.TERMINATED, Stage.EXPIRED)))
                stated = Stage(answer)
            known.append((stated, ended))
        if stated is None:
            if not known:
                label = {"field": fields.fields_of("agreements")["stage"].labels}
                raise _Unclear(Doubt("value", "stage", Why("value-missing", label), tuple(Stage.values)))
            stated = known[-1][0]
        if known and known[-1][0] != stated:
            later = [stage for stage, _day in known if _ORDER[stage] > _ORDER[stated]]
            if later:
                why = Why("stage-unclear", {"stage": _label(stated)})
                answer = self.job.decided("stage", stated)
                if answer == "dates":
                    stated = known[-1][0]
                elif answer == "stage":
                    known = [one for one in known if one[0] not in later]
                else:
                    raise _Unclear(Doubt("stage", stated, why, ("dates", "stage")))
        if not known or known[-1][0] != stated:
            known.append((stated, dated(given, "since") or FuzzyDate.unknown()))
        return _linked(known)


#: The dates of rows by which lives are compared.
_DAYS = ("signed_on", "in_force_on", "proposed_on", "ended_on", "since")
_ORDER = {stage: place for place, stage in enumerate(Stage)}


def _linked(known: Sequence[tuple[Stage, FuzzyDate]]) -> Life:
    """Return the longest end of a row's milestones that is a walk; days before it are told, not taken as steps."""
    steps: list[tuple[Transition, FuzzyDate]] = []
    place = len(known) - 1
    while place > 0:
        name = _edge(known[place - 1][0], known[place][0])
        if name is None:
            break
        steps.insert(0, (name, known[place][1]))
        place -= 1
    stage, on = known[place]
    return Life(stage, on, steps, list(known[:place]))


def _edge(source: Stage, target: Stage) -> Transition | None:
    return next((name for name, edge in EDGES.items() if source in edge.sources and edge.target == target), None)


def _role(life: Life) -> Role:
    """Return the role in which parties of a table take part: before the text is signed they negotiate."""
    reached = life.steps[-1][0] if life.steps else None
    stage = EDGES[reached].target if reached else life.stage
    if _ORDER[stage] < _ORDER[Stage.SIGNED]:
        return Role.NEGOTIATING
    return Role.SIGNATORY if stage in (Stage.SIGNED, Stage.RATIFYING, Stage.WITHDRAWN) else Role.PARTY


def _told(given: Given, life: Life) -> Texts | str:
    """Return what a row says beside its values: days that are no steps, the last action, the summary."""
    last, on = given.text("last_action"), dated(given, "last_action_on")
    said = [": ".join(part for part in (on.iso if on else "", last) if part), given.text("summary")]
    if not list(_named(given, life)):
        return "\n".join(part for part in said if part)
    return in_words(
        lambda: "\n".join(part for part in (*(f"{name}: {day}" for name, day in _named(given, life)), *said) if part)
    )


def _named(given: Given, life: Life) -> Iterator[tuple[object, object]]:
    """Yield what is told beside the values, each under its name in the active language."""
    yield from ((stage.label, day) for stage, day in life.early)
    yield from ((one.label, text) for one, text in given.beside)
    for name in _PERIOD:
        if (day := dated(given, name)) and not _day(given, name):
            yield label_of(Agreement, name), day


def _label(stage: Stage) -> Texts:
    return in_words(lambda: str(stage.label))


def _labels(columns: Mapping[str, Any]) -> Texts:
    return in_words(lambda: ", ".join(label_of(Agreement, name) for name in columns))


def _day(given: Given, name: str) -> date | None:
    """Return the day of a field where the very day is known: periods of validity have no other."""
    found = dated(given, name)
    return found.earliest if found and found.earliest == found.latest else None


def _days(given: Given) -> list[FuzzyDate]:
    """Return the dates of a row by which it is compared."""
    return [day for name in _DAYS if (day := dated(given, name))]


def _tried(run: ImportRun) -> Mapping[int, int] | None:
    """Return which rows a trial found to be like others; None where it is being tried, or not all of it was kept."""
    if run.state != ImportState.RUNNING or len(run.questions) >= MOST_QUESTIONS:
        return None
    return {int(one["key"]): one["told"]["row"] for one in run.questions if one["code"] == "like-title"}
