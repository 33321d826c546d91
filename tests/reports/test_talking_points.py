"""Drafts of what to say: for each stage and situation the sentences that follow from the record, and no others."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from agreements import lifecycle, meetings, participation, registers
from agreements.choices import ActionKind, Origin, RelationKind, Role
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Format, Meeting, Party, Relation, User
from agreements.reports import brief
from agreements.reports.brief import Brief

DAY = date(2024, 12, 28)
pytestmark = pytest.mark.django_db

#: For each case: how the agreement stands, what our side raises, what the other may raise; the dates are recent, so
#: that nothing is stuck.
CASES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "proposed, they must find a mandate": (
        {"stage": "proposed", "columns": {"ball": "other"}},
        ["Ask for the earliest start of negotiations, and when the other side expects its mandate."],
        [],
    ),
    "proposed, no mandate is needed, they must answer": (
        {"stage": "proposed", "procedure": "non_binding", "columns": {"ball": "other"}},
        ["Ask when the other side will answer the proposal."],
        [],
    ),
    "proposed, we must answer": (
        {"stage": "proposed", "procedure": "non_binding", "columns": {"ball": "own"}},
        ["Agree on how to go on with the proposal."],
        ["When our side will take the next step: “Prepare for signing”."],
    ),
    "mandated": (
        {"stage": "mandated", "columns": {"ball": "nobody"}},
        ["Agree on when negotiations open."],
        [],
    ),
    "negotiating": (
        {"stage": "negotiating", "columns": {"ball": "nobody"}},
        ["Agree on the date of the next round of talks."],
        [],
    ),
    "initialled": (
        {"stage": "initialled", "columns": {"ball": "own"}},
        ["Agree on how and by when the text is prepared for signing."],
        ["When our side will take the next step: “Prepare for signing”."],
    ),
    "signing, in the name of the Republic": (
        {"stage": "signing", "columns": {"in_the_name_of": "republic"}},
        [
            "Agree on a date of signing.",
            "At least 30 days before signing: “Submit the proposal to sign on behalf of the Republic”.",
        ],
        [
            "When our side will be ready to sign.",
            "Still open on our side: “Obtain the scientific legal expertise of the draft”; “Obtain the scientific "
            "linguistic expertise of the draft”; and 5 more.",
        ],
    ),
    "signing is planned": (
        {"stage": "signing", "procedure": "non_binding", "columns": {"planned_signing": FuzzyDate.parse("2025-03")}},
        ["Confirm the planned date of signing: March 2025."],
        ["When our side will be ready to sign."],
    ),
    "the planned day is past": (
        {
            "stage": "signing",
            "procedure": "non_binding",
            "columns": {"planned_signing": FuzzyDate.parse("2024-12-20"), "ball": "other"},
        },
        ["The planned date of signing is past (20 December 2024): agree on another one."],
        [],
    ),
    "signed, we must go on": (
        {"stage": "signed", "columns": {"ball": "own"}},
        ["Say when our side will complete its procedures."],
        [
            "When our side will complete its procedures.",
            "Still open on our side: “Prepare the draft law on ratification”; “Prepare the explanatory note to the "
            "draft law”.",
        ],
    ),
    "signed, they must go on": (
        {"stage": "signed", "columns": {"ball": "other"}},
        ["Ask when the other side will complete its procedures."],
        [],
    ),
    "signed, not binding": (
        {"stage": "signed", "procedure": "non_binding", "columns": {"valid_from": date(2025, 2, 1)}},
        ["Agree on the day from which it is in effect."],
        [],
    ),
    "suspended": (
        {"stage": "suspended", "columns": {"ball": "own"}},
        ["Ask under which conditions its operation can be resumed."],
        ["When our side will take the next step: “Resume operation”."],
    ),
    "it ends, and nothing follows": (
        {"stage": "in_force", "columns": {"valid_until": date(2025, 2, 1)}},
        ["Agree on what follows it. Last day of validity: 1 February 2025."],
        [],
    ),
    "it is renewed unless notice is given": (
        {
            "stage": "in_force",
            "columns": {"valid_until": date(2025, 6, 30), "renewal_years": 5, "notice_months": 3},
        },
        ["Agree on whether it is to go on. It is renewed on 1 July 2025 unless notice is given by 30 March 2025."],
        [],
    ),
    "in force, on the agenda": ({"stage": "in_force"}, ["Take stock of how it is carried out."], []),
    "in effect, on the agenda, and nothing comes next": (
        {"stage": "in_force", "procedure": "non_binding"},
        ["Take stock of how it is carried out, and agree on the next step: none is recorded."],
        [],
    ),
    "ended": ({"stage": "terminated"}, [], []),
}


def said(content: Brief, name: str) -> dict[str, list[str]]:
    return {
        one.reference: [sentence.replace("\u00a0", " ") for sentence in one.sentences] for one in getattr(content, name)
    }


def test_each_situation_has_its_sentences(make_agreement: Any, parties: dict[str, Party], lawyer: User) -> None:
    made = {}
    for name, (given, _raised, _expected) in CASES.items():
        fields = {"procedure": "ratified"} | given
        made[name] = make_agreement(on=FuzzyDate.parse("2024-12-10"), origin=Origin.IMPORTED, **fields).reference
    meeting = Meeting(format=Format.objects.create(code="council", name_en="Council"))
    meeting.on = FuzzyDate.parse("2025-01-10")
    agenda = [meetings.Point(agreement) for agreement in _in_order(made)]
    meetings.arrange(meeting, by=lawyer, parties=parties.values(), agenda=agenda)
    for language in ("ru", "kk", "en"):
        with translation.override(language):
            content = brief.build(lawyer, as_of=DAY, meeting=meeting)
            brief.data(content)
        sentences = [one for name in ("points", "expected") for found in said(content, name).values() for one in found]
        assert not [one for one in sentences if "%(" in one]
        if language != "en":
            assert not [one for one in sentences if one.isascii()]
    raised, expected = said(content, "points"), said(content, "expected")
    for name, reference in made.items():
        assert (name, raised.get(reference, []), expected.get(reference, [])) == (name, *CASES[name][1:])


def _in_order(made: dict[str, str]) -> list[Any]:
    rows = {row.reference: row for row in Agreement.objects.filter(reference__in=made.values())}
    return [rows[reference] for reference in made.values()]


def test_what_is_on_hold_is_asked_about_first(make_agreement: Any, lawyer: User) -> None:
    held = make_agreement(procedure="ratified", stage="negotiating", on=FuzzyDate.parse("2024-11"))
    lifecycle.hold(held, on=FuzzyDate.parse("2024-12-01"), by=lawyer, reason="Talks halted")
    content = brief.build(lawyer, as_of=DAY)
    assert said(content, "points")[held.reference] == ["Ask when work on it can go on. On hold since: 1 December 2024."]
    assert said(content, "expected")[held.reference] == ["When work on it can go on. On hold since: 1 December 2024."]


def test_a_treaty_on_its_way_and_one_that_is_not_in_force_for_us(
    make_agreement: Any, parties: Any, lawyer: User
) -> None:
    others = [registers.create(Party(code=code, name_en=code), by=lawyer) for code in ("AM", "KG")]
    treaty = make_agreement(
        procedure="multilateral", stage="signed", on=FuzzyDate.parse("2024-10-01"),
        participants=[(party, Role.SIGNATORY) for party in (parties["KZ"], *others)],
        columns={"clause": {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 2}}}},
    )  # fmt: skip
    for party in others:
        participation.act(treaty, party, ActionKind.SIGNATURE, on=FuzzyDate.parse("2024-10-01"), by=lawyer)
    participation.act(treaty, others[0], ActionKind.RATIFICATION, on=FuzzyDate.parse("2024-11-01"), by=lawyer)
    on_its_way = brief.build(lawyer, as_of=DAY)
    assert said(on_its_way, "points")[treaty.reference] == [
        "Say when our side will complete its procedures.",
        "Missing: 1 of 2 (instruments of consent; so far: 1).",
    ]
    participation.act(treaty, others[1], ActionKind.RATIFICATION, on=FuzzyDate.parse("2024-11-20"), by=lawyer)
    met = brief.build(lawyer, as_of=date(2024, 12, 10))
    assert said(met, "points")[treaty.reference][0] == (
        "Confirm the day of entry into force by the clause: 20 December 2024."
    )
    assert [(one.kind, one.on.iso, one.by_clause) for one in met.coming] == [("enter_into_force", "2024-12-20", True)]
    lifecycle.perform(treaty, "enter_into_force", on=FuzzyDate.parse("2024-12-20"), by=lawyer, origin=Origin.IMPORTED)
    content = brief.build(lawyer, as_of=DAY)
    assert said(content, "points")[treaty.reference][0] == (
        "Say what our side plans: the agreement is not in force for it."
    )
    assert said(content, "expected")[treaty.reference] == ["When the agreement will be in force for our side."]
    with translation.override("en"):
        stage = brief.arrange(content).tables[0].rows[0][1]
    assert "in force, but not for us: not signed" in stage.notes


def test_what_ends_before_its_successor_is_signed(make_agreement: Any, lawyer: User) -> None:
    given = {"procedure": "non_binding", "origin": Origin.IMPORTED, "short_titles": {}}
    earlier = make_agreement(
        titles={"en": "Roadmap 2023"}, stage="in_force", on=FuzzyDate.parse("2023-05-19"),
        columns={"valid_until": date(2024, 12, 31)}, **given,
    )  # fmt: skip
    later = make_agreement(titles={"en": "Roadmap 2025"}, stage="signing", on=FuzzyDate.parse("2024-12-10"), **given)
    with registers.editing(later, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind=RelationKind.FOLLOWS, to=earlier)
    points = said(brief.build(lawyer, as_of=DAY), "points")
    assert earlier.reference not in points
    assert points[later.reference] == [
        "Agree on a date of signing.",
        "“Roadmap 2023” is valid until 31 December 2024; while the next one is not signed, nothing takes its place.",
    ]
    gap = said(brief.build(lawyer, as_of=date(2025, 2, 1)), "points")
    assert gap[later.reference][1:] == [
        "Gap since 1 January 2025, 32 days so far: “Roadmap 2025” has not taken effect after “Roadmap 2023”."
    ]
