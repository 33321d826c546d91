"""Tables of agreements: what becomes of every row, that a trial says the same, and that nothing comes twice."""

from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from agreements import history, imports, journal, shares
from agreements.guards import Refused
from agreements.import_choices import ImportState
from agreements.imports.reasons import sentence
from agreements.models import Agreement, Entry, ImportRun, Party, User
from tests.conftest import signed_in
from tests.imports.conftest import Bring, bring, outcomes
from tests.lives import Make, day, settled

TABLE = """\
No.;Title;Parties;Signed on;In force on;Stage;Notes
1;Partnership and Cooperation Agreement;Kazakhstan, European Union;1995-01-23;1999-07-01;;
2;Enhanced Partnership and Cooperation Agreement;KZ; 2015-12-21;2020-03-01;in force;provisionally applied since 2016
3;Соглашение о воздушном сообщении;Казахстан;;;initialled;
4;;KZ;1999-02-02;;;
5;Agreement on textiles;Atlantis;1993-10-15;;;
6;Agreement on nuclear safety;KZ;1999-07-19;2003-06;signed;
7;Agreement on steel;KZ;2999-01-01;;;
8;Agreement on science;KZ;31.02.2001;;;
1;Partnership and Cooperation Agreement;Kazakhstan, European Union;1995-01-23;1999-07-01;;
;;;;;;
"""
EXPECTED = [
    (2, "created", ""),
    (3, "created", ""),
    (4, "created", ""),
    (5, "refused", "title-missing"),
    (6, "doubted", "party-unclear"),
    (7, "doubted", "stage-unclear"),
    (8, "doubted", "value-missing"),
    (9, "doubted", "date-unclear"),
    (10, "skipped", "same-row"),
]
#: Decisions about what is doubtful, and what comes of each.
DECISIONS = {
    "party": {"Atlantis": "empty"},
    "stage": {"signed": "dates"},
    "date": {"31.02.2001": "2001-02-28"},
}


@pytest.fixture
def run(brought: Bring, parties: dict[str, Party]) -> ImportRun:
    return brought("agreements", TABLE, kind="agreement")


def sound() -> None:
    assert list(journal.verify()) == list(journal.differing()) == list(history.faults()) == []


@pytest.mark.django_db
def test_a_trial_says_what_becomes_of_every_row_and_writes_nothing(run: ImportRun, lawyer: User) -> None:
    before = Entry.objects.count()
    tried = imports.check(run, by=lawyer)
    assert outcomes(tried) == EXPECTED
    assert (Agreement.objects.count(), Entry.objects.count()) == (0, before)
    assert (tried.state, tried.counts) == ("checked", {"created": 3, "refused": 1, "doubted": 4, "skipped": 1})
    assert [(one["kind"], one["key"], one["rows"], one["first"]) for one in tried.questions] == [
        ("party", "Atlantis", 1, 6),
        ("stage", "signed", 1, 7),
        ("value", "stage", 1, 8),
        ("date", "31.02.2001", 1, 9),
    ]


@pytest.mark.django_db
def test_what_is_recorded_is_what_was_tried(run: ImportRun, lawyer: User) -> None:
    run = imports.check(run, by=lawyer)
    with pytest.raises(Refused, match="doubtful still"):
        imports.start(run, by=lawyer)
    done = imports.start(run, by=lawyer, leave_doubts=True, at_once=True)
    assert (done.state, outcomes(done)) == ("done", EXPECTED)
    told = {
        one.title.text: (one.stage, one.since.iso, one.kind, one.level, one.binding)
        for one in Agreement.objects.order_by("pk")
    }
    assert told == {
        "Partnership and Cooperation Agreement": ("in_force", "1999-07-01", "agreement", "internal", True),
        "Enhanced Partnership and Cooperation Agreement": ("in_force", "2020-03-01", "agreement", "internal", True),
        "Соглашение о воздушном сообщении": ("initialled", "unknown", "agreement", "internal", True),
    }
    first = Agreement.objects.get(title_en="Partnership and Cooperation Agreement")
    assert sorted(first.participants.values_list("party__code", "role")) == [("EU", "party"), ("KZ", "party")]
    entries = list(Entry.objects.of(first))
    assert [(one.kind, one.to_stage, one.on.iso, one.origin) for one in entries] == [
        ("open", "signed", "1995-01-23", "imported"),
        ("step", "in_force", "1999-07-01", "imported"),
    ]
    assert {one.source for one in entries} == {"Treaty list; No. 1; table.csv, row 2"}
    assert {one.request_id for one in entries} == {f"import-{done.pk}"}
    assert settled(Agreement.objects.get(title_ru__startswith="Соглашение")).since.iso == "unknown"
    sound()


