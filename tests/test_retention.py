"""Retention and legal hold: what is let go when its time is over, by acts in the journal, and what stays."""

import io
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from agreements import clock, commitments, journal, lifecycle, redaction, registers, retention
from agreements.choices import DeliveryState, EntryKind, RunState
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Delivery, Entry, Format, Meeting, ReportRun, User, Webhook
from agreements.retention import BadRetention, Rules, TextRule
from agreements.tomlfiles import tables_of
from agreements.webhooks import sending
from tests.beside import Beside

Make = Callable[..., Agreement]
LONG_AGO, DAY = FuzzyDate.parse("1990-05-01"), FuzzyDate.parse("2024-10-21")
NOTES = Rules(texts=(TextRule(30, (EntryKind.NOTE,)),))


@pytest.fixture
def ended(make_agreement: Make, lawyer: User) -> Agreement:
    """An agreement that was withdrawn long ago, with two notes."""
    agreement = make_agreement(on=LONG_AGO)
    for what in ("The other side asked again.", "Told by telephone."):
        lifecycle.note(agreement, on=LONG_AGO, by=lawyer, what=what)
    return lifecycle.perform(agreement, "withdraw", on=LONG_AGO, by=lawyer, reason="Not pursued.")


def texts_of(agreement: Agreement, kind: str) -> list[dict[str, Any]]:
    chain = Entry.objects.of(agreement).filter(kind=kind).select_related("text")
    return [journal.text_of(entry) for entry in chain]


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()


# ---- texts ----
@pytest.mark.django_db
def test_what_would_go_is_listed_and_nothing_is_changed(ended: Agreement) -> None:
    told = run()

    assert told == (
        f"2 text(s) of {ended.reference}: would go. Rule of retention: 30 years after the end of the agreement.\n"
    )
    assert texts_of(ended, "note")[0] == {"what": "The other side asked again."}
    assert not Entry.objects.filter(kind=EntryKind.REDACTION).exists()


@pytest.mark.django_db
def test_texts_go_by_acts_in_the_journal_and_the_chain_stays_whole(ended: Agreement) -> None:
    before = {entry.pk: entry.digest for entry in Entry.objects.of(ended)}

    assert "2 text(s)" in run("--apply")

    assert texts_of(ended, "note") == [{}, {}]
    assert texts_of(ended, "step") == [{"reason": "Not pursued."}]
    acts = Entry.objects.of(ended).filter(kind=EntryKind.REDACTION).select_related("text", "actor")
    assert {act.actor.username for act in acts} == {"pacta-retention"}
    notes = Entry.objects.of(ended).filter(kind="note")
    assert [journal.data_of(act)["redacts"] for act in acts] == [str(note.pk) for note in notes]
    assert {tuple(journal.text_of(act)["reason"]) for act in acts} == {("en", "kk", "ru")}
    assert {entry.pk: entry.digest for entry in Entry.objects.of(ended) if entry.pk in before} == before
    call_command("verify_journal", stdout=io.StringIO())
    assert run("--apply") == "Nothing is due.\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("end", "today", "due"),
    [
        ("1990-05-01", "2020-04-30", False),
        ("1990-05-01", "2020-05-01", True),
        ("1992-02-29", "2022-02-28", False),
        ("1992-02-29", "2022-03-01", True),
        ("1992-02-28", "2024-02-29", True),
        ("1990", "2020-12-30", False),  # it may have ended on the last day of the year
        ("1990", "2020-12-31", True),
    ],
)
def test_full_years_are_counted_from_the_latest_day_of_the_end(
    make_agreement: Make, lawyer: User, end: str, today: str, due: bool
) -> None:
    agreement = make_agreement(on=FuzzyDate.parse("1989"))
    lifecycle.note(agreement, on=FuzzyDate.parse("1989"), by=lawyer, what="Something.")
    lifecycle.perform(agreement, "withdraw", on=FuzzyDate.parse(end), by=lawyer, reason="Not pursued.")

    assert bool(list(retention.due(NOTES, FuzzyDate.parse(today).earliest))) is due


