"""The register of treaties: what was concluded, where and when, for whom in force and since when, where registered.

Texts that do not bind are left out. As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters`
(`since`, `until`: signed in that time, days or null; `with`, `area`: codes or null), `treaties`, the first signed
first. Each: what every report says of an agreement (docs/reports.md), `in_the_name_of`, `participants` (codes),
`signed` (`{on, place, manner, certainty, source}`, null where no signature is on record; `on` is a *day*: `{iso,
earliest, latest, precision}`), `consent` (of the own side: a day or null), `in_force` (day or null),
`consent_certainty` and `in_force_certainty` (`disputed` also where another source states another day),
`computed_entry_into_force` (day or null), `bound` (in force for the own side from this day on), `valid_from`,
`valid_until`, `ended` (day or null), `authentic_languages`, `state_register` and `united_nations` (`{number, on}` or
null).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import clock, iso639
from agreements.bonds import see
from agreements.chains import Chain, Told, day_of, tell, when_of
from agreements.choices import Certainty, EntryKind, Group, InTheNameOf, Manner, Stage
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import day_data
from agreements.models import Agreement, Area, Party, User
from agreements.places import place_words
from agreements.reports import frame
from agreements.reports.document import NOTHING, Cell, Document, Stamp, Table
from agreements.reports.facts import AgreementFacts, concerns, facts_from, head_data, partners
from agreements.reports.portfolio import own_notes

TITLE = gettext_lazy("Register of treaties")
ABOUT = gettext_lazy("The treaties that were concluded, with place, dates, entry into force and registration.")
#: What the report can be narrowed to.
FILTERS = ("since", "until", "party", "area")


@dataclass(frozen=True)
class Signature:
    """When and where the text was signed, and how."""

    on: FuzzyDate
    place: str
    manner: Manner | None
    certainty: Certainty
    source: str


@dataclass(frozen=True)
class Registration:
    """Under which number a treaty is registered, and since when."""

    number: str
    on: date | None

    @property
    def words(self) -> str:
        """The number and the day."""
        return ", ".join(filter(None, (self.number, render_day(self.on) if self.on else "")))


@dataclass(frozen=True)
class Treaty:
    """One treaty of the register. `consent` and `bound` are those of the own side, `in_force` is as recorded.

    How certain the consent and the entry into force are is what their entries say.
    """

    facts: AgreementFacts
    in_the_name_of: InTheNameOf
    signed: Signature | None
    consent: FuzzyDate | None
    in_force: FuzzyDate | None
    bound: FuzzyDate | None
    languages: Sequence[str]
    state_register: Registration | None
    united_nations: Registration | None
    consent_certainty: Certainty = Certainty.FIRM
    in_force_certainty: Certainty = Certainty.FIRM

    @property
    def ended(self) -> FuzzyDate | None:
        """The day on which it ended."""
        return self.facts.since if self.facts.group == Group.ENDED else None


@dataclass(frozen=True, kw_only=True)
class Register(frame.OfAgreements):
    """The content of the report; every format renders this object."""

    since: date | None
    until: date | None
    party: Party | None
    area: Area | None
    treaties: Sequence[Treaty]

    @property
    def agreements(self) -> list[AgreementFacts]:
        """The facts of the treaties that are shown."""
        return [treaty.facts for treaty in self.treaties]


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    since: date | None = None,
    until: date | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Register:
    """Return the register as far as the user may see it, as true on a day and known at a moment (today, now).

    With `since` or `until` it has what was signed in that time, for certain or perhaps.
    """
    day = as_of or clock.today()
    keys = Agreement.objects.for_user(user).order_by("pk").values_list("pk", flat=True)
    concluded = treaties(keys, as_of=day, known_at=known_at, party=party, area=area)
    found = [treaty for treaty in concluded if _in_time(treaty, since, until)]
    found.sort(key=lambda treaty: (treaty.signed.on.latest if treaty.signed else date.max, treaty.facts.reference))
    return Register(
        **frame.look(user, as_of, known_at),
        since=since,
        until=until,
        party=party,
        area=area,
        treaties=found,
    )


def treaties(
    keys: Iterable[UUID],
    *,
    as_of: date,
    known_at: datetime | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Iterator[Treaty]:
    """Yield the treaties among agreements that were concluded by a day, in the order of the keys."""
    told = tell(keys, known_at)
    for facts in facts_from(told, as_of):
        if concerns(facts, party, area):
            treaty = _treaty(facts, told.chains[facts.id], told, as_of)
            if treaty:
                yield treaty


def _treaty(facts: AgreementFacts, chain: Chain, told: Told, day: date) -> Treaty | None:
    """Return a treaty that was concluded by the day; None for what does not bind, or was never signed."""
    if not facts.binding or facts.stage is None or facts.group == Group.PREPARING:
        return None
    signed = _signature(chain, day)
    if signed is None and facts.stage == Stage.WITHDRAWN:
        return None
    record, own = chain.record, settings.OWN_SIDE
    seen = see(chain, told, day)
    tracked = told.track(chain, day, of=[own])
    standing = tracked.standings.get(own)
    return Treaty(
        facts=facts,
        in_the_name_of=InTheNameOf(record["in_the_name_of"]),
        signed=signed,
        consent=standing.consent.on if standing and standing.consent else None,
        in_force=seen.effect if seen else None,
        bound=standing.bound if standing else None,
        languages=iso639.codes(record.get("authentic_languages") or ""),
        state_register=_registration(record, "register_number", "registered_on", day),
        united_nations=_registration(record, "un_number", "un_registered_on", day),
        consent_certainty=_certainty(chain, standing.consent.id if standing and standing.consent else ""),
        in_force_certainty=_certainty(chain, _entered(chain, seen.effect) if seen and seen.effect else ""),
    )


def _entered(chain: Chain, when: FuzzyDate) -> str:
    """Return the key of the entry by which it entered into force on a date."""
    keys = [entry.id for entry in chain.history.line if entry.to_stage == Stage.IN_FORCE and entry.when == when]
    return str(keys[0]) if keys else ""


def _certainty(chain: Chain, key: str) -> Certainty:
    """Return how certain an entry is: disputed where another source states another date, too.

    What follows from a step has no entry of its own, and is told as firm.
    """
    row = next((row for one, row in chain.by_id.items() if str(one) == key), None)
    if row is None:
        return Certainty.FIRM
    return Certainty.DISPUTED if row["stated_elsewhere"] else Certainty(row["certainty"])


def _signature(chain: Chain, day: date) -> Signature | None:
    """Return the signature of the present text, as far as it was perhaps done by the day."""
    for row in reversed(chain.live):
        if (
            row["to_stage"] == Stage.SIGNED
            and row["kind"] in (EntryKind.OPEN, EntryKind.STEP)
            and row["earliest"] <= day
        ):
            manner = json.loads(row["data"]).get("manner")
            certainty = Certainty(row["certainty"])
            return Signature(when_of(row), row["place"], Manner(manner) if manner else None, certainty, row["source"])
    return None


def _registration(record: Mapping[str, Any], number: str, on: str, day: date) -> Registration | None:
    """Return a registration that had been made by the day, or of which no day is known."""
    when = day_of(record.get(on))
    if when > day if when else not record.get(number):
        return None
    return Registration(record.get(number) or "", when)


def _in_time(treaty: Treaty, since: date | None, until: date | None) -> bool:
    if since is None and until is None:
        return True
    if treaty.signed is None:
        return False
    return treaty.signed.on.latest >= (since or date.min) and treaty.signed.on.earliest <= (until or date.max)


# ---- words ----
def arrange(content: Register) -> Document:
    """Arrange the content into a document in the reader's language."""
    stamps = frame.stamps(content, area=content.area)
    if content.since or content.until:
        days = [render_day(day) if day else "…" for day in (content.since, content.until)]
        stamps.insert(0, Stamp(_("Signed"), " – ".join(days)))
    columns = [
        _("Treaty"),
        _("Partners"),
        _("Signed on"),
        _("Place of signing"),
        _("Entry into force"),
        _("Standing"),
        _("Period"),
        _("Registration"),
    ]
    return Document(
        title=_("Register of treaties"),
        subtitle=str(content.party.name) if content.party else _("All partners"),
        marking=str(content.level.label),
        stamps=stamps,
        blocks=[
            Table(
                _("Concluded treaties"),
                columns,
                [_row(treaty) for treaty in content.treaties],
                empty=_("No treaty was concluded."),
                note=_("Texts that do not bind are left out."),
            )
        ],
        wide=True,
    )


