"""What names in a table are compared with: parties, agreements, units, people, areas, as the importer sees them."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any, NamedTuple
from uuid import UUID

from babel import Locale
from django.conf import settings
from django.db.models import Q

from agreements import iso639, names, procedures
from agreements.choices import EntryKind, Origin
from agreements.dates import FuzzyDate
from agreements.folding import fold
from agreements.models import Agreement, Area, Entry, Format, ImportRow, Party, Unit, User
from agreements.names import KnownParty
from agreements.registers import create
from agreements.tabular.likeness import Titles
from agreements.tabular.parties import Directory, Known
from agreements.words import LANGUAGES

_CHUNK = 400
_LISTED = re.compile(r"\s*(?:[,;/&]|\band\b|\bи\b|\bжәне\b)\s*")
_TITLES = tuple(f"{name}_{language}" for name in ("title", "short_title") for language in LANGUAGES)


class Found(NamedTuple):
    """An agreement that may be the one that a table names, and how sure that is."""

    key: UUID
    reference: str
    sure: bool


class Vocabulary:
    """What is recorded, read once for an import; what becomes of it meanwhile is seen by the writers' own locks."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._new: set[str] = set()

    # ---- parties ----
    @cached_property
    def _parties(self) -> dict[str, Party]:
        return {party.code: party for party in Party.objects.for_user(self.user)}

    @cached_property
    def parties(self) -> Directory:
        """The directory in which spellings are looked up."""
        return Directory(Known(party.code, party.names) for party in self._parties.values())

    def party(self, code: str) -> Party | None:
        """Return the recorded party of a code."""
        return self._parties.get(code)

    def known_party(self, code: str) -> KnownParty | None:
        """Return the party that the world knows by a code."""
        return names.known(code)

    def record_parties(self, codes: Iterable[str], *, source: str) -> list[Party]:
        """Record parties that are known to the world and not here yet; return all of them. Raises Refused."""
        found = []
        for code in codes:
            party = self._parties.get(code) or Party.objects.filter(code=code).first()
            known = names.known(code)
            if party is None and known is not None:
                titles = {f"name_{language}": known.names.get(language, "") for language in LANGUAGES}
                party = create(
                    Party(code=code, kind=known.kind, **titles), by=self.user, origin=Origin.IMPORTED, source=source
                )
            if party is not None:
                if code not in self._parties:
                    self._parties[code] = party
                    self._new.add(code)
                found.append(party)
        return found

    def settle(self, *, kept: bool) -> None:
        """Say whether what was recorded since the last time is kept, or was rolled back."""
        if not kept:
            for code in self._new:
                self._parties.pop(code, None)
        self._new.clear()

    # ---- other vocabularies ----
    @cached_property
    def _entries(self) -> dict[str, dict[str, Any]]:
        known: dict[str, dict[str, Any]] = {}
        for kind, model in (("unit", Unit), ("area", Area), ("format", Format)):
            rows: Any = model._default_manager.all()
            for row in rows:
                for name in (row.code, *row.names.values()):
                    if name:
                        known.setdefault(kind, {}).setdefault(fold(name), [row] if kind == "area" else row)
        for user in User.objects.filter(is_active=True, is_service=False):
            for name in (user.username, user.get_full_name(), f"{user.last_name} {user.first_name}", user.email):
                if name.strip():
                    known.setdefault("person", {}).setdefault(fold(name), user)
        for code, rules in procedures.load(settings.PROCEDURES_DIR).items():
            for name in (code, *rules.title.values()):
                known.setdefault("procedure", {}).setdefault(fold(name), code)
        return known

    def entry(self, kind: str, text: str) -> Any:
        """Return what a text names of a vocabulary, by its code or by its name in any language; None if nothing."""
        if kind == "language":
            return _languages(text)
        return self._entries.get(kind, {}).get(fold(text))

    def near(self, kind: str, text: str) -> tuple[str, ...]:
        """Return codes of a vocabulary of which a name has a word of the text."""
        words = set(fold(text).split())
        found = [row for name, row in self._entries.get(kind, {}).items() if words & set(name.split())]
        return tuple(dict.fromkeys(_code(row) for row in found))[:5]

    def codes(self, kind: str) -> list[tuple[str, str]]:
        """Return the codes and names of a vocabulary, for a choice."""
        rows = {_code(row): row for row in self._entries.get(kind, {}).values()}
        return sorted((code, str(row[0] if isinstance(row, list) else row)) for code, row in rows.items())

    # ---- agreements ----
    @property
    def seen(self) -> Any:
        """The agreements that the importer sees."""
        return Agreement.objects.for_user(self.user).kept()

    @cached_property
    def titles(self) -> Titles:
        """The titles of all agreements that he sees, ready to be compared."""
        rows = self.seen.order_by().values_list("pk", *_TITLES).iterator()
        return Titles((str(key), title) for key, *titles in rows for title in dict.fromkeys(filter(None, titles)))

    def numbered(self, texts: Iterable[str]) -> dict[str, list[Found]]:
        """Return which agreements texts name by reference, or by number: of a register, or of a table taken before."""
        asked = list(dict.fromkeys(filter(None, texts)))
        found: dict[str, dict[UUID, Found]] = {text: {} for text in asked}
        for start in range(0, len(asked), _CHUNK):
            part = asked[start : start + _CHUNK]
            upper = {text.upper(): text for text in part}
            here = Q(reference__in=upper) | Q(un_number__in=part) | Q(register_number__in=part)
            for row in self.seen.filter(here).only("reference", "un_number", "register_number"):
                for name in {row.reference, row.un_number, row.register_number}:
                    for text in {name, upper.get(name, "")} & set(part):
                        found[text][row.pk] = Found(row.pk, row.reference, True)
            keyed = ImportRow.objects.for_user(self.user).filter(live=True, subject_kind="agreement", key__in=part)
            by_key = {key: subject for key, subject in keyed.values_list("key", "subject") if subject}
            references = dict(self.seen.filter(pk__in=by_key.values()).values_list("pk", "reference"))
            for key, subject in by_key.items():
                if subject in references:
                    found[key][subject] = Found(subject, references[subject], True)
        return {text: list(one.values()) for text, one in found.items() if one}

    def named(self, texts: Iterable[str]) -> dict[str, list[Found]]:
        """Return which agreements texts name: by reference, number or title; those that are not sure are candidates."""
        asked = list(dict.fromkeys(filter(None, texts)))
        numbered = self.numbered(asked)
        found: dict[str, dict[UUID, Found]] = {text: {} for text in asked if text not in numbered}
        self._by_title(list(found), found)
        return numbered | {text: list(one.values()) for text, one in found.items()}

    def _by_title(self, asked: list[str], found: dict[str, dict[UUID, Found]]) -> None:
        if not asked or not self.titles:
            return
        near = {text: self.titles.alike(text) for text in asked}
        keys = {UUID(one.key) for alike in near.values() for one in alike}
        references = dict(self.seen.filter(pk__in=keys).values_list("pk", "reference"))
        for text, alike in near.items():
            exact = [one for one in alike if one.score >= 1.0]
            for one in exact or alike:
                key = UUID(one.key)
                if key in references:
                    found[text][key] = Found(key, references[key], len(exact) == 1)

    def lives(self, keys: Iterable[UUID]) -> dict[UUID, list[FuzzyDate]]:
        """Return the dates of the openings and steps of agreements."""
        found: dict[UUID, list[FuzzyDate]] = {}
        entries = Entry.objects.live().filter(subject__in=list(keys), kind__in=(EntryKind.OPEN, EntryKind.STEP))
        for entry in entries.only("subject", "earliest", "latest", "precision").order_by("subject", "sequence"):
            found.setdefault(entry.subject, []).append(entry.on)
        return found


def _code(row: Any) -> str:
    one = row[0] if isinstance(row, list) else row
    return one if isinstance(one, str) else getattr(one, "code", "") or getattr(one, "username", "")


@cache
def _language_codes() -> Mapping[str, str]:
    named = {fold(name): code for lang in LANGUAGES for code, name in Locale(lang).languages.items() if len(code) == 2}
    return {name: code for name, code in named.items() if code in iso639.known()} | {
        fold(code): code for code in iso639.known()
    }


def _languages(text: str) -> str | None:
    """Return the codes of languages that a text lists by code or by name in any language; None if one is unknown."""
    parts = [fold(part) for part in _LISTED.split(text) if part.strip()]
    found = [_language_codes().get(part, "") for part in parts]
    return ", ".join(dict.fromkeys(found)) if found and all(found) else None
