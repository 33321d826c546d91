"""Moving an agreement to the version of its procedure in use today, through the API."""

from agreements import procedures
from agreements.models import Agreement, Entry
from tests.api.conftest import errors_of
from tests.test_adopting import EARLIER, under

__all__ = ["under"]
PRESENT = procedures.load()["ratified"]


def address(agreement):
    return f"agreements/{agreement.reference}/procedure/"


def test_it_answers_with_the_entry_of_the_journal(api, lawyer, under):
    agreement = under()
    told = api(lawyer).post(address(agreement), {"reason": "The law has changed.", "digest": PRESENT.digest})

    assert told.status_code == 201
    event = told.json()
    assert (event["kind"], event["sequence"], event["reason"]["text"]) == ("edit", 2, "The law has changed.")
    assert event["changes"] == [
        {
            "field": "procedure_version",
            "before": procedures.from_text(EARLIER).digest,
            "after": PRESENT.digest,
        }
    ]
    assert api(lawyer).get(f"agreements/{agreement.reference}/").json()["procedure"]["version"] == PRESENT.version


def test_a_refusal_names_every_reason(api, lawyer, under):
    agreement = under()
    refused = api(lawyer).post(address(agreement), {"reason": "?", "on": "2999", "digest": "0" * 64})

    assert refused.status_code == 409
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["future-date", "procedure-changed"]
    assert Entry.objects.of(agreement).count() == 1


def test_the_second_of_two_is_told(api, lawyer, under):
    agreement = under()
    answers = [api(lawyer).post(address(agreement), {"reason": {"ru": "Закон изменился."}}) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert [reason["code"] for reason in answers[1].json()["reasons"]] == ["procedure-present"]


def test_a_reason_is_asked_for(api, lawyer, under):
    agreement = under()
    assert errors_of(api(lawyer).post(address(agreement), {})) == {"reason": "required"}
    assert api(lawyer).post(address(agreement), {"reason": {}}).status_code in (400, 409)
    assert Entry.objects.of(agreement).count() == 1


def test_it_takes_the_right(api, officer, reader, under, make_agreement):
    agreement, hidden = under(), make_agreement(columns={"level": "secret"})
    for user in (officer, reader):
        assert api(user).post(address(agreement), {"reason": "The law has changed."}).status_code == 403
        assert api(user).post(address(hidden), {"reason": "The law has changed."}).status_code in (403, 404)
    assert Agreement.objects.get(pk=agreement.pk).rules.version == "0"
