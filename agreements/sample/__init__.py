"""The sample portfolio: the agreements of Kazakhstan and the European Union, from public sources.

`facts.json` holds the dated and sourced facts; `additions.json` what Pacta needs to show them. Every fact enters as an
entry of imported origin with its own recorded-at: nothing pretends to have been recorded earlier.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from babel import Locale
from django.db import transaction

from agreements import lifecycle, meetings, participation, registers, upkeep
from agreements.choices import (
    ActionKind,
    Certainty,
    InTheNameOf,
    Manner,
    MeetingStatus,
    Origin,
    PartyKind,
    RelationKind,
    Role,
)
from agreements.dates import FuzzyDate
from agreements.models import (
    Agreement,
    Area,
    Format,
    Indicator,
    Meeting,
    Membership,
    Party,
    Unit,
    User,
)
from agreements.tracks import add_days
from agreements.words import LANGUAGES, Texts

FOLDER = Path(__file__).parent
#: What the facts tell of participants: who did what, and what of the agreement it concerns.
_ACTS = {
    "ratification by KZ": (("KZ",), "ratification", ""),
    "approval by EU": (("EU",), "approval", ""),
    "provisional application, in part": (("EU", "KZ"), "provisional_application", "in part"),
}
_NOTIFIED = (
    "Notification of completed procedures; that it came by January 2020, and the last one in that month, is inferred "
    "from the entry into force"
)
_RELATIONS = (RelationKind.IMPLEMENTS, RelationKind.FOLLOWS, RelationKind.SUPERSEDES)
_ROUNDS = {"round 8, text finalised": 8}


def load(*, by: User) -> int:
    """Load what is not there yet and return how many agreements were added."""
    with transaction.atomic(), upkeep.at_the_end():
        return _Loader(by).load()


class _Loader:
    def __init__(self, by: User) -> None:
        self.by = by
        self.facts = json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))
        self.more = json.loads((FOLDER / "additions.json").read_text(encoding="utf-8"))
        self.keys: dict[str, Agreement] = {}

    def load(self) -> int:
        self.load_parties()
        for words in self.more["areas"].values():
            Area.objects.get_or_create(code=words["code"], defaults={"prefix": words["prefix"], **_names(words)})
        for words in self.more["formats"].values():
            Format.objects.get_or_create(code=words["code"], defaults=_names(words))
        opened = [facts for facts in self.in_order() if self.open(facts)]
        # What is superseded ends when its successor is in force: its story is told last.
        for facts in sorted(opened, key=lambda facts: any("successor" in event for event in facts["events"])):
            for number, event in enumerate(facts["events"]):
                self.load_event(self.keys[facts["key"]], event, opening=number == 0)
            self.load_notifications(self.keys[facts["key"]], facts)
        for facts in self.facts["meetings"]:
            self.load_meeting(facts)
        for facts in self.facts["indicators"]:
            self.load_indicator(facts)
        return len(opened)

    # ---- parties ----
    def load_parties(self) -> None:
        codes = {"EU": self.facts["parties"]["EU"]["name"], "KZ": self.facts["parties"]["KZ"]["name"]}
        for code in sorted(self.more["membership"]):
            codes[code] = {language: Locale(language).territories[code] for language in LANGUAGES}
        for code, names in codes.items():
            if Party.objects.filter(code=code).exists():
                continue
            kind = PartyKind.ORGANISATION if code == "EU" else PartyKind.STATE
            party = Party(code=code, kind=kind, **_names(names))
            registers.insert(party)
            if code in self.more["membership"]:
                until = self.facts["parties"]["EU"]["former_members"].get(code)
                Membership.objects.create(
                    member=party,
                    organisation=Party.objects.get(code="EU"),
                    since=date.fromisoformat(self.more["membership"][code]),
                    until=date.fromisoformat(until) if until else None,
                )
            registers.created(party, by=self.by, origin=Origin.IMPORTED)

    @cached_property
    def parties(self) -> dict[str, Party]:
        return {party.code: party for party in Party.objects.all()}

    def participants(self, facts: Mapping[str, Any]) -> list[tuple[Party, str]]:
        """Return the participants; "EU member states" are those that were members on the day of signing."""
        signed = next((event["on"] for event in facts["events"] if self.signs(event)), None)
        ended = any(event.get("step") == "enter_into_force" for event in facts["events"])
        found: list[tuple[Party, str]] = []
        for name in facts["parties"]:
            if name == "EU member states":
                on = date.fromisoformat(signed or facts["events"][0]["on"])
                members = Membership.objects.filter(organisation__code="EU", since__lte=on).exclude(until__lt=on)
                found += [
                    # A member that left before entry into force signed, and no more is known of it.
                    (item.member, Role.SIGNATORY if item.until and item.until < _day_in_force(facts) else Role.PARTY)
                    for item in members.select_related("member").order_by("member__code")
                ]
            elif name in self.parties:
                found.append((self.parties[name], Role.PARTY if ended else Role.NEGOTIATING))
        return found

    @staticmethod
    def signs(event: Mapping[str, Any]) -> bool:
        return "sign" in (event.get("step"), event.get("open")) or event.get("open") == "signed"

    # ---- agreements ----
    def in_order(self) -> list[Mapping[str, Any]]:
        """Return the agreements so that each stands behind those it names."""
        return sorted(self.facts["agreements"], key=lambda facts: sum(len(facts.get(kind, ())) for kind in _RELATIONS))

    def open(self, facts: Mapping[str, Any]) -> bool:
        """Open the record; return False where it is there already."""
        more = self.more["agreements"][facts["key"]]
        kept = Agreement.objects.filter(reference=more["reference"]).first()
        if kept:
            self.keys[facts["key"]] = kept
            return False
        first = facts["events"][0]
        self.keys[facts["key"]] = lifecycle.open(
            self.proposal(facts, more),
            by=self.by,
            on=_opening_date(first),
            **(_before(first) if "open_on" in first else self.details(first)),
        )
        return True

    def proposal(self, facts: Mapping[str, Any], more: Mapping[str, Any]) -> lifecycle.Proposal:
        valid = {key: date.fromisoformat(day) for key, day in facts.get("valid", {}).items()}
        unit = Unit.objects.get_or_create(code=self.more["unit"]["code"], defaults=_names(self.more["unit"]))[0]
        return lifecycle.Proposal(
            titles={**facts["title"], **more["title"]},
            short_titles={**facts.get("short_title", {}), **more.get("short_title", {})},
            kind=more["kind"],
            procedure=more["procedure"],
            stage=facts["events"][0]["open"],
            areas=[Area.objects.get(code=self.more["areas"][name]["code"]) for name in facts["areas"]],
            participants=self.participants(facts),
            relations=[(kind, self.keys[key]) for kind in _RELATIONS for key in facts.get(kind, ())],
            reference=more["reference"],
            columns={
                "level": more["level"],
                "ball": more.get("ball", ""),
                "in_the_name_of": InTheNameOf(facts["concluded_in_the_name_of"].lower()),
                "lead_unit": unit,
                "valid_from": valid.get("from"),
                "valid_until": valid.get("until"),
                "clause": more.get("clause"),
                **{f"clause_text_{language}": text for language, text in more.get("clause_text", {}).items()},
            },
        )

    def load_event(self, agreement: Agreement, event: Mapping[str, Any], *, opening: bool) -> None:
        on, details = _date(event), self.details(event)
        step, entry = event.get("step"), event.get("entry")
        if step == "hold":
            lifecycle.hold(agreement, on=on, by=self.by, **{**details, "reason": details["what"], "what": ""})
        elif step == "release":
            lifecycle.release(agreement, on=on, by=self.by, **details)
        elif step:
            if "successor" in event:
                details["successor"] = self.keys[event["successor"]]
            if opening and "open_on" not in event:
                details["what"] = ""
                details["reason"] = self.sentence(event["step_note"])
            lifecycle.perform(agreement, step, on=on, by=self.by, **details)
        if entry in _ACTS:
            parties, kind, scope = _ACTS[entry]
            del details["reason"], details["manner"]
            said: dict[str, Any] = {"scope": self.sentence(scope)} if scope else {}
            for party in parties:
                participation.act(agreement, self.parties[party], kind, on=on, by=self.by, **said, **details)
        elif entry:
            del details["reason"], details["manner"]
            lifecycle.note(agreement, on=on, by=self.by, round_of_talks=_ROUNDS.get(entry), **details)
        self.load_afterwards(agreement, event)

    def load_afterwards(self, agreement: Agreement, event: Mapping[str, Any]) -> None:
        """Record by itself what the facts tell in the same breath but happened later, on a day that is not known."""
        if event["what"] in self.more["afterwards"]:
            lifecycle.note(
                agreement,
                on=FuzzyDate.unknown(after=_date(event).latest),
                by=self.by,
                what=self.more["afterwards"][event["what"]],
                source=event["source"],
                origin=Origin.IMPORTED,
            )

    def details(self, event: Mapping[str, Any]) -> dict[str, Any]:
        also = event.get("also")
        return {
            "what": self.sentence(event["what"]),
            "reason": self.sentence(event["certainty"]) if "certainty" in event else "",
            "source": event["source"],
            "place": event.get("place", ""),
            "manner": Manner(event["manner"]) if event.get("manner") else "",
            "certainty": _certainty(event),
            "stated_elsewhere": _date(also) if also else None,
            "stated_by": also["source"] if also else "",
            "origin": Origin.IMPORTED,
        }

    def sentence(self, text: str) -> Texts:
        """Return a sentence of the facts with its working translations; English given with them stands instead."""
        said = text[0].upper() + text[1:]
        return {"en": said, **(self.more["sentences"].get(text) or self.more["sentences"][said])}

    def load_notifications(self, agreement: Agreement, facts: Mapping[str, Any]) -> None:
        """Record what follows from the entry into force: that all had notified, on days that no source gives."""
        told = self.more["agreements"][facts["key"]].get("notified")
        if not told:
            return
        last = FuzzyDate.parse(told["in"])
        entered = next(event for event in facts["events"] if event.get("step") == "enter_into_force")
        for row in agreement.participants.select_related("party").order_by("party__code"):
            if row.party.code not in told["besides"]:
                participation.act(
                    agreement,
                    row.party,
                    ActionKind.NOTIFICATION,
                    on=last if row.party.code == told["last"] else FuzzyDate.unknown(before=add_days(last.latest, 1)),
                    by=self.by,
                    what=self.sentence(_NOTIFIED),
                    source=entered["source"],
                    certainty=Certainty.INFERRED,
                    origin=Origin.IMPORTED,
                )

    # ---- meetings and indicators ----
    def load_meeting(self, facts: Mapping[str, Any]) -> None:
        words = self.more["formats"][facts["format"]]
        when = FuzzyDate.of_day(date.fromisoformat(facts["on"]))
        if Meeting.objects.filter(format__code=words["code"], earliest=when.earliest).exists():
            return
        titles = self.more["meetings"].get(facts.get("title") or facts.get("with", ""), {})
        counterpart = self.more["counterparts"].get(facts.get("with", ""), {})
        outcome = self.sentence(facts["outcome"]) if facts.get("outcome") else {}
        meeting = Meeting(
            format=Format.objects.get(code=words["code"]),
            rank=words["rank"],
            status=MeetingStatus.HELD,
            certainty=Certainty.REPORTED if facts.get("reported_on") else Certainty.FIRM,
            place=facts.get("place", ""),
            counterpart=facts.get("with", ""),
            outcome=outcome.get("en", ""),
            source=facts.get("source", ""),
            level="internal",
            **{f"title_{language}": text for language, text in titles.items()},
            **{f"counterpart_{language}": text for language, text in counterpart.items()},
            **{f"outcome_{language}": text for language, text in outcome.items() if language != "en"},
        )
        meeting.on = when
        meetings.arrange(
            meeting,
            by=self.by,
            parties=[self.parties["KZ"], self.parties["EU"]],
            agenda=[meetings.Point(self.keys[key]) for key in facts["agreements"]],
            origin=Origin.IMPORTED,
        )

    def load_indicator(self, facts: Mapping[str, Any]) -> None:
        unit = self.more["units"][facts["unit"]]
        indicator = Indicator(
            party=self.parties[facts["with"]],
            **_names(self.more["indicators"][facts["name"]]),
            **{f"unit_{language}": unit[language] for language in LANGUAGES},
            at_least=unit.get("at_least", False),
            period_from=date.fromisoformat(facts["from"]) if "from" in facts else None,
            period_until=date.fromisoformat(facts["until"]),
            value=str(facts["value"]),
            change_on_year=str(facts["change_on_year_percent"]) if "change_on_year_percent" in facts else None,
            source=facts["source"],
        )
        same = ("party", "name_en", "period_from", "period_until", "source")
        if not Indicator.objects.filter(**{name: getattr(indicator, name) for name in same}).exists():
            registers.create(indicator, by=self.by, origin=Origin.IMPORTED, source=indicator.source)


def _names(words: Mapping[str, Any]) -> dict[str, str]:
    return {f"name_{language}": words[language] for language in LANGUAGES}


def _date(event: Mapping[str, Any]) -> FuzzyDate:
    return FuzzyDate.of(date.fromisoformat(event["on"]), event["precision"])


def _opening_date(event: Mapping[str, Any]) -> FuzzyDate:
    when = _date(event)
    return FuzzyDate.unknown(before=when.earliest) if event.get("open_on") == "unknown" else when


def _before(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a beginning that no source tells of: that the first event came after it."""
    return {"source": event["source"], "certainty": Certainty.INFERRED, "origin": Origin.IMPORTED}


def _day_in_force(facts: Mapping[str, Any]) -> date:
    days = [event["on"] for event in facts["events"] if event.get("step") == "enter_into_force"]
    return date.fromisoformat(days[0]) if days else date.max


def _certainty(event: Mapping[str, Any]) -> Certainty:
    said = event.get("certainty", "")
    if said == "sources disagree":
        return Certainty.DISPUTED
    if event.get("reported_on"):
        return Certainty.REPORTED
    return Certainty.INFERRED if "inferred" in said and "entry" not in event else Certainty.FIRM