def _row(treaty: Treaty) -> list[Cell]:
    facts, signed = treaty.facts, treaty.signed
    titles = [] if facts.title.text == facts.short_title.text else [facts.title.text]
    return [
        Cell.of(
            facts.short_title,
            notes=[facts.reference, *titles, _in_name(treaty)],
            address=f"/agreements/{facts.reference}/",
        ),
        Cell(partners(facts)),
        Cell.day(signed.on, notes=_of_signature(signed)) if signed else Cell(_("not recorded")),
        Cell(place_words(signed.place) or NOTHING if signed else NOTHING),
        _entry(treaty),
        Cell(
            facts.stage_label,
            stage=facts.stage.value if facts.stage else "",
            group=facts.group or "",
            notes=[*([_("since: %(date)s") % {"date": treaty.ended}] if treaty.ended else ()), *own_notes(facts)],
        ),
        _period(facts),
        _registered(treaty),
    ]


def _in_name(treaty: Treaty) -> str:
    return _("in the name of: %(whom)s") % {"whom": treaty.in_the_name_of.label}


def _of_signature(signed: Signature) -> list[str]:
    notes = [str(signed.manner.label)] if signed.manner not in (None, Manner.SIGNED) else []
    return [*notes, *_doubt(signed.certainty)]


def _doubt(certainty: Certainty) -> list[str]:
    return [str(certainty.label)] if certainty != Certainty.FIRM else []


