"""The period on an agreement's page: edited by a form, told with the last day for notice and the day of renewal."""

import re
from datetime import date

import pytest

from agreements import journal
from agreements.choices import Stage
from agreements.models import Agreement, Entry
from tests.admin.forms import filled
from tests.pages.conftest import day, words
from tests.pages.test_acting import address, fresh, told

PERIOD = {
    "valid_from": date(2020, 1, 1), "valid_until": date(2024, 12, 31), "renewal_years": 5, "notice_months": 6,
}  # fmt: skip


def key_dates(client, agreement, query=""):
    """Return the panel of key dates in words."""
    page = client.get(address(agreement, query))
    panel = re.search(r'(?s)<section[^>]*aria-labelledby="dates".*?</section>', page.content.decode())
    assert panel
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", panel[0]).replace("\u00a0", " ")).strip()


def test_the_period_is_changed_on_the_page_and_journalled(make_agreement, officer, at_officer):
    running = make_agreement(stage=Stage.IN_FORCE, on=day(2020))
    form = address(running, "validity/")
    assert f'href="{form}"' in at_officer.get(address(running, "")).content.decode()

    sent = {"valid_from": "2020-01-01", "valid_until": "2024-12-31", "renewal_years": "5", "notice_months": "6"}
    response = at_officer.post(form, filled(at_officer.get(form), **sent))

    assert told(response) == ["Valid until 31 December 2024, then renewed."]
    entry = Entry.objects.of(running).latest("sequence")
    assert (entry.kind, entry.actor) == ("edit", officer)
    assert journal.data_of(entry)["changes"] == {
        "valid_from": [None, "2020-01-01"],
        "valid_until": [None, "2024-12-31"],
        "renewal_years": [None, 5],
        "notice_months": [None, 6],
    }
    again = filled(at_officer.get(form))
    assert {name: again[name] for name in sent} == {name: [value] for name, value in sent.items()}
    emptied = at_officer.post(form, filled(at_officer.get(form), **dict.fromkeys(sent, "")))
    assert told(emptied)[-1] == "No last day of validity is recorded."
    assert fresh(running).renewal_years is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"valid_from": "2025-01-01", "valid_until": "2024-12-31"}, "The validity ends before it begins."),
        ({"renewal_years": "5"}, "What is renewed is a period: give its last day too"),
        ({"valid_until": "2024-12-31", "notice_months": "6"}, "Notice stops a renewal: give the years of the renewal"),
        ({"valid_until": "2024-12-31", "renewal_years": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"valid_until": "31.12.24"}, "“31.12.24” is not a day. Write it as 2024-12-28."),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(make_agreement, at_officer, sent, said):
    running = make_agreement(stage=Stage.IN_FORCE, on=day(2020))
    response = at_officer.post(address(running, "validity/"), sent | {"seen_version": "1"})

    assert response.status_code == 422
    assert said in words(response)
    assert Entry.objects.of(running).count() == 1


def test_who_may_not_edit_and_what_is_closed_have_no_form(make_agreement, lawyer, at_reader, at_officer):
    running = make_agreement(stage=Stage.IN_FORCE, on=day(2020))
    assert at_reader.get(address(running, "validity/")).status_code == 403
    assert "/validity/" not in at_reader.get(address(running, "")).content.decode()
    stale = filled(at_officer.get(address(running, "validity/")), valid_until="2030-01-01")
    at_officer.post(address(running, "validity/"), stale)
    assert at_officer.post(address(running, "validity/"), stale | {"valid_until": "2031-01-01"}).status_code == 409
    Agreement.objects.filter(pk=running.pk).update(is_void=True)
    assert at_officer.get(address(running, "validity/")).status_code == 404


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        # Half a year before the last day for notice, on a day of reminding, on the last day, after it.
        ("2024-01-01", "Valid until 31 December 2024 Last day for notice 30 June 2024 Renewed"),
        ("2024-06-23", "Valid until 31 December 2024 Last day for notice 30 June 2024 in 7 days Renewed"),
        ("2024-06-23", "Next reminder 23 June 2024 Last day for notice in 7 days"),
        ("2024-06-30", "Last day for notice 30 June 2024 today Renewed, unless notice is given, on 1 January 2025"),
        ("2024-06-30", "Next reminder 4 July 2024 Period of validity ends in 180 days"),
        ("2024-07-01", "31 December 2024 Last day for notice 30 June 2024 past Renewed, unless notice is given, on"),
    ],
)
def test_the_last_day_for_notice_is_a_key_date(make_agreement, at_reader, as_of, expected):
    running = make_agreement(stage=Stage.IN_FORCE, on=day(2020), columns=PERIOD)
    told = key_dates(at_reader, running, f"?as_of={as_of}")

    assert expected in told
    assert told.endswith("Tacit renewal by 5 years; notice 6 months before")


def test_later_periods_are_counted(make_agreement, at_reader, settings):
    settings.PACTA_TODAY = date(2025, 3, 1)
    running = make_agreement(stage=Stage.IN_FORCE, on=day(2020), columns=PERIOD)

    assert (
        "First period until 31 December 2024 Present period until 31 December 2029 renewed 1 time "
        "Last day for notice 30 June 2029 Renewed, unless notice is given, on 1 January 2030 "
        "Next reminder 1 January 2029 Last day for notice in 180 days"
    ) in key_dates(at_reader, running)


def test_what_is_not_renewed_or_over_has_no_notice(make_agreement, at_reader):
    ending = make_agreement(stage=Stage.IN_FORCE, on=day(2020), columns={"valid_until": date(2025, 1, 10)})
    over = make_agreement(stage=Stage.TERMINATED, on=day(2020), columns=PERIOD)

    assert (
        "Valid until 10 January 2025 in 13 days Next reminder 3 January 2025 Period of validity ends in 7 days "
        "Days in this stage"
    ) in key_dates(at_reader, ending)
    ended = key_dates(at_reader, over).replace("notice 6 months before", "")
    assert ("otice" in ended, "reminder" in ended) == (False, False)