@pytest.mark.django_db
def test_decisions_settle_what_was_doubtful(run: ImportRun, lawyer: User) -> None:
    run = imports.check(run, by=lawyer)
    run = imports.decide(run, DECISIONS | {"value": {"stage": "signed"}}, by=lawyer)
    run = imports.check(run, by=lawyer)
    assert {number: (outcome, code) for number, outcome, code in outcomes(run) if number in (6, 7, 8, 9)} == {
        6: ("created", ""),
        7: ("created", ""),
        8: ("created", "noted"),  # 2999 stands for no date: the stage is the one that was chosen
        9: ("created", ""),
    }
    imports.start(run, by=lawyer, at_once=True)
    textiles = Agreement.objects.get(title_en="Agreement on textiles")
    assert textiles.participants.count() == 0
    assert "Atlantis" in str(journal.text_of(Entry.objects.of(textiles).get())["what"])
    assert Agreement.objects.get(title_en="Agreement on nuclear safety").since.iso == "2003-06"
    assert Agreement.objects.get(title_en="Agreement on science").since.iso == "2001-02-28"
    sound()


@pytest.mark.django_db
def test_a_file_that_is_imported_again_brings_nothing(run: ImportRun, brought: Bring, lawyer: User) -> None:
    imports.start(imports.check(run, by=lawyer), by=lawyer, leave_doubts=True, at_once=True)
    again = imports.check(brought("agreements", TABLE, name="another name.csv", kind="agreement"), by=lawyer)
    assert outcomes(again) == [
        (number, "skipped", "taken-before") if outcome == "created" or number == 10 else (number, outcome, code)
        for number, outcome, code in EXPECTED
    ]
    with pytest.raises(Refused, match="No row would be recorded"):
        imports.start(again, by=lawyer, leave_doubts=True)
    more = TABLE.replace("1999-07-01;;\n", "1999-07-01;;in force since\n", 1) + "11;Roadmap;KZ;2024-05-01;;;\n"
    later = imports.check(brought("agreements", more, kind="agreement"), by=lawyer)
    assert [one for one in outcomes(later) if one[0] in (2, 10, 12)] == [
        (2, "skipped", "recorded"),  # another row, of the same number
        (10, "skipped", "taken-before"),
        (12, "created", ""),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "decisions", "expected"),
    [
        ("Partnership and cooperation agreement;1995-01-23;", {}, ("doubted", "likeness")),
        ("Partnership and cooperation agreement;1995;", {}, ("doubted", "likeness")),
        ("Agreement on Partnership and Cooperation;1995-01-23;", {}, ("doubted", "likeness")),
        ("Partnership and Cooperation Agreement;2024-01-23;", {}, ("created", "")),
        ("Agreement on the abolition of visas;1995-01-23;", {}, ("created", "")),
        ("Partnership and cooperation agreement;1995;", {"duplicate": "same"}, ("skipped", "recorded")),
        ("Partnership and cooperation agreement;1995;", {"duplicate": "other"}, ("created", "")),
        ("Partnership and cooperation agreement;1995;", {"duplicate": "skip"}, ("skipped", "left-out")),
    ],
)
def test_duplicates_are_found_by_title_and_date_and_decided_by_a_person(
    brought: Bring, lawyer: User, make_agreement: Any, row: str, decisions: dict[str, str], expected: tuple[str, str]
) -> None:
    titles = {"en": "Partnership and cooperation agreement"}
    make_agreement(stage="signed", on=day("1995-01-23"), titles=titles)
    run = brought("agreements", f"Title;Signed on;Notes\n{row}\n", kind="agreement")
    if decisions:
        run = imports.decide(run, {kind: {"2": answer} for kind, answer in decisions.items()}, by=lawyer)
    assert [one[1:] for one in outcomes(imports.check(run, by=lawyer))] == [expected]