@pytest.mark.django_db
def test_what_has_not_ended_keeps_its_texts(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(on=LONG_AGO)
    lifecycle.note(agreement, on=LONG_AGO, by=lawyer, what="Something.")

    assert list(retention.due(NOTES)) == []


@pytest.mark.django_db
def test_tick_lets_go_only_where_it_is_told_to(ended: Agreement, settings: Any) -> None:
    call_command("tick", stdout=io.StringIO())
    assert texts_of(ended, "note") != [{}, {}]

    settings.RETENTION = True
    call_command("tick", stdout=io.StringIO())
    assert texts_of(ended, "note") == [{}, {}]


@pytest.mark.django_db
def test_while_pacta_is_only_read_nothing_goes(ended: Agreement, settings: Any) -> None:
    settings.READ_ONLY = True
    with pytest.raises(CommandError, match="PACTA_READ_ONLY"):
        run("--apply")
    assert "2 text(s)" in run()


# ---- the rules ----
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[texts]]\nyears = 0\nkinds = ['note']", "texts.years: must be a whole number from 1."),
        ("[[texts]]\nyears = 5\nkinds = ['open']", "texts of “open” are not let go"),
        ("[[texts]]\nkinds = ['note']", "texts.years"),
        ("[[texts]]\nyears = 5\nkinds = ['note']\nmonths = 2", "months"),
        ("[report_runs]\ndays = -1", "report_runs.days: must be a whole number from 1."),
        ("[journal]\nyears = 5", "journal"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_the_key(text: str, told: str) -> None:
    with pytest.raises(BadRetention, match=r"own\.toml") as caught:
        retention.read(tables_of(text, file="own.toml", error=BadRetention), file="own.toml")
    assert told in str(caught.value)


@pytest.mark.django_db
def test_the_ministry_has_rules_of_its_own(ended: Agreement, settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[texts]]\nyears = 20\nkinds = ["step"]\n')
    settings.RETENTION_FILE = str(file)
    assert run().startswith(f"1 text(s) of {ended.reference}: would go. Rule of retention: 20 years")

    settings.RETENTION_FILE = str(tmp_path / "absent.toml")
    with pytest.raises(CommandError, match=r"absent\.toml cannot be read"):
        run()


# ---- beside the journal ----
def built(reader: User, *shown: Agreement, days: int) -> ReportRun:
    return ReportRun.objects.create(
        reader=reader, report="plan", form="pdf", language="en", state=RunState.DONE,
        asked_at=clock.now() - timedelta(days=days), shown=[str(agreement.pk) for agreement in shown],
    )  # fmt: skip


@pytest.mark.django_db
def test_rows_of_built_reports_go_but_for_what_shows_a_held_agreement(
    ended: Agreement, make_agreement: Make, lawyer: User
) -> None:
    other = make_agreement()
    lifecycle.preserve(ended, by=lawyer, reason="Proceedings No. 12.")
    kept = {built(lawyer, other, days=100).pk, built(lawyer, other, ended, days=900).pk}
    built(lawyer, other, days=900)

    assert {(one.count, one.held) for one in retention.due(Rules(report_days=365))} == {(1, False), (1, True)}
    list(retention.apply(Rules(report_days=365), by=User.objects.service("retention")))

    assert set(ReportRun.objects.values_list("pk", flat=True)) == kept


@pytest.mark.django_db
def test_what_was_sent_of_a_held_agreement_stays_in_the_log(
    ended: Agreement, make_agreement: Make, lawyer: User
) -> None:
    other, now = make_agreement(), clock.now()
    lifecycle.preserve(ended, by=lawyer, reason="Proceedings No. 12.")
    webhook = Webhook.objects.create(
        owner=lawyer, name="Archive", address="https://archive.example/", language="en", secret="x", reached=0,
        enabled=False, created_at=now, changed_at=now,
    )  # fmt: skip
    for agreement in (ended, other):
        entry = Entry.objects.of(agreement).earliest("sequence")
        old = now - sending.KEPT - timedelta(days=1)
        Delivery.objects.create(webhook=webhook, entry=entry, state=DeliveryState.DELIVERED, created_at=old)

    sending.tick(lambda _webhook: None)

    assert set(Delivery.objects.values_list("entry__subject", flat=True)) == {ended.pk}


# ---- legal hold ----
@pytest.mark.django_db
def test_a_hold_stops_rules_and_redaction_until_it_is_lifted(ended: Agreement, lawyer: User) -> None:
    note = Entry.objects.of(ended).filter(kind="note").earliest("sequence")
    lifecycle.preserve(ended, by=lawyer, reason="Proceedings No. 12.")

    assert run("--apply") == (
        f"2 text(s) of {ended.reference}: kept, under a legal hold. Rule of retention: 30 years after the end of the "
        "agreement.\nNothing is due.\n"
    )
    with pytest.raises(Refused) as refused:
        redaction.redact(note, by=lawyer, reason="Personal data.")
    assert [str(reason) for reason in refused.value.reasons] == [
        "The agreement is under a legal hold: until it is lifted, nothing of it is redacted and nothing is let go."
    ]
    assert texts_of(ended, "note")[0] == {"what": "The other side asked again."}

    lifecycle.end_preserving(Agreement.objects.get(pk=ended.pk), by=lawyer, reason="The proceedings are over.")
    redaction.redact(note, by=lawyer, reason="Personal data.")
    assert texts_of(ended, "note")[0] == {}
    call_command("verify_journal", stdout=io.StringIO())


@pytest.mark.django_db
def test_a_hold_reaches_what_belongs_to_the_agreement(make_agreement: Make, lawyer: User, parties: Any) -> None:
    held = make_agreement(stage="signed", on=DAY)
    other = make_agreement(stage="signed", on=DAY)
    undertaken = [
        commitments.undertake(one, by=lawyer, text_en="Report once a year.", due=DAY) for one in (held, other)
    ]
    form = Format.objects.create(code="council", name_en="Council")
    meeting = registers.create(Meeting(format=form, on=DAY), by=lawyer)
    meetings_with(meeting, held, by=lawyer)
    lifecycle.preserve(held, by=lawyer, reason="Proceedings No. 12.")

    def first(subject: Any) -> Entry:
        found: Entry = Entry.objects.of(subject).earliest("sequence")
        return found

    for subject in (undertaken[0], meeting):
        with pytest.raises(Refused):
            redaction.redact(first(subject), by=lawyer, reason="Personal data.")
    redaction.redact(first(undertaken[1]), by=lawyer, reason="Personal data.")
    with registers.editing(parties["EU"], by=lawyer, reason="The name was mistyped.") as party:
        party.name_en = "European Union (EU)"
    redaction.redact(Entry.objects.of(party).latest("sequence"), by=lawyer, reason="Personal data.")


def meetings_with(meeting: Meeting, agreement: Agreement, *, by: User) -> None:
    with registers.editing(meeting, by=by) as edited:
        edited.agenda.create(agreement=agreement, number=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "set_first", "reason", "codes"),
    [
        ("officer", False, "Proceedings.", ["not-permitted"]),
        ("lawyer", False, "", ["reason-missing"]),
        ("lawyer", False, "  ", ["reason-missing"]),
        ("lawyer", True, "Proceedings.", ["legal-hold-set"]),
        ("lawyer", True, "", ["reason-missing", "legal-hold-set"]),
        ("lawyer", False, "x" * 4001, ["too-long"]),
    ],
)
def test_a_hold_is_set_by_right_with_a_reason_and_once(
    ended: Agreement, request: pytest.FixtureRequest, lawyer: User, role: str, set_first: bool, reason: str, codes: Any
) -> None:
    if set_first:
        lifecycle.preserve(ended, by=lawyer, reason="Proceedings.")
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        lifecycle.preserve(ended, by=request.getfixturevalue(role), reason=reason)
    assert [one.code for one in refused.value.reasons] == codes
    assert Entry.objects.count() == before


