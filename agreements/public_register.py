"""The public register: treaties that are public and in force, as everybody may read them without an account.

It reads as `access.EVERYBODY`, who sees what is public and nothing else: visibility is decided by `for_user`, here as
everywhere. Texts that do not bind stand in no register of treaties. Told is what is published anyway: titles, parties,
signature, entry into force and the words of its clause, registration, documents that are public. Left out is all that
the ministry says of its work: officer, unit, next step, sources, remarks, tasks, meetings.

As JSON: `treaties`, each `{reference, title, short_title, kind, in_the_name_of, parties, areas, signed: {on, place},
in_force, clause, valid_from, valid_until, state_register, united_nations}`; days are `{iso, earliest,
latest, precision}` or null, texts are by language.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agreements import clock
from agreements.access import EVERYBODY
from agreements.choices import InstrumentKind, Role, Stage
from agreements.documents.shelf import Item, shelf
from agreements.entry_into_force import day_data
from agreements.models import Agreement, Area, DocumentVersion, Party, ProcedureVersion
from agreements.places import place_words
from agreements.reports.document import NOTHING, Cell, Document, Table
from agreements.reports.facts import partners
from agreements.reports.register import Registration, Treaty, treaties
from agreements.words import LANGUAGES, Texts, Worded, pick

#: So many treaties are read together where all are told.
_TOGETHER = 200
#: Who only looks on or keeps the text is no party.
_BESIDE = (Role.OBSERVER, Role.DEPOSITARY)


@dataclass(frozen=True)
class Public:
    """One treaty as everybody may know it."""

    agreement: Agreement
    treaty: Treaty

    @property
    def title(self) -> Worded:
        """The title."""
        return pick(self.agreement.titles)

    @property
    def short_title(self) -> Worded:
        """The short title."""
        return pick(self.treaty.facts.short_titles)

    @property
    def kind(self) -> str:
        """What kind of instrument it is."""
        return str(InstrumentKind(self.agreement.kind).label)

    @property
    def parties(self) -> list[tuple[str, Worded]]:
        """The parties, by code."""
        facts = self.treaty.facts
        return [(code, pick(names)) for code, names in facts.parties if facts.roles.get(code) not in _BESIDE]

    @property
    def partners(self) -> str:
        """The parties beside the own side, in one line."""
        return partners(self.treaty.facts)

    @property
    def areas(self) -> list[tuple[str, Worded]]:
        """The areas, by code."""
        return [(code, pick(names)) for code, names in self.treaty.facts.areas]

    @property
    def place(self) -> str:
        """Where it was signed."""
        return place_words(self.treaty.signed.place) if self.treaty.signed else ""

    @property
    def clause(self) -> Worded:
        """The words of the clause by which it entered into force."""
        return pick(clause_texts(self.agreement))


def clause_texts(agreement: Agreement) -> Texts:
    """Return the words of the clause on entry into force, by language."""
    return {language: getattr(agreement, f"clause_text_{language}") for language in LANGUAGES}


# ---- reading ----
def rows() -> QuerySet[Agreement]:
    """Return what the register has: what is public, binds and is in force, the latest first."""
    versions = ProcedureVersion.objects.for_user(EVERYBODY)
    binding = [version.pk for version in versions.order_by("pk") if version.rules.binding]
    seen: QuerySet[Agreement] = Agreement.objects.for_user(EVERYBODY).kept()
    return seen.filter(stage=Stage.IN_FORCE, procedure_version__in=binding).order_by("-since_latest", "reference")


def narrowed(found: QuerySet[Agreement], *, words: str = "", party: str = "", area: str = "") -> QuerySet[Agreement]:
    """Keep what has all of the words, a party and an area, where they are asked for."""
    if words:
        found = found.filter(pk__in=Agreement.objects.for_user(EVERYBODY).matching(words).order_by().values("pk"))
    if party:
        found = found.filter(participants__party__code=party)
    if area:
        found = found.filter(areas__code=area)
    return found


def choices() -> dict[str, list[Any]]:
    """Return the parties and areas that treaties of the register have, beside the own side."""
    keys = rows().order_by().values("pk")
    parties = Party.objects.for_user(EVERYBODY).filter(participations__agreement__in=keys)
    areas = Area.objects.for_user(EVERYBODY).filter(agreements__in=keys)
    return {
        "parties": list(parties.exclude(code=settings.OWN_SIDE).distinct().order_by("name_en", "pk")),
        "areas": list(areas.distinct().order_by("name_en", "pk")),
    }


def told(found: Iterable[Agreement]) -> list[Public]:
    """Return treaties of the register with all that everybody may know of them, in the order of the rows."""
    kept = list(found)
    concluded = {one.facts.id: one for one in treaties([row.pk for row in kept], as_of=clock.today())}
    return [Public(row, concluded[row.pk]) for row in kept if row.pk in concluded]


def every(found: QuerySet[Agreement]) -> Iterator[Public]:
    """Yield all treaties of a query, some at a time."""
    keys = list(found.values_list("pk", flat=True))
    for start in range(0, len(keys), _TOGETHER):
        part = keys[start : start + _TOGETHER]
        known = {row.pk: row for row in rows().filter(pk__in=part)}
        yield from told(known[key] for key in part if key in known)


def one(reference: str) -> Public | None:
    """Return a treaty of the register; None for what is not in it, whatever the reason."""
    return next(iter(told(rows().filter(reference=reference))), None)


def documents(treaty: Public) -> list[Item]:
    """Return the public documents of a treaty."""
    items = shelf(treaty.agreement, EVERYBODY)
    return [item for item in items if item.live]


def document(treaty: Public, version: UUID) -> DocumentVersion | None:
    """Return a file of a public document of the treaty; None for any other."""
    files = (file.row for item in documents(treaty) for file in item.live)
    return next((row for row in files if row.pk == version), None)


# ---- words and data ----
def arrange(found: Iterable[Public]) -> Document:
    """Arrange treaties into a document with one table."""
    columns = [_("Reference"), _("Treaty"), _("Partners"), _("Signed on"), _("Place of signing"), _("Entry into force")]
    columns += [_("State Register"), _("United Nations")]
    table = Table(_("Treaties in force"), columns, [_row(one) for one in found], empty=_("No treaty was found."))
    return Document(_("Public register of treaties"), "", "", [], [table], wide=True)


def _row(public: Public) -> list[Cell]:
    treaty = public.treaty
    return [
        Cell(public.agreement.reference),
        Cell.of(public.title),
        Cell(public.partners),
        Cell.day(treaty.signed.on) if treaty.signed else Cell(NOTHING),
        Cell(public.place or NOTHING),
        Cell.day(treaty.in_force),
        Cell(treaty.state_register.words if treaty.state_register else NOTHING),
        Cell(treaty.united_nations.words if treaty.united_nations else NOTHING),
    ]


def data(public: Public) -> dict[str, Any]:
    """Return a treaty as JSON values, in the form that the head of this module describes."""
    agreement, treaty = public.agreement, public.treaty
    return {
        "reference": agreement.reference,
        "title": dict(agreement.titles),
        "short_title": dict(treaty.facts.short_titles),
        "kind": agreement.kind,
        "in_the_name_of": agreement.in_the_name_of,
        "parties": [code for code, _name in public.parties],
        "areas": [code for code, _name in public.areas],
        "signed": {"on": day_data(treaty.signed.on), "place": treaty.signed.place} if treaty.signed else None,
        "in_force": day_data(treaty.in_force) if treaty.in_force else None,
        "clause": dict(clause_texts(agreement)),
        "valid_from": agreement.valid_from.isoformat() if agreement.valid_from else None,
        "valid_until": agreement.valid_until.isoformat() if agreement.valid_until else None,
        "state_register": _number(treaty.state_register),
        "united_nations": _number(treaty.united_nations),
    }


def _number(registration: Registration | None) -> Mapping[str, str | None] | None:
    if registration is None:
        return None
    return {"number": registration.number, "on": registration.on.isoformat() if registration.on else None}