@pytest.mark.django_db
def test_a_row_that_is_recorded_otherwise_changes_it_only_if_that_is_decided(
    brought: Bring, lawyer: User, make_agreement: Any
) -> None:
    agreement = make_agreement(stage="signed", on=day("1995-01-23"))
    row = f"{agreement.reference};{agreement.title_en};1995-01-23;1234"
    table = f"Reference;Title;Signed on;Number in the State Register\n{row}\n"
    run = imports.check(brought("agreements", table, kind="agreement"), by=lawyer)
    assert outcomes(run) == [(2, "doubted", "recorded-otherwise")]
    run = imports.check(imports.decide(run, {"differing": {"*": "change"}}, by=lawyer), by=lawyer)
    assert outcomes(run) == [(2, "changed", "changed")]
    assert Agreement.objects.get().register_number == ""
    imports.start(run, by=lawyer, at_once=True)
    assert Agreement.objects.get().register_number == "1234"
    undone = imports.undo(run, by=lawyer, reason="the wrong register")
    assert (undone.state, Agreement.objects.get().register_number) == ("undone", "")
    sound()


@pytest.mark.django_db
def test_only_who_may_import_does_and_only_with_what_is_his(run: ImportRun, lawyer: User, officer: User) -> None:
    with pytest.raises(Refused, match="do not have the right"):
        bring(officer, "agreements", TABLE, kind="agreement")
    with pytest.raises(Refused, match="do not have the right"):
        imports.check(run, by=officer)
    other = User.objects.create_user("second", access_level="secret")
    other.groups.add(*lawyer.groups.all())
    with pytest.raises(Refused, match="Only who uploaded"):
        imports.check(run, by=other)
    assert not ImportRun.objects.for_user(officer).exists()
    assert ImportRun.objects.for_user(other).count() == 1
    # What it tells was found by who sees more: that a row is recorded already, and under which reference.
    lower = User.objects.create_user("third", access_level="internal")
    lower.groups.add(*lawyer.groups.all())
    assert not ImportRun.objects.for_user(lower).exists()
    assert signed_in(lower).get(run.get_absolute_url()).status_code == 404
    assert signed_in(other).get(run.get_absolute_url()).status_code == 200
    lawyer.access_level = "public"
    assert not ImportRun.objects.for_user(lawyer).exists()
    with pytest.raises(Refused, match="above your own"):
        bring(lawyer, "agreements", TABLE, kind="agreement")


@pytest.mark.django_db
def test_what_a_share_let_an_importer_find_others_who_import_are_not_told(
    make_agreement: Make, lawyer: User, parties: dict[str, Party]
) -> None:
    kept = make_agreement(columns={"level": "secret"}, titles={"en": "Agreement on hushed matters"})
    first, second = (User.objects.create_user(name, access_level="internal") for name in ("first", "second"))
    for one in (first, second):
        one.groups.add(*lawyer.groups.all())
    share = shares.give(kept, user=first, by=lawyer, reason="He prepares the talks.")
    tried = imports.check(
        bring(first, "agreements", f"Title;Stage\n{kept.title_en};signed\n", kind="agreement"), by=first
    )
    assert kept.reference in str(tried.rows.get().told)

    assert list(ImportRun.objects.for_user(first)) == [tried]
    assert list(ImportRun.objects.for_user(lawyer)) == [tried]
    assert not ImportRun.objects.for_user(second).exists()
    assert signed_in(second).get(tried.get_absolute_url()).status_code == 404
    shares.withdraw(share, by=lawyer, reason="The talks are over.")
    assert not ImportRun.objects.for_user(second).exists()
    shares.give(kept, user=second, by=lawyer, reason="He goes on with them.")
    assert list(ImportRun.objects.for_user(second)) == [tried]
    later = bring(first, "agreements", "Title;Stage\nAgreement on steel;signed\n", kind="agreement")
    assert later in ImportRun.objects.for_user(second)