@pytest.mark.django_db
def test_a_hold_that_is_not_set_is_not_lifted(ended: Agreement, lawyer: User) -> None:
    with pytest.raises(Refused, match="not under a legal hold"):
        lifecycle.end_preserving(ended, by=lawyer, reason="The proceedings are over.")


@pytest.mark.django_db
def test_an_edit_does_not_lift_a_hold_that_was_set_meanwhile(ended: Agreement, lawyer: User) -> None:
    stale = Agreement.objects.get(pk=ended.pk)
    lifecycle.preserve(ended, by=lawyer, reason="Proceedings.")
    edit = registers.Edit(stale, by=lawyer)
    stale.title_kk = "Келісім"
    edit.finish()

    assert Agreement.objects.get(pk=ended.pk).legal_hold
    call_command("verify_journal", stdout=io.StringIO())


# ---- where it shows ----
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_the_page_sets_shows_and_lifts_it(ended: Agreement, lawyer: User, officer: User) -> None:
    address, page = reverse("agreement-legal-hold", args=[ended.reference]), ended.get_absolute_url()
    desk, department = signed_in(officer), signed_in(lawyer)
    assert (desk.get(address).status_code, desk.post(address, {"reason": "x"}).status_code) == (403, 403)
    assert "Put under a legal hold" in department.get(page).content.decode()
    assert department.post(address, {"reason": ""}).status_code == 422

    assert department.post(address, {"reason": "Proceedings No. 12."}, follow=True).redirect_chain == [(page, 302)]

    shown, told = department.get(page).content.decode(), desk.get(page).content.decode()
    assert ("Lift the legal hold" in shown, "Lift the legal hold" in told) == (True, False)
    for seen in (shown, told):
        assert seen.count("Proceedings No. 12.") == 2  # beside the level, and in the history
        assert "Legal hold: was “no”, is “yes”" in seen
    department.post(address, {"reason": "The proceedings are over."})
    assert not Agreement.objects.get(pk=ended.pk).legal_hold
    assert "Lift the legal hold" not in department.get(page).content.decode()


