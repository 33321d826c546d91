"""Searching all registers at once: what a reader may see of each, the best answer first, and what else may be meant.

Nothing is counted or suggested that `for_user` does not show: words of a hidden record are as unknown as words of none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import translation

from agreements import names
from agreements.choices import DocumentKind, EntryKind, Group, Stage, SubjectKind, TaskStatus
from agreements.folding import Sought, fold, other_keyboard
from agreements.glossary import Term, glossary
from agreements.models import Agreement, Document, DocumentVersion, Entry, Format, Meeting, Party, Task, User
from agreements.models.agreement import having
from agreements.models.base import ranking
from agreements.words import LANGUAGES, Texts

#: How near a word must be to one that is known, how many are offered, and how long one is that may be mistyped.
_NEAR, _OFFERED, _LONG_ENOUGH = 0.72, 3, 3
_WORD = re.compile(r"[^\W_]{3,}")
_TITLES = tuple(f"{length}title_{language}" for length in ("", "short_") for language in LANGUAGES)


# ---- the registers ----
def agreements(sought: Sought, user: User) -> QuerySet[Agreement]:
    """Find agreements by their references, numbers and titles; those that have ended come after their like."""
    ended = Case(When(stage__in=Stage.of(Group.ENDED), then=Value(1)), default=Value(0))
    found = Agreement.objects.for_user(user).kept().filter(having(sought)).annotate(fit=ranking(sought), over=ended)
    ordered: QuerySet[Agreement] = found.order_by("fit", "over", "-changed_at", "pk")
    return ordered


def parties(sought: Sought, user: User) -> list[Party]:
    """Find parties by their codes and names, official and former ones too."""
    told = " ".join(sought.words)
    try:
        known = names.resolve(told) if told else ""
    except names.BadName:
        known = ""
    rows = ((party, called(party.code, party.names)) for party in Party.objects.for_user(user).order_by("code"))
    ranked = [
        (0 if party.code == known else sought.rank(words), party)
        for party, words in rows
        if party.code == known or sought.finds(words)
    ]
    return [party for _rank, party in sorted(ranked, key=lambda pair: pair[0])]


def called(code: str, names: Texts) -> str:
    """Return the words by which a party is found: its code, and its names in all languages."""
    return fold(code, *names.values())


def documents(sought: Sought, user: User) -> QuerySet[Document]:
    """Find documents by their titles, kinds and files; words of their agreement help to tell them apart."""
    of_kinds = {one: Q(kind__in=kinds) for one in sought.beginnings if (kinds := _kinds(one))}
    rows: QuerySet[Document] = Document.objects.for_user(user).held().exclude(agreement__is_void=True)
    return _of_agreements(rows, sought, of_kinds).order_by("fit", "-created_at", "pk")


def tasks(sought: Sought, user: User) -> QuerySet[Task]:
    """Find tasks that are open or done by their titles, with the words of their agreement; open ones come first."""
    rows: QuerySet[Task] = Task.objects.for_user(user).kept().exclude(status=TaskStatus.DROPPED)
    over = Case(When(status=TaskStatus.OPEN, then=Value(0)), default=Value(1))
    found = _of_agreements(rows, sought, {}).annotate(over=over)
    return found.order_by("over", "fit", F("due_by").asc(nulls_last=True), "created_at", "pk")


def meetings(sought: Sought, user: User) -> QuerySet[Meeting]:
    """Find meetings; the last ones come first."""
    rows: QuerySet[Meeting] = Meeting.objects.for_user(user)
    return rows.filter(met(sought, user)).annotate(fit=ranking(sought)).order_by("fit", "-earliest", "pk")


def met(sought: Sought, user: User) -> Q:
    """Match meetings by their titles, formats, places and those they were held with; a query where words are sought."""
    condition = Q()
    if not sought:
        return condition
    formats = [(row.pk, fold(*row.names.values())) for row in Format.objects.for_user(user).order_by("pk")]
    for one in sought.beginnings:
        known = [key for key, words in formats if f" {one}" in words]
        condition &= Q(search_text__contains=f" {one}") | Q(format__in=known)
    return condition


def terms(sought: Sought) -> list[Term]:
    """Find words of the glossary by themselves, then those whose meaning speaks of what is sought."""
    ranked = []
    for term in (term for chapter in glossary() for term in chapter.terms):
        names = fold(*term.names.values())
        if sought.finds(names):
            ranked.append((sought.rank(names), term))
        elif sought.finds(f"{names}{fold(*term.meanings.values())}"):
            ranked.append((4, term))
    return [term for _rank, term in sorted(ranked, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class Citation:
    """A source or a piece of evidence as the journal cites it, and the agreement of which it tells."""

    text: str
    agreement: UUID


def citations(text: str, user: User) -> list[Citation]:
    """Find what the journal of agreements cites: every word as it is written, save for the case of Latin letters."""
    condition = Q()
    words = [word for word in text.split() if fold(word)]
    for word in words:
        condition &= Q(source__icontains=word) | Q(evidence__icontains=word)
    if not words:
        return []
    seen = Agreement.objects.for_user(user).kept()
    rows = Entry.objects.live().filter(subject_kind=SubjectKind.AGREEMENT, subject__in=seen.order_by().values("pk"))
    rows = rows.filter(condition).exclude(kind=EntryKind.MARKING)
    # A document may be more secret than its agreement: then what its entry cites is, too.
    rows = rows.exclude(file__in=DocumentVersion.objects.beyond(user).order_by().values("pk"))
    cited = rows.order_by("source", "evidence", "subject").values_list("source", "evidence", "subject").distinct()
    found = dict.fromkeys(
        Citation(told, subject)
        for source, evidence, subject in cited
        for told in (evidence, source)
        if told and all(word.casefold() in told.casefold() for word in words)
    )
    return sorted(found, key=lambda one: (len(one.text), one.text))


def _of_agreements(rows: Any, sought: Sought, otherwise: dict[str, Q]) -> Any:
    """Keep rows that have every word, by themselves or with their agreement, and one at least by themselves."""
    every, own = Q(), Q()
    for one in sought.beginnings:
        itself = Q(search_text__contains=f" {one}") | otherwise.get(one, Q(pk__in=()))
        every &= itself | Q(agreement__search_text__contains=f" {one}")
        own |= itself
    return rows.filter(every & own).annotate(fit=ranking(sought))


def _kinds(beginning: str) -> list[str]:
    """Return the kinds of documents that have a word that begins so, in any language."""
    return [kind for kind, words in _words_of_kinds().items() if f" {beginning}" in words]


@cache
def _words_of_kinds() -> dict[str, str]:
    told: dict[str, list[str]] = {kind: [] for kind in DocumentKind.values}
    for language in LANGUAGES:
        with translation.override(language):
            for kind in DocumentKind:
                told[kind.value].append(str(kind.label))
    return {kind: fold(*labels) for kind, labels in told.items()}


# ---- what else may be meant ----
def suggestions(text: str, user: User) -> list[str]:
    """Return what to look for instead where nothing was found: the other keyboard, words that are near, fewer words."""
    sought, known = Sought.read(text), _Vocabulary.of(user)
    found: list[str] = []
    typed = other_keyboard(text)
    if known.has(Sought.read(typed)):
        found.append(" ".join(typed.split()))
    near = [known.near(word) for word in sought.words]
    if all(near):
        found += [" ".join(told[min(place, len(told) - 1)] for told in near) for place in range(max(map(len, near)))]
    if len(near) > 1:
        found += [told[0] for told in near if told]
    asked = " ".join(text.casefold().split())
    return [one for one in dict.fromkeys(found) if one != asked][: _OFFERED + 1]


@dataclass(frozen=True)
class _Vocabulary:
    """The words of all titles and names that a user may see: as they are written by their folded form."""

    written: Mapping[str, str]

    @classmethod
    def of(cls, user: User) -> "_Vocabulary":
        titles = Agreement.objects.for_user(user).kept().order_by().values_list(*_TITLES)
        called = Party.objects.for_user(user).order_by().values_list(*(f"name_{language}" for language in LANGUAGES))
        texts = (text for row in chain(titles, called) for text in row)
        words = dict.fromkeys(word.lower() for text in texts for word in _WORD.findall(text))
        return cls({folded: word for word in words for folded in fold(word).split()})

    @cached_property
    def text(self) -> str:
        """All words, as a folded text has them."""
        return f" {' '.join(self.written)} "

    def has(self, sought: Sought) -> bool:
        """Whether each of the words is known, or begins one that is."""
        return bool(sought) and sought.finds(self.text)

    def near(self, word: str) -> list[str]:
        """Return words as they are written that are near a folded one; the word itself, where it is known."""
        if self.has(Sought((word,))):
            return [self.written.get(word, word)]
        if len(word) < _LONG_ENOUGH:
            return []
        likely = [known for known in self.written if abs(len(known) - len(word)) <= 2]
        return [self.written[known] for known in get_close_matches(word, likely, n=_OFFERED, cutoff=_NEAR)]