@pytest.mark.django_db
def test_a_row_of_a_hidden_table_comes_once_and_tells_nothing_of_it(brought: Bring, lawyer: User) -> None:
    table = "Title;Stage\nAgreement on steel;signed\n"
    hidden = imports.check(brought("agreements", table, kind="agreement"), by=lawyer)
    imports.start(hidden, by=lawyer, at_once=True)
    lower = User.objects.create_user("lower", access_level="internal")
    lower.groups.add(*lawyer.groups.all())
    for by, code, told in (
        (lower, "taken-elsewhere", "The same row was taken over before, from another table."),
        (lawyer, "taken-before", "The same row was taken over before: “table.csv”, row 2."),
    ):
        row = imports.check(bring(by, "agreements", table, kind="agreement"), by=by).rows.get()
        assert (row.outcome, row.code, sentence(row.code, row.told)) == ("skipped", code, told)


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "match"), [("", "Choose a file"), ("\n\n\n", "empty"), ("\x00\x01\x02", "")])
def test_a_file_that_is_no_table_is_refused(lawyer: User, text: str, match: str) -> None:
    with pytest.raises(Refused, match=match or None):
        bring(lawyer, "agreements", text, kind="agreement")
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_a_file_that_breaks_off_is_refused_before_anything_is_kept(lawyer: User) -> None:
    with pytest.raises(Refused, match="Row 2502"):
        bring(lawyer, "agreements", many(2500) + "x" * 40_000 + ";1995\n", kind="agreement")
    assert not ImportRun.objects.exists()