def _entry(treaty: Treaty) -> Cell:
    notes = _doubt(treaty.in_force_certainty)
    if treaty.consent:
        consent = _("consent of the own side: %(date)s") % {"date": treaty.consent}
        notes.append(", ".join([consent, *_doubt(treaty.consent_certainty)]))
    computed = treaty.facts.computed_entry
    if computed and computed != treaty.in_force:
        notes.append(_("by the clause: %(date)s") % {"date": computed})
    if treaty.bound and treaty.bound != treaty.in_force:
        notes.append(_("for the own side: %(date)s") % {"date": treaty.bound})
    return Cell.day(treaty.in_force, notes=notes)


def _period(facts: AgreementFacts) -> Cell:
    if not facts.valid_from and not facts.valid_until:
        return Cell(NOTHING)
    return Cell(" – ".join(render_day(day) if day else "…" for day in (facts.valid_from, facts.valid_until)))


def _registered(treaty: Treaty) -> Cell:
    lines = []
    if treaty.state_register:
        lines.append(_("State Register: %(number)s") % {"number": treaty.state_register.words})
    if treaty.united_nations:
        lines.append(_("United Nations: %(number)s") % {"number": treaty.united_nations.words})
    return Cell(lines[0], notes=lines[1:]) if lines else Cell(_("not recorded"))


# ---- data, for programs ----
def data(content: Register) -> dict[str, Any]:
    """Return the content as JSON values, in the form that the head of this module describes."""
    return frame.head(
        content, "register", since=content.since, until=content.until, party=content.party, area=content.area
    ) | {"treaties": [_data(treaty) for treaty in content.treaties]}


def _data(treaty: Treaty) -> dict[str, Any]:
    facts, signed = treaty.facts, treaty.signed
    return head_data(facts) | {
        "in_the_name_of": treaty.in_the_name_of.value,
        "participants": [code for code, _names in facts.parties],
        "signed": {
            "on": day_data(signed.on),
            "place": signed.place,
            "manner": signed.manner.value if signed.manner else None,
            "certainty": signed.certainty.value,
            "source": signed.source,
        }
        if signed
        else None,
        "consent": _day(treaty.consent),
        "in_force": _day(treaty.in_force),
        "consent_certainty": treaty.consent_certainty.value if treaty.consent else None,
        "in_force_certainty": treaty.in_force_certainty.value if treaty.in_force else None,
        "computed_entry_into_force": _day(facts.computed_entry),
        "bound": _day(treaty.bound),
        "valid_from": facts.valid_from.isoformat() if facts.valid_from else None,
        "valid_until": facts.valid_until.isoformat() if facts.valid_until else None,
        "ended": _day(treaty.ended),
        "authentic_languages": list(treaty.languages),
        "state_register": _number(treaty.state_register),
        "united_nations": _number(treaty.united_nations),
    }


def _day(when: FuzzyDate | None) -> dict[str, Any] | None:
    return day_data(when) if when else None


def _number(registration: Registration | None) -> dict[str, str | None] | None:
    if registration is None:
        return None
    return {"number": registration.number, "on": registration.on.isoformat() if registration.on else None}