@pytest.mark.django_db
def test_the_administration_sets_lifts_and_filters_it(ended: Agreement, lawyer: User) -> None:
    lawyer.is_staff = True
    lawyer.save()
    client = signed_in(lawyer)
    address = reverse("admin:agreements_agreement_legal_hold", args=[ended.pk])

    assert client.post(address, {"reason": "Proceedings No. 12."}).status_code == 302
    listed = client.get(reverse("admin:agreements_agreement_changelist"), {"legal_hold__exact": "1"}).content.decode()
    assert ended.reference in listed
    assert "Legal hold" in client.get(reverse("admin:agreements_agreement_change", args=[ended.pk])).content.decode()
    assert client.post(address, {"reason": "The proceedings are over."}).status_code == 302
    assert not Agreement.objects.get(pk=ended.pk).legal_hold


# ---- races ----
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_a_text_that_is_redacted_while_a_hold_is_set_goes_before_it_or_not_at_all(
    make_agreement: Make, lawyer: User
) -> None:
    for _round in range(10):
        agreement = make_agreement()
        notes = [lifecycle.note(agreement, on=DAY, by=lawyer, what=f"No. {number}") for number in range(4)]
        acts = [partial(redaction.redact, note, by=lawyer, reason="Personal data.") for note in notes]
        acts.append(partial(lifecycle.preserve, agreement, by=lawyer, reason="Proceedings."))
        faults = Beside(*acts, at_once=True).join(120)
        assert [fault for fault in faults if not isinstance(fault, Refused)] == []

        kinds = list(Entry.objects.of(agreement).values_list("kind", flat=True))
        assert kinds.count("edit") == 1
        assert "redaction" not in kinds[kinds.index("edit") :]
        gone = Entry.objects.of(agreement).filter(text__salt="").count()
        assert gone == kinds.count("redaction")
    assert list(journal.verify()) == []