# ---- what breaks, and goes on ----
def breaking(title: str) -> None:
    """Let the database refuse one title, as a full disk or a bug would."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TEMP TRIGGER breaking BEFORE INSERT ON main.agreements_agreement "
                f"WHEN NEW.title_en = '{title}' BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION pg_temp.breaking() RETURNS trigger AS $$ BEGIN "
                f"IF NEW.title_en = '{title}' THEN RAISE EXCEPTION 'broken'; END IF; "
                "RETURN NEW; END $$ LANGUAGE plpgsql"
            )
            cursor.execute(
                "CREATE TRIGGER breaking BEFORE INSERT ON agreements_agreement "
                "FOR EACH ROW EXECUTE FUNCTION pg_temp.breaking()"
            )


def many(number: int) -> str:
    return "Title;Signed on\n" + "".join(f"Agreement number {n} on trade;{1900 + n % 100}\n" for n in range(number))


@pytest.mark.django_db
def test_one_row_that_cannot_be_written_is_refused_and_all_others_are_recorded(brought: Bring, lawyer: User) -> None:
    run = imports.check(brought("agreements", many(40), kind="agreement"), by=lawyer)
    breaking("Agreement number 17 on trade")
    done = imports.start(run, by=lawyer, at_once=True)
    assert (done.state, done.counts) == ("done", {"created": 39, "refused": 1})
    assert [one for one in outcomes(done) if one[1] != "created"] == [(19, "refused", "failed")]
    assert Agreement.objects.count() == 39
    sound()


@pytest.mark.django_db
def test_all_or_nothing_is_nothing_where_a_row_breaks(brought: Bring, lawyer: User) -> None:
    run = imports.check(brought("agreements", many(40), kind="agreement"), by=lawyer)
    breaking("Agreement number 17 on trade")
    done = imports.start(run, by=lawyer, whole=True, at_once=True)
    assert (done.state, Agreement.objects.count(), done.rows.count()) == (ImportState.STOPPED, 0, 0)
    assert "nothing is recorded" in done.problem


@pytest.mark.django_db
def test_undone_it_can_be_imported_again(run: ImportRun, brought: Bring, lawyer: User) -> None:
    done = imports.start(imports.check(run, by=lawyer), by=lawyer, leave_doubts=True, at_once=True)
    with pytest.raises(Refused, match="Give a reason"):
        imports.undo(done, by=lawyer, reason=" ")
    undone = imports.undo(done, by=lawyer, reason="the list of another year")
    assert (undone.state, undone.undone_by) == ("undone", lawyer)
    assert set(Agreement.objects.values_list("is_void", flat=True)) == {True}
    assert Entry.objects.filter(kind="void", request_id=f"undo-{run.pk}").count() == 3
    sound()
    with pytest.raises(Refused, match="Nothing of this import"):
        imports.undo(done, by=lawyer, reason="once more")
    again = imports.check(brought("agreements", TABLE, kind="agreement"), by=lawyer)
    assert outcomes(again) == EXPECTED
    imports.start(again, by=lawyer, leave_doubts=True, at_once=True)
    assert Agreement.objects.kept().count() == 3
    sound()


@pytest.mark.django_db
def test_it_is_not_undone_where_others_have_gone_on_from_it(run: ImportRun, lawyer: User, officer: User) -> None:
    from agreements import lifecycle

    done = imports.start(imports.check(run, by=lawyer), by=lawyer, leave_doubts=True, at_once=True)
    agreement = Agreement.objects.get(title_en="Partnership and Cooperation Agreement")
    lifecycle.note(agreement, on=day("2024"), by=officer, what="a renewed request")
    with pytest.raises(Refused, match=agreement.reference):
        imports.undo(done, by=lawyer, reason="the wrong list")
    assert not Agreement.objects.filter(is_void=True).exists()


# ---- alike within one file ----
ALIKE = """\
Title;Signed on;Notes
Agreement on scientific and technical cooperation;1995-01-23;
Technical and scientific cooperation agreement;1995-01;
Agreement on scientific and technical cooperation;2005-01-23;
Agreement on cooperation in culture;1995-01-23;
Agreement on scientific and technical cooperation;1995-01-23;a copy
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ({}, [("created", ""), ("doubted", "like-title"), ("created", ""), ("created", ""), ("doubted", "same-title")]),
        ({"3": "other", "6": "skip"},
         [("created", ""), ("created", ""), ("created", ""), ("created", ""), ("skipped", "left-out")]),
        ({"3": "skip"},
         [("created", ""), ("skipped", "left-out"), ("created", ""), ("created", ""), ("doubted", "same-title")]),
        ({"*": "other"}, [("created", "")] * 5),
    ],
)  # fmt: skip
def test_titles_that_are_alike_within_a_file_are_decided_by_a_person(
    brought: Bring, lawyer: User, decisions: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    run = brought("agreements", ALIKE, kind="agreement")
    if decisions:
        run = imports.decide(run, {"twin": decisions}, by=lawyer)
    run = imports.check(run, by=lawyer)
    assert [one[1:] for one in outcomes(run)] == expected
    if not decisions:
        assert {row.number: row.told for row in run.rows.filter(outcome="doubted")} == {3: {"row": 2}, 6: {"row": 2}}
    done = imports.start(run, by=lawyer, leave_doubts=True, at_once=True)
    assert [one[1:] for one in outcomes(done)] == expected
    assert Agreement.objects.count() == [one for one, _code in expected].count("created")


# ---- in the reader's language ----
@pytest.mark.django_db
def test_what_was_noticed_of_a_cell_is_told_in_the_language_of_whoever_reads_it(brought: Bring, lawyer: User) -> None:
    table = "Title;Signed on;In force on\nAgreement on trade;2013-03-25;9999-12-31\nAgreement on tax;2015-03-02?;\n"
    run = imports.check(brought("agreements", table, kind="agreement"), by=lawyer)
    noticed, doubted = run.rows.order_by("number")
    (question,) = run.questions

    def told(language: str) -> list[str]:
        with translation.override(language):
            return [sentence(one.code, one.told) for one in (noticed, doubted)] + [
                sentence(question["code"], question["told"])
            ]

    assert told("en") == [
        "“9999-12-31” stands for no date: it is left open.",
        *["“2015-03-02?” is not a date for certain (signed on). The date is marked as doubtful: “2015-03-02?”."] * 2,
    ]
    noted, *doubtful = told("ru")
    assert noted == "«9999-12-31» означает, что даты нет: она остаётся открытой."
    assert all(one.endswith("Дата помечена как сомнительная: «2015-03-02?».") for one in doubtful)


@pytest.mark.django_db
def test_what_was_noticed_of_a_party_is_told_in_the_language_of_whoever_reads_it(
    brought: Bring, lawyer: User, parties: dict[str, Party]
) -> None:
    table = "Title;Signed on;Parties\nAgreement on trade;2013-03-25;Kazakhstan [1]\n"
    run = imports.check(brought("agreements", table, kind="agreement"), by=lawyer)
    (row,) = run.rows.all()
    told = {}
    for language in ("en", "ru"):
        with translation.override(language):
            told[language] = sentence(row.code, row.told)
    assert told["en"] == "A footnote mark was left out: “[1]”."
    assert told["ru"] not in ("", told["en"])
