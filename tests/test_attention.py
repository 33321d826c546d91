"""What needs attention: for an agreement and for all, on a day, as far as the reader may see."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from agreements import attention, documents, lifecycle, participation, registers, tasks
from agreements.attention import QUALITY, Review
from agreements.choices import ActionKind, Level, Origin, RelationKind, Role, Stage
from agreements.dates import FuzzyDate
from agreements.findings import ICONS, LABELS, SAID_BESIDE
from agreements.models import Agreement, Entry, Party, Relation, User

Make = Callable[..., Agreement]
pytestmark = pytest.mark.django_db

ROADMAP_2023, ROADMAP_2025, VISAS = "RAW-23X4", "RAW-25X6", "VIS-8TDK"
LATER = "Raw Materials Roadmap 2025-2026"


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def day(text: str) -> date:
    return date.fromisoformat(text)


def review(user: User, at: str = "2024-12-28", **given: Any) -> Review:
    return attention.review(user, as_of=day(at), **given)


def told(found: Review, reference: str) -> dict[str, tuple[str, str, int | None]]:
    """Return what is found of an agreement: strength, sentence, days, by code; without what nobody is asked for."""
    return {
        one.code: (one.strength, one.sentence.replace("\u00a0", " "), one.days)
        for one in found.findings
        if one.reference == reference and one.code not in ("no-officer", "silent")
    }


def codes(found: Review, agreement: Agreement) -> list[str]:
    return sorted({one.code for one in found.of(agreement.pk)} - {"no-officer", "silent"})


def follow(later: Agreement, earlier: Agreement, by: User, kind: str = RelationKind.FOLLOWS) -> None:
    with registers.editing(later, by=by) as fresh:
        Relation.objects.create(agreement=fresh, kind=kind, to=earlier)


def words(english: str, of: dict[str, str], language: str) -> str:
    """Return the sentence expected in a language; where its words are not translated yet the test says so."""
    if language != "en" and translation.gettext(english) == english:
        pytest.skip(f"no words in {language} yet: {english}")
    return of[language]


# ---- the roadmaps on raw materials ----
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_on_28_december_2024_the_roadmap_expires_in_three_days_and_no_successor_is_signed(
    sample: Any, lawyer: User, language: str
) -> None:
    expected = {
        "en": f"Expires in 3 days; what is to follow it is not signed: {LATER}",
        "ru": "Срок истекает через 3 дня; документ, который должен прийти на смену, не подписан: "
        "Дорожная карта по сырью на 2025-2026 годы",
        "kk": "Мерзімі 3 күннен кейін аяқталады; орнына келетін құжатқа қол қойылмаған: "
        "Шикізат саласындағы 2025-2026 жылдарға арналған жол картасы",
    }
    with translation.override(language):
        found = told(review(lawyer), ROADMAP_2023)
        assert found["expiring"][0::2] == ("late", 3)
        assert found["expiring"][1] == words("No responsible officer is named", expected, language)
    assert "gap" not in found


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_on_1_march_2025_there_is_a_gap_since_1_january(
    sample: Any, lawyer: User, settings: Any, language: str, expired: bool
) -> None:
    if expired:  # whether or not the step was taken that the day asks for
        settings.PACTA_TODAY = day("2025-03-01")
        assert [one.reference for one in lifecycle.run_automatic(by=User.objects.service("tick"))] == [ROADMAP_2023]
    expected = {
        "en": f"Gap since 1 January 2025, 60 days so far: “{LATER}” has not taken effect after "
        "“Raw Materials Roadmap 2023-2024”",
        "ru": "Разрыв с 1 января 2025 года, пока 60 дней: после «Дорожная карта по сырью на 2023-2024 годы» документ "
        "«Дорожная карта по сырью на 2025-2026 годы» не начал действовать",
        "kk": "Үзіліс (басталуы: 2025 жылғы 1 қаңтар), әзірге 60 күн: «Шикізат саласындағы 2023-2024 жылдарға арналған "
        "жол картасы» құжатынан кейін «Шикізат саласындағы 2025-2026 жылдарға арналған жол картасы» қолданысқа "
        "енген жоқ",
    }
    found = review(lawyer, "2025-03-01")
    (gap,) = [one for one in found.findings if one.code == "gap"]
    assert (gap.strength, gap.day, gap.days) == ("late", on("2025-01-01"), 60)
    assert (gap.reference, gap.other) == (ROADMAP_2023, ROADMAP_2025)
    with translation.override(language):
        assert gap.sentence.replace("\u00a0", " ") == words("No responsible officer is named", expected, language)
    assert gap in found.of(sample[ROADMAP_2025].pk)
    assert ("validity-ended" in told(found, ROADMAP_2023)) is not expired


def test_the_gap_ends_on_the_day_before_the_successor_takes_effect(sample: Any, lawyer: User, settings: Any) -> None:
    settings.PACTA_TODAY = day("2025-04-01")
    lifecycle.perform(sample[ROADMAP_2025], "sign", on=on("2025-03-20"), by=lawyer, evidence="No. 1")
    lifecycle.run_automatic(by=User.objects.service("tick"))
    assert told(review(lawyer, "2025-04-01"), ROADMAP_2023)["gap"] == (
        "plain",
        "Gap of 78 days, from 1 January 2025 to 19 March 2025, between “Raw Materials Roadmap 2023-2024” and "
        f"“{LATER}”",
        78,
    )
    assert told(review(lawyer, "2025-03-19"), ROADMAP_2023)["gap"][0::2] == ("late", 78)
    assert "gap" not in told(review(lawyer, "2026-12-01"), ROADMAP_2023)


def test_who_may_not_see_the_successor_learns_nothing_of_it(sample: Any, reader: User, lawyer: User) -> None:
    with registers.editing(sample[ROADMAP_2025], by=lawyer) as fresh:
        fresh.level = Level.SECRET
    told_before = []
    for at in ("2024-12-28", "2025-03-01"):
        hidden = review(reader, at)
        told_before.append([(one.code, one.reference, one.sentence, one.other) for one in hidden.findings])
        assert ROADMAP_2025 not in {seen.record["reference"] for seen in hidden.seen.values()}
        assert LATER not in str(told_before)
        assert ROADMAP_2025 not in str(told_before)
        assert hidden.passages == []
    assert told(review(reader), ROADMAP_2023)["expiring"][1] == "Expires in 3 days; nothing is recorded that follows it"
    with registers.editing(sample[ROADMAP_2025], by=lawyer) as fresh:
        fresh.relations.all().delete()
    assert told_before == [
        [(one.code, one.reference, one.sentence, one.other) for one in review(reader, at).findings]
        for at in ("2024-12-28", "2025-03-01")
    ]


def test_a_hidden_successor_closes_no_gap(sample: Any, reader: User, lawyer: User, settings: Any) -> None:
    """Two follow the roadmap: the reader sees the one that is not signed, not the one that is in effect."""
    settings.PACTA_TODAY = day("2025-03-01")
    proposal = lifecycle.Proposal(
        titles={"en": "Roadmap in between"}, kind="roadmap", stage=Stage.IN_FORCE, columns={"level": Level.SECRET},
        relations=[(RelationKind.FOLLOWS, sample[ROADMAP_2023])],
    )  # fmt: skip
    between = lifecycle.open(proposal, by=lawyer, on=on("2025-01-10"))
    seen, hidden = (told(review(user, "2025-03-01"), ROADMAP_2023)["gap"] for user in (lawyer, reader))
    assert seen == (
        "plain",
        "Gap of 9 days, from 1 January 2025 to 9 January 2025, between “Raw Materials Roadmap 2023-2024” and "
        "“Roadmap in between”",
        9,
    )
    assert hidden[0::2] == ("late", 60)
    assert between.reference not in str(hidden)


def test_before_its_record_began_a_successor_is_none(sample: Any, lawyer: User) -> None:
    assert told(review(lawyer, "2024-12-01"), ROADMAP_2023)["expiring"] == (
        "soon",
        "Expires in 30 days; nothing is recorded that follows it",
        30,
    )


# ---- the end of validity, renewal, notice ----
@pytest.mark.parametrize(
    ("until", "strength"),
    [
        ("2025-01-04", "late"),
        ("2025-01-05", "soon"),
        ("2025-03-29", "plain"),
        ("2025-06-26", "plain"),
        ("2025-06-27", None),
    ],
)
def test_expiry_is_told_half_a_year_ahead(make_agreement: Make, lawyer: User, until: str, strength: str | None) -> None:
    ending = make_agreement(stage=Stage.IN_FORCE, columns={"valid_until": day(until)})
    found = told(review(lawyer), ending.reference).get("expiring")
    assert (found and found[0]) == strength


def test_what_is_followed_by_a_signed_agreement_does_not_expire_unnoticed(make_agreement: Make, lawyer: User) -> None:
    ending = make_agreement(stage=Stage.IN_FORCE, columns={"valid_until": day("2025-01-10")})
    signed = make_agreement(stage=Stage.SIGNED, on=on("2024-12-01"))
    assert "expiring" in codes(review(lawyer), ending)
    follow(signed, ending, lawyer)
    assert "expiring" not in codes(review(lawyer), ending)


RENEWED = {"valid_from": day("2020-01-01"), "valid_until": day("2024-12-31"), "renewal_years": 5, "notice_months": 6}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-01-01", {}),
        ("2024-01-02", {"notice-window": ("soon", 180)}),
        ("2024-06-23", {"notice-window": ("late", 7)}),
        ("2024-06-30", {"notice-window": ("late", 0)}),
        ("2024-07-01", {"notice-missed": ("plain", 1)}),
        ("2024-12-28", {"notice-missed": ("plain", 181)}),
        ("2025-01-01", {}),
        ("2029-06-30", {"notice-window": ("late", 0)}),
    ],
)
def test_a_renewed_agreement_has_a_window_for_notice_and_does_not_expire(
    make_agreement: Make, lawyer: User, at: str, expected: dict[str, tuple[str, int]]
) -> None:
    renewed = make_agreement(stage=Stage.IN_FORCE, on=on("2020-01-01"), columns=RENEWED)
    found = told(review(lawyer, at), renewed.reference)
    assert {code: (strength, days) for code, (strength, _words, days) in found.items()} == expected


def test_the_windows_are_told_in_words(make_agreement: Make, lawyer: User) -> None:
    renewed = make_agreement(stage=Stage.IN_FORCE, on=on("2020-01-01"), columns=RENEWED)
    sentences = [
        told(review(lawyer, at), renewed.reference)[code][1]
        for at, code in (("2024-06-01", "notice-window"), ("2024-12-01", "notice-missed"))
    ]
    assert sentences == [
        "Renewed on 1 January 2025 unless notice is given by 30 June 2024",
        "The last day for notice was 30 June 2024: it is renewed on 1 January 2025",
    ]


def test_notice_in_time_ends_it_and_taken_back_lets_it_be_renewed(
    make_agreement: Make, parties: dict[str, Party], lawyer: User
) -> None:
    renewed = make_agreement(stage=Stage.IN_FORCE, on=on("2020-01-01"), columns=RENEWED)
    notice = participation.act(
        renewed, parties["EU"], ActionKind.DENUNCIATION, on=on("2024-06-20"), by=lawyer, origin=Origin.IMPORTED
    )
    assert told(review(lawyer), renewed.reference)["expiring"][0::2] == ("late", 3)
    assert "notice-window" in codes(review(lawyer, "2024-06-19"), renewed)
    participation.act(
        renewed, parties["EU"], ActionKind.WITHDRAWAL, on=on("2024-07-01"), by=lawyer, target=notice,
        origin=Origin.IMPORTED,
    )  # fmt: skip
    assert "expiring" not in codes(review(lawyer), renewed)


def test_what_is_renewed_is_not_expired_by_itself(
    make_agreement: Make, parties: dict[str, Party], lawyer: User, settings: Any
) -> None:
    renewed = make_agreement(kind="roadmap", stage=Stage.IN_FORCE, on=on("2020-01-01"), columns=RENEWED)
    settings.PACTA_TODAY = day("2025-02-01")
    assert lifecycle.run_automatic(by=lawyer) == []
    (reason,) = lifecycle.objections(renewed, "expire", on=on("2025-02-01"), by=lawyer)
    assert reason.sentence.replace("\u00a0", " ") == "The period of validity runs until 31 December 2029."
    participation.act(
        renewed, parties["EU"], ActionKind.DENUNCIATION, on=on("2024-06-20"), by=lawyer, origin=Origin.IMPORTED
    )
    assert [(one.stage, one.since) for one in lifecycle.run_automatic(by=lawyer)] == [("expired", on("2025-01-01"))]


# ---- one in force beside another ----
def test_two_that_run_at_the_same_time_overlap(make_agreement: Make, lawyer: User) -> None:
    first = make_agreement(stage=Stage.IN_FORCE, on=on("2020-01-01"), columns={"valid_until": day("2024-12-31")})
    second = make_agreement(stage=Stage.IN_FORCE, on=on("2024-12-01"), short_titles={"en": "The second"})
    follow(second, first, lawyer)
    assert told(review(lawyer), first.reference)["overlap"] == (
        "soon",
        "Overlap from 1 December 2024 to 31 December 2024 of “Horizontal Aviation Agreement” and “The second”",
        28,
    )
    assert told(review(lawyer, "2025-03-01"), first.reference)["overlap"][0::2] == ("plain", 31)


def test_a_predecessor_that_is_still_in_force_is_named(make_agreement: Make, lawyer: User) -> None:
    first = make_agreement(stage=Stage.IN_FORCE, on=on("2010-01-01"))
    second = make_agreement(stage=Stage.IN_FORCE, on=on("2024-12-01"), short_titles={"en": "The second"})
    follow(second, first, lawyer, RelationKind.SUPERSEDES)
    assert told(review(lawyer), first.reference)["predecessor-in-force"][:2] == (
        "soon",
        "Still in force beside what supersedes it: The second",
    )
    lifecycle.perform(first, "supersede", on=on("2024-12-01"), by=lawyer, successor=second)
    assert codes(review(lawyer), first) == []


# ---- stuck, waiting, silent ----
@pytest.mark.parametrize(
    ("stage", "since", "expected"),
    [
        ("signing", "2024-06-30", 181),
        ("signing", "2024-07-01", None),
        ("signing", "2024-06", 181),
        ("ratifying", "2022-01-01", 1092),
        ("in_force", "1999-07-01", None),
        ("terminated", "1999-07-01", None),
    ],
)
def test_stuck_is_what_stays_longer_than_usual(
    make_agreement: Make, lawyer: User, stage: str, since: str, expected: int | None
) -> None:
    agreement = make_agreement(procedure="ratified", stage=stage, on=on(since))
    found = told(review(lawyer), agreement.reference).get("stuck")
    assert (found and found[2]) == expected


def test_what_is_on_hold_is_not_stuck_and_its_days_do_not_count(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(procedure="ratified", stage="signing", on=on("2024-06-01"))
    assert told(review(lawyer), agreement.reference)["stuck"][1:] == (
        "Being prepared for signing for 210 days; usual are at most 180",
        210,
    )
    lifecycle.hold(agreement, on=on("2024-09-01"), by=lawyer, reason="Talks halted.")
    assert "stuck" not in codes(review(lawyer), agreement)
    lifecycle.release(agreement, on=on("2024-09-21"), by=lawyer)
    assert told(review(lawyer), agreement.reference)["stuck"][2] == 190
    assert "stuck" not in codes(review(lawyer, "2024-12-18"), agreement)


def test_the_other_side_is_waited_for_by_its_name(sample: Any, lawyer: User) -> None:
    assert told(review(lawyer), VISAS) == {
        "stuck": ("soon", "Proposed for 593 days; usual are at most 365", 593),
        "waiting-other": ("plain", "The next move is not ours: European Union", None),
    }


def test_silence_of_a_year_and_a_missing_officer_are_told(make_agreement: Make, officer: User) -> None:
    silent = make_agreement(stage=Stage.IN_FORCE, on=on("2023-12-28"))
    found = {one.code: one for one in review(officer).of(silent.pk)}
    assert found["silent"].sentence.replace("\u00a0", " ") == "Nothing is recorded since 28 December 2023"
    assert "silent" not in {one.code for one in review(officer, "2024-12-27").of(silent.pk)}
    with registers.editing(silent, by=officer) as fresh:
        fresh.officer = officer
    assert review(officer).of(silent.pk) == []


# ---- stage and acts ----
def test_acts_that_do_not_fit_the_stage_are_named(
    make_agreement: Make, parties: dict[str, Party], lawyer: User
) -> None:
    early = make_agreement(procedure="ratified", stage="initialled", on=on("2024-11-01"))
    late = make_agreement(
        procedure="multilateral", stage="in_force", on=on("2024-11-01"),
        participants=[(parties["KZ"], Role.PARTY), (parties["EU"], Role.PARTY)],
    )  # fmt: skip
    for agreement, kind in ((early, "signature"), (late, "ratification")):
        assert "tracks-conflict" not in codes(review(lawyer), agreement)
        participation.act(
            agreement, parties["KZ"], ActionKind(kind), on=on("2024-10-01"), by=lawyer, origin=Origin.IMPORTED
        )
    assert told(review(lawyer), early.reference)["tracks-conflict"][1] == (
        "Not signed by its stage, but 1 participant has signed or consented: Kazakhstan"
    )
    assert told(review(lawyer), late.reference)["tracks-conflict"][1] == (
        "In force, but of 1 party no consent is recorded: European Union"
    )


# ---- texts ----
@pytest.mark.parametrize(
    ("stage", "kind", "missing"),
    [
        ("negotiating", "signed_text", None),
        ("initialled", "initialled_text", "Kazakh, Russian"),
        ("signing", "signed_text", "English, Kazakh, Russian"),
        ("in_force", "signed_text", "Kazakh, Russian"),
        ("in_force", "certified_copy", "Kazakh, Russian"),
        ("in_force", "initialled_text", "English, Kazakh, Russian"),
        ("terminated", "signed_text", None),
    ],
)
def test_a_missing_version_in_an_authentic_language_is_told(
    make_agreement: Make, lawyer: User, settings: Any, tmp_path: Any, stage: str, kind: str, missing: str | None
) -> None:
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"documents": kept}
    columns = {"authentic_languages": "en, kk, ru"}
    agreement = make_agreement(procedure="ratified", stage=stage, on=on("2020-01-01"), columns=columns)
    file = ContentFile(b"%PDF-1.7\n%%EOF\n", "text.pdf")
    documents.store(agreement, kind, file, by=lawyer, on=on("2024-12-01"), language="en")
    found = told(review(lawyer), agreement.reference).get("text-missing")
    assert found == (missing and ("plain", f"No version is kept in an authentic language: {missing}", None))
    if missing == "Kazakh, Russian":  # before it was dated, and before it was recorded, it was missing too
        asked: tuple[dict[str, Any], ...] = (
            {"at": "2024-11-30"},
            {"known_at": Entry.objects.of(agreement).earliest("sequence").recorded_at},
        )
        for given in asked:
            then = told(review(lawyer, **given), agreement.reference)["text-missing"]
            assert then[1].endswith("English, Kazakh, Russian")


def test_a_text_that_is_not_stated_to_be_authentic_is_not_missed(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(stage="in_force", on=on("2020-01-01"))
    assert "text-missing" not in codes(review(lawyer), agreement)


# ---- tasks ----
def test_tasks_are_overdue_due_soon_or_missed_from_the_start(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(procedure="ratified", stage="signing", on=on("2024-12-01"))
    for title, due in (
        ("A", "2024-12-27"),
        ("B", "2024-12-28"),
        ("C", "2025-01-11"),
        ("D", "2025-01-12"),
        ("E", "2024"),
    ):
        tasks.add(agreement, title, by=lawyer, due=on(due), side="other" if title == "A" else "own")
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-05")
    proposal = "Submit the proposal to sign to the Government"
    found = [
        (one.code, one.strength, one.sentence, one.days, one.target)
        for one in review(lawyer).of(agreement.pk)
        if one.task and (proposal in one.sentence or len(one.sentence) < 30)
    ]
    # What a person gives to do has no lead time that could have run out: it is overdue, no more.
    assert found == [
        ("lead-missed", "late", f"The lead time had run out already when the date was set: {proposal}", None, "task"),
        ("overdue", "late", f"6 days overdue: {proposal}", 6, "task"),
        ("overdue", "late", "1 day overdue: A", 1, "task"),
        ("due-soon", "soon", "Due today: B", 0, "task"),
        ("due-soon", "soon", "Due in 3 days: E", 3, "task"),
        ("due-soon", "soon", "Due in 14 days: C", 14, "task"),
    ]


def test_a_past_day_tells_no_tasks(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(procedure="ratified", stage="signing", on=on("2024-12-01"))
    tasks.add(agreement, "A", by=lawyer, due=on("2024-12-02"))
    past, ahead = review(lawyer, "2024-12-27"), review(lawyer, "2025-03-01")
    assert (past.tasks_told, list(past.tasks), {one.task for one in past.findings}) == (False, [], {None})
    assert (ahead.tasks_told, [task.title for task in ahead.tasks]) == (True, [{"en": "A"}])


# ---- cost and scope ----
def test_every_finding_has_a_name_a_sign_and_a_place_of_its_own(sample: Any, lawyer: User) -> None:
    assert LABELS.keys() == ICONS.keys()
    assert {*QUALITY, *SAID_BESIDE} <= LABELS.keys()
    for at in ("2024-12-28", "2025-03-01", "2016-06-01"):
        found = review(lawyer, at).findings
        assert {one.code for one in found} <= LABELS.keys()
        assert len({one.order for one in found}) == len(found)


def test_what_an_agreement_is_found_by_counts_for_both_of_two(sample: Any, lawyer: User) -> None:
    traits = review(lawyer, "2025-03-01").traits()
    assert {"gap", "late"} <= traits[sample[ROADMAP_2023].pk] & traits[sample[ROADMAP_2025].pk]
    assert "validity-ended" in traits[sample[ROADMAP_2023].pk] - traits[sample[ROADMAP_2025].pk]


def test_the_same_number_of_queries_for_one_agreement_or_many(
    make_agreement: Make, officer: User, lawyer: User
) -> None:
    counts, before = [], None
    for _number in range(3):
        agreement = make_agreement(procedure="ratified", stage="signing", on=on("2024-12-01"))
        tasks.add(agreement, "A", by=lawyer, due=on("2024-12-20"), person=officer)
        if before:
            follow(agreement, before, lawyer)
        before = agreement
        with CaptureQueriesContext(connection) as queries:
            assert len(review(lawyer).seen) == len(counts) + 1
        counts.append(len(queries))
    assert counts == [4, 4, 4]
    with CaptureQueriesContext(connection) as queries:
        review(lawyer, only=[agreement.pk])
    assert len(queries) == 4


def test_asked_for_one_it_says_what_it_says_of_it_among_all(sample: dict[str, Agreement], lawyer: User) -> None:
    for at in ("2024-12-28", "2025-03-01", "2016-06-01"):
        whole = review(lawyer, at)
        for agreement in sample.values():
            alone = review(lawyer, at, only=[agreement.pk])
            assert alone.seen.keys() <= {agreement.pk}
            mine = [(one.code, one.reference, one.sentence) for one in alone.of(agreement.pk)]
            assert mine == [(one.code, one.reference, one.sentence) for one in whole.of(agreement.pk)]
