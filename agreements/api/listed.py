"""Agreements of a list as plain rows: building instances of models for them takes most of the time of a list."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from django.db import router
from django.db.models import OuterRef
from django.db.models.query import ValuesListIterable

from agreements import tracking, turns
from agreements.access import reader_of
from agreements.api import pagination
from agreements.choices import Group, Precision, Stage
from agreements.dates import FuzzyDate
from agreements.filters import AgreementFilter
from agreements.folding import Sought
from agreements.models import Agreement, Participant, ProcedureVersion, Relation, User
from agreements.models.base import alike, as_text, joined_text, patterns
from agreements.models.prepared import Prepared, Wording
from agreements.models.wordindex import Narrowing, narrowing, within
from agreements.procedures import Procedure
from agreements.words import LANGUAGES, active_language, pick

_TITLES = {language: f"title_{language}" for language in LANGUAGES}
_SHORT_TITLES = {language: f"short_title_{language}" for language in LANGUAGES}
#: Columns that are read under their own names.
_PLAIN = (
    *("id", "reference", "kind", "stage", "text", "round", "on_hold", "in_the_name_of", "level"),
    *("since_earliest", "since_latest", "since_precision", "valid_from", "valid_until"),
    *("renewal_years", "notice_months", "planned_signing", "planned_entry_into_force", "computed_entry"),
    *("next_step", "ball", "ball_by_tasks", "is_void", "changed_at", "version"),
    *(*_TITLES.values(), *_SHORT_TITLES.values()),
)
#: Those of other tables, by the names under which they are read.
_OTHERS = {"digest": "procedure_version__digest", "unit": "lead_unit__code", "username": "officer__username"}
_NAMES = (*_PLAIN, *_OTHERS, "key")


class Relating(NamedTuple):
    """A relation to another agreement."""

    kind: str
    to: str


class Listed(SimpleNamespace):
    """An agreement as the list reads it, by its columns; `key` is its key as the database writes it."""

    rules: Procedure
    binding: bool
    procedure_version: Procedure
    group: Group
    since: FuzzyDate
    titles: Mapping[str, str]
    short_titles: Mapping[str, str]
    lead_unit: SimpleNamespace | None
    officer: SimpleNamespace | None
    consented: bool = False
    #: What `gather` puts beside it.
    told_areas: Sequence[str]
    told_participants: Sequence[Mapping[str, str]]
    told_relations: Sequence[Relating]


class _Rows(ValuesListIterable):
    """Reads the rows of agreements."""

    def __iter__(self) -> Iterator[Listed]:
        return iter(_made(list(super().__iter__())))


#: Which columns are read is worked out once: it takes as long as reading a page of them.
_COLUMNS: Any = Agreement.objects.annotate(key=as_text("pk")).values_list(*_PLAIN, *_OTHERS.values(), "key")
#: The filters that ask for words alone: who narrows the list by no others gets it by a query that is kept.
BY_WORDS = frozenset({"stage", "kind", "level", "procedure", "lead_unit", "officer", "party", "area"})


_NOTHING = Sought()


def listed(user: User) -> Any:
    """Return the query of agreements that the user may see, without those opened by mistake, as `Listed`."""
    rows = _COLUMNS.for_user(user).kept()
    rows._iterable_class = _Rows
    return rows


class Listing(pagination.Paged):
    """The agreements that the user may see, narrowed by the words of filters and of a text; pages of it are kept."""

    model = Agreement

    def __init__(self, user: User, words: Mapping[str, list[str]] | None = None, text: Sought = _NOTHING) -> None:
        self.user, self.words, self.text = user, words or {}, text

    def rows(self) -> Any:
        """Return the query."""
        return _narrowed(listed(self.user), self.words, *self._sought)

    def count(self) -> int:
        """Return how many there are."""
        number: int = self.rows().count()
        return number

    def page(self, order: Sequence[str], position: Sequence[str | None] | None, number: int) -> list[Listed]:
        """Return so many of them in an order, behind a position or from the beginning."""
        if pagination.may_be_empty(Agreement, order[0].lstrip("-")):
            return list(pagination.first(self.rows(), order, position, number))
        texts = zip(pagination.fields_of(Agreement, order), position or (), strict=position is not None)
        behind, (sought, narrowed) = [field.to_python(text) for field, text in texts], self._sought
        # One stage, or all of them: both stand in an index in the order of the list.
        of_one = [*map(len, self.words.values())] == [1] and "stage" in self.words
        # Few are found by their keys.
        steady = isinstance(narrowed, list) or (not self.text and (not self.words or of_one))
        among = [] if narrowed is None else [narrowed]
        asked = _Page(steady, tuple(self.words), len(sought), bool(among), tuple(order), number)
        return _made(list(_PAGE(reader_of(self.user), asked, *self.words.values(), *sought, *among, *behind)))

    @cached_property
    def _sought(self) -> tuple[Sequence[str], Narrowing | None]:
        """What rows must be like, and what narrows to those that can."""
        if not self.text:
            return (), None
        narrowed, left = narrowing(self.text, using=router.db_for_read(Agreement))
        return patterns(left), narrowed


@dataclass(frozen=True)
class _Page(Wording):
    """A page that is narrowed by filters, in an order, with so many rows; behind a position where one is given."""

    filters: tuple[str, ...]
    #: How many patterns there are for texts, and whether something narrows to the agreements that can have the words.
    sought: int
    narrowed: bool
    order: tuple[str, ...]
    number: int


def _page(reader: Any, page: _Page, *values: Any) -> Any:
    given = iter(values)
    words, alike = dict(zip(page.filters, given, strict=False)), [*islice(given, page.sought)]
    rows = _narrowed(_COLUMNS.for_user(reader).kept(), words, alike, next(given) if page.narrowed else None)
    return pagination.behind(rows, page.order, [*given] or None)[: page.number]


_PAGE = Prepared(_page)


def _narrowed(rows: Any, words: Mapping[str, list[str]], sought: Sequence[str], among: Narrowing | None) -> Any:
    filters = AgreementFilter(words).filters
    for name, some in words.items():
        rows = filters[name].filter(rows, some)
    rows = rows.filter(alike(sought)) if sought else rows
    return rows if among is None else rows.filter(within(among))


def _made(rows: Sequence[Sequence[Any]]) -> list[Listed]:
    """Return agreements as they were read; rules that are no longer in use cost a query."""
    read = [Listed(**dict(zip(_NAMES, row, strict=True))) for row in rows]
    rules = ProcedureVersion.objects.rules({row.digest for row in read})
    for row in read:
        _complete(row, rules[row.digest])
    return read


_GROUPS = {stage.value: stage.group for stage in Stage}
_PRECISIONS = {precision.value: precision for precision in Precision}


@lru_cache(maxsize=4096)
def _since(earliest: date, latest: date, precision: str) -> FuzzyDate:
    """Return a date; a list tells the same ones again and again, as it does units and officers."""
    return FuzzyDate(earliest, latest, _PRECISIONS[precision])


@lru_cache(maxsize=4096)
def _unit(code: str | None) -> SimpleNamespace | None:
    return None if code is None else SimpleNamespace(code=code)


@lru_cache(maxsize=4096)
def _officer(username: str | None) -> SimpleNamespace | None:
    return None if username is None else SimpleNamespace(username=username)


def _complete(row: Listed, rules: Procedure) -> None:
    """Add to a row what its columns say together."""
    told = vars(row)
    told["titles"] = {language: told[name] for language, name in _TITLES.items()}
    told["short_titles"] = {language: told[name] for language, name in _SHORT_TITLES.items()}
    told["group"] = _GROUPS[row.stage]
    told["since"] = _since(row.since_earliest, row.since_latest, row.since_precision)
    told["rules"] = told["procedure_version"] = rules
    told["binding"] = rules.binding
    told["lead_unit"] = _unit(row.unit)
    told["officer"] = _officer(row.username)


def gather(rows: Sequence[Listed], *, user: User) -> None:
    """Put beside agreements what stands in other tables, as far as the user may see it, and whose move it is.

    Three queries for any number, and one more where some of them are being ratified.
    """
    beside, consenting = _beside({row.id: row.key for row in rows}, user), _consenting(rows)
    for row in rows:
        row.consented = row.id in consenting
        for name, told in beside.items():
            setattr(row, name, told[row.key])


def gather_of(agreement: Agreement, *, user: User) -> list[tracking.Taking]:
    """Put the same beside one agreement; return who takes part in the order of codes, for whoever asks for tracks.

    One query where the agreement was read with its `ties`, else two; one more where it is being ratified.
    """
    told: Any = agreement
    told.consented = bool(_consenting([agreement]))
    if not hasattr(agreement, "joined_areas"):
        ((told.joined_areas, told.joined_relations),) = _TIES(reader_of(user), agreement.pk)
    told.told_areas = sorted(told.joined_areas.split(",")) if told.joined_areas else []
    relations = told.joined_relations.split(",") if told.joined_relations else []
    told.told_relations = sorted(Relating(*relation.split(":")) for relation in relations)
    told.told_participants, takings = [], []
    for party, kind, code, role, *texts in _TAKING_PART(agreement.pk):
        told.told_participants.append(_participant(code, role, texts))
        taker = tracking.Taker(code, kind, dict(zip(LANGUAGES, texts, strict=True)))
        takings.append(tracking.Taking(agreement.pk, role, party, taker))
    return sorted(takings, key=lambda taking: taking.party.code)


def ties(reader: Any) -> dict[str, Any]:
    """Return what is read with one agreement of which all is told: its areas, and its relations as far as seen."""
    areas = Agreement.areas.through.objects.filter(agreement=OuterRef("pk"))
    relations = Relation.objects.for_user(reader).kept().filter(agreement=OuterRef("pk"))
    return {
        "joined_areas": joined_text(areas, "area__code"),
        "joined_relations": joined_text(relations, "kind", "to__reference"),
    }


def _consenting(agreements: Sequence[Listed] | Sequence[Agreement]) -> Collection[UUID]:
    """Return where the own side has consented, of those in which that decides whose move it is."""
    asked = [one.id for one in agreements if one.stage == Stage.RATIFYING and not one.ball]
    return turns.consenting(asked) if asked else ()


_AREAS = Prepared(
    lambda keys: (
        Agreement.areas.through.objects.filter(agreement__in=keys)
        .order_by()
        .values_list(as_text("agreement_id"), "area__code")
    )
)
_PARTY_NAMES = tuple(f"party__name_{language}" for language in LANGUAGES)
_BY_NAME = ("party__name_en", "pk")
_PARTICIPANTS = Prepared(
    lambda keys: (
        Participant.objects.filter(agreement__in=keys)
        .order_by(*_BY_NAME)
        .values_list(as_text("agreement_id"), "party__code", "role", *_PARTY_NAMES)
    )
)
_TAKING_PART = Prepared(
    lambda agreement: (
        Participant.objects.filter(agreement=agreement)
        .order_by(*_BY_NAME)
        .values_list("party_id", "party__kind", "party__code", "role", *_PARTY_NAMES)
    )
)
_TIES = Prepared(lambda reader, key: Agreement.objects.filter(pk=key).order_by().values_list(*ties(reader).values()))
_RELATIONS = Prepared(
    lambda reader, keys: (
        Relation.objects.for_user(reader)
        .kept()
        .filter(agreement__in=keys)
        .order_by()
        .values_list(as_text("agreement_id"), "kind", "to__reference")
    )
)


def _beside(keys: Collection[UUID], user: User) -> dict[str, dict[str, list[Any]]]:
    """Return areas, participants and relations of agreements, by their keys as the database writes them."""
    areas, participants = defaultdict(list), defaultdict(list)
    asked = list(keys)
    for key, code in _AREAS(asked):
        areas[key].append(code)
    for key, code, role, *texts in _PARTICIPANTS(asked):
        participants[key].append(_participant(code, role, texts))
    for codes in areas.values():
        codes.sort()
    return {"told_areas": areas, "told_participants": participants, "told_relations": relations_of(asked, user)}


def _participant(code: str, role: str, texts: Sequence[str]) -> dict[str, str]:
    """Return a participant as it is told; `texts` are its names by language."""
    name = texts[LANGUAGES.index(active_language())] or pick(dict(zip(LANGUAGES, texts, strict=True))).text
    return {"party": code, "name": name, "role": role}


def relations_of(keys: list[UUID], user: User) -> dict[str, list[Relating]]:
    """Return the relations of agreements to those that the user may see, by their keys as the database writes them."""
    relations = defaultdict(list)
    for key, kind, reference in _RELATIONS(reader_of(user), keys):
        relations[key].append(Relating(kind, reference))
    for told in relations.values():
        told.sort()
    return relations
