"""Parties, meetings, indicators and vocabularies: every change of a record is one entry of its journal."""

from datetime import date

from django.urls import reverse

from agreements import journal, registers
from agreements.choices import EntryKind, Level, MeetingStatus, PartyKind
from agreements.dates import FuzzyDate
from agreements.models import AgendaItem, Area, Entry, Format, Indicator, Meeting, Membership, Party
from tests.admin.forms import filled
from tests.admin.test_operations import text_of


def add(name):
    return reverse(f"admin:agreements_{name}_add")


def change(row):
    return reverse(f"admin:agreements_{row._meta.model_name}_change", args=[row.pk])


def told(subject):
    return [(entry.kind, journal.data_of(entry), journal.text_of(entry)) for entry in Entry.objects.of(subject)]


def meeting_of(lawyer, **columns):
    council, _created = Format.objects.get_or_create(code="council", defaults={"name_en": "Cooperation Council"})
    meeting = Meeting(format=council, status=MeetingStatus.CONFIRMED, **columns)
    meeting.on = FuzzyDate.of_day(date(2024, 10, 14))
    return registers.create(meeting, by=lawyer)


# ---- parties ----
def test_a_party_is_added_with_its_memberships_as_one_entry(as_lawyer, parties):
    sent = filled(as_lawyer.get(add("party")), code="FR", name_en="France", name_ru="Франция")
    sent |= {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-organisation": str(parties["EU"].pk),
        "memberships-0-since": "1958-01-01",
    }

    assert as_lawyer.post(add("party"), sent).status_code == 302

    ((kind, data, _text),) = told(Party.objects.get(code="FR"))
    assert kind == EntryKind.OPEN
    assert data["record"]["memberships"] == [{"organisation": "EU", "from": "1958-01-01", "until": None}]
    assert list(journal.verify()) == []


def test_a_membership_that_ends_is_one_entry(as_lawyer, lawyer, parties):
    party = registers.create(Party(code="GB", name_en="United Kingdom"), by=lawyer)
    membership = Membership.objects.create(member=party, organisation=parties["EU"], since=date(1973, 1, 1))
    sent = filled(as_lawyer.get(change(party)), **{"memberships-0-until": "2020-01-31"})

    assert as_lawyer.post(change(party), sent).status_code == 302

    assert [kind for kind, _data, _text in told(party)] == ["open", "edit"]
    assert told(party)[1][1]["changes"]["memberships"][1][0]["until"] == "2020-01-31"
    assert list(journal.verify()) == []
    page = text_of(as_lawyer.get(change(party)))
    assert "European Union (1\u00a0January\u00a01973 – 31\u00a0January\u00a02020)" in page
    assert text_of(as_lawyer.get(change(parties["EU"]))).count("United Kingdom") >= 1
    assert membership.pk


def test_the_code_of_a_party_stays(as_lawyer, parties):
    sent = filled(as_lawyer.get(change(parties["KZ"]))) | {"code": "KAZ", "name_ru": "Республика Казахстан"}

    assert as_lawyer.post(change(parties["KZ"]), sent).status_code == 302
    assert Party.objects.get(pk=parties["KZ"].pk).code == "KZ"
    assert [kind for kind, _data, _text in told(parties["KZ"])] == ["open", "edit"]


def test_memberships_that_cannot_be_are_refused_in_words(as_lawyer, parties):
    sent = filled(as_lawyer.get(change(parties["EU"])))
    sent |= {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-organisation": str(parties["EU"].pk),
        "memberships-0-since": "2020-01-01",
        "memberships-0-until": "2019-01-01",
    }
    page = text_of(as_lawyer.post(change(parties["EU"]), sent))

    assert "The membership ends before it begins." in page
    assert "An organisation is no member of itself." in page
    assert "Constraint" not in page
    assert not Membership.objects.exists()


def test_only_organisations_have_members(as_lawyer, lawyer, parties):
    sent = filled(as_lawyer.get(change(parties["EU"])))
    sent |= {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-organisation": str(parties["KZ"].pk),
        "memberships-0-since": "2020-01-01",
    }

    assert parties["KZ"].kind == PartyKind.STATE
    assert as_lawyer.post(change(parties["EU"]), sent).status_code == 200
    assert not Membership.objects.exists()


def test_a_party_that_two_people_open_is_not_overwritten(as_lawyer, as_superuser, parties):
    first, second = (filled(client.get(change(parties["KZ"]))) for client in (as_lawyer, as_superuser))

    assert as_superuser.post(change(parties["KZ"]), second | {"name_ru": "Республика Казахстан"}).status_code == 302
    page = text_of(as_lawyer.post(change(parties["KZ"]), first | {"name_kk": "Қазақ елі"}))
    assert "Somebody has written to this record" in page
    assert Party.objects.get(pk=parties["KZ"].pk).name_kk == "Қазақстан"


# ---- meetings ----
def test_a_meeting_is_added_with_its_agenda(as_officer, make_agreement, parties):
    council, agreement = Format.objects.create(code="council", name_en="Cooperation Council"), make_agreement()
    sent = filled(
        as_officer.get(add("meeting")), format=council.pk, on="second half of 2025", parties=[str(parties["EU"].pk)]
    )
    sent |= {
        "agenda-TOTAL_FORMS": 1,
        "agenda-0-number": 1,
        "agenda-0-agreement": str(agreement.pk),
        "agenda-0-talking_points": "Ask for a date.",
    }

    assert as_officer.post(add("meeting"), sent).status_code == 302

    meeting = Meeting.objects.get()
    ((kind, data, text),) = told(meeting)
    assert meeting.on == FuzzyDate.parse("2025-H2")
    assert (kind, data["record"]["precision"], data["record"]["parties"]) == ("open", "half_year", ["EU"])
    assert text["record"]["agenda"][0]["talking_points"] == "Ask for a date."
    assert list(journal.verify()) == []
    assert "Horizontal Aviation Agreement" in text_of(as_officer.get(change(meeting)))


def test_the_outcome_of_a_meeting_is_one_entry(as_officer, lawyer, parties):
    meeting = meeting_of(lawyer)
    sent = filled(as_officer.get(change(meeting)), outcome="Agreed to meet again.", on="October 2024")

    assert as_officer.post(change(meeting), sent).status_code == 302

    kind, data, text = told(meeting)[1]
    assert kind == EntryKind.EDIT
    assert data["changes"] == {
        "earliest": ["2024-10-14", "2024-10-01"],
        "latest": ["2024-10-14", "2024-10-31"],
        "precision": ["day", "month"],
    }
    assert text["changes"] == {"outcome": ["", "Agreed to meet again."]}
    assert list(journal.verify()) == []


def test_a_meeting_saved_without_a_change_writes_nothing(as_officer, sample):
    for meeting in Meeting.objects.order_by("pk"):
        assert as_officer.post(change(meeting), filled(as_officer.get(change(meeting)))).status_code == 302
        assert len(told(meeting)) == 1


def test_a_point_about_a_hidden_agreement_is_neither_shown_nor_lost(as_officer, as_lawyer, lawyer, make_agreement):
    secret = make_agreement(columns={"level": Level.SECRET}, short_titles={"en": "Silent matter"})
    meeting = meeting_of(lawyer)
    as_lawyer.post(
        change(meeting),
        filled(as_lawyer.get(change(meeting)))
        | {
            "agenda-TOTAL_FORMS": 1,
            "agenda-0-number": 1,
            "agenda-0-agreement": str(secret.pk),
            "agenda-0-talking_points": "Say nothing.",
        },
    )
    entry = Entry.objects.of(meeting).latest("sequence")
    pages = [change(meeting), reverse("admin:agreements_meeting_history", args=[meeting.pk])]

    assert as_officer.get(change(entry)).status_code == 404
    assert "Say nothing." in text_of(as_lawyer.get(change(entry)))
    for page in pages:
        shown = text_of(as_officer.get(page))
        assert "Silent" not in shown
        assert "Say nothing." not in shown
        assert str(secret.pk) not in shown
        assert "Say nothing." in text_of(as_lawyer.get(page))
    sent = filled(as_officer.get(change(meeting)), place="Luxembourg")
    assert as_officer.post(change(meeting), sent).status_code == 302
    assert AgendaItem.objects.get().agreement == secret


def test_the_numbers_of_an_agenda_leave_no_gap(as_officer, as_lawyer, lawyer, make_agreement):
    secret = make_agreement(columns={"level": Level.SECRET})
    first, last = make_agreement(), make_agreement()
    meeting = meeting_of(lawyer)
    for number, agreement in enumerate((first, secret, last), 1):
        AgendaItem.objects.create(meeting=meeting, agreement=agreement, number=number)

    sent = filled(as_officer.get(change(meeting)))
    assert (sent["agenda-0-number"], sent["agenda-1-number"]) == (["1"], ["2"])
    assert [filled(as_lawyer.get(change(meeting)))[f"agenda-{row}-number"] for row in range(3)] == [["1"], ["2"], ["3"]]
    assert as_officer.post(change(meeting), sent).status_code == 302
    assert not Entry.objects.of(meeting).filter(kind=EntryKind.EDIT).exists()

    moved = sent | {"agenda-0-number": "2", "agenda-1-number": "1"}
    assert as_officer.post(change(meeting), moved).status_code == 302

    kept = meeting.agenda.order_by("number").values_list("number", "agreement")
    assert list(kept) == [(1, last.pk), (2, secret.pk), (3, first.pk)]


def test_a_secret_meeting_is_not_there(as_officer, as_lawyer, lawyer):
    meeting = meeting_of(lawyer, level=Level.SECRET, title_en="Silent council")

    assert "Silent" not in text_of(as_officer.get(reverse("admin:agreements_meeting_changelist")))
    for page in (change(meeting), reverse("admin:agreements_meeting_history", args=[meeting.pk])):
        assert as_officer.get(page).status_code == 404
    assert as_officer.post(change(meeting), {}).status_code == 404
    assert "Silent" in text_of(as_lawyer.get(change(meeting)))


# ---- indicators and vocabularies ----
def test_an_indicator_is_added_and_changed(as_administrator, parties):
    given = {
        "party": str(parties["EU"].pk),
        "name_en": "Trade turnover",
        "unit_en": "billion USD",
        "period_from": "2023-01-01",
        "period_until": "2023-12-31",
        "value": "41.4",
        "source": "Statistics, 2024",
    }
    assert (
        as_administrator.post(add("indicator"), filled(as_administrator.get(add("indicator")), **given)).status_code
        == 302
    )
    indicator = Indicator.objects.get()
    sent = filled(as_administrator.get(change(indicator)), value="41.5", change_on_year="3.2")
    assert as_administrator.post(change(indicator), sent).status_code == 302

    assert told(indicator)[1][1]["changes"] == {"value": ["41.4", "41.5"], "change_on_year": [None, "3.2"]}
    assert list(journal.verify()) == []
    assert "41.4 → 41.5" in text_of(as_administrator.get(change(indicator)))
    backwards = filled(as_administrator.get(change(indicator)), period_until="2022-12-31")
    assert "The period ends before it begins." in text_of(as_administrator.post(change(indicator), backwards))


def test_a_code_is_given_once(as_administrator, areas):
    area = areas["aviation"]
    sent = filled(as_administrator.get(change(area))) | {"code": "flying", "name_en": "Civil aviation"}

    assert as_administrator.post(change(area), sent).status_code == 302
    assert Area.objects.get(pk=area.pk).code == "aviation"
    assert Area.objects.get(pk=area.pk).name_en == "Civil aviation"


def test_search_in_registers_knows_no_case(as_administrator, parties, areas):
    for name, text, found in (("party", "қазақ", "Kazakhstan"), ("area", "ТРАНСПОРТ", "transport")):
        page = as_administrator.get(reverse(f"admin:agreements_{name}_changelist"), {"q": text})

        assert page.context["cl"].result_count == 1
        assert found in text_of(page)
