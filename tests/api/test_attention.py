"""What needs attention through the API: the same findings as pages and reports, by pages, for who may see them."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import attention, registers, tasks
from agreements.choices import RelationKind, Stage
from agreements.models import Relation
from tests.api.conftest import day, errors_of, problem_of

ROADMAP_2023, ROADMAP_2025 = "RAW-23X4", "RAW-25X6"


def rows(response):
    assert response.status_code == 200
    return response.json()["results"]


def kinds(response):
    return [(row["kind"], row["agreement"]) for row in rows(response)]


def plain(found):
    return [(one.code, one.strength, one.reference, one.sentence, one.days) for one in found]


@pytest.mark.parametrize("at", ["2024-12-28", "2025-03-01", "2016-06-01"])
def test_it_tells_what_the_review_tells(api, reader, sample, at):
    found = attention.review(reader, as_of=date.fromisoformat(at))
    told = rows(api(reader).get("attention/", {"as_of": at, "page_size": 200}))

    assert [(r["kind"], r["strength"], r["agreement"], r["sentence"], r["days"]) for r in told] == plain(found.findings)
    for reference, agreement in sample.items():
        of_one = rows(api(reader).get(f"agreements/{reference}/attention/", {"as_of": at}))
        assert [(r["kind"], r["agreement"], r["sentence"]) for r in of_one] == [
            (one.code, one.reference, one.sentence) for one in found.of(agreement.pk)
        ]


def test_a_finding_reads_as_described(api, reader, sample, lawyer):
    task = tasks.add(sample[ROADMAP_2025], "Reply", by=lawyer, due=day("2024-12-20"))
    first, second = rows(api(reader).get("attention/", {"strength": "late"}, Accept_Language="en"))

    assert first == {
        "kind": "overdue",
        "kind_label": "Overdue tasks",
        "strength": "late",
        "strength_label": "Late or urgent",
        "quality": False,
        "agreement": ROADMAP_2025,
        "title": {
            "en": "Raw Materials Roadmap 2025-2026",
            "ru": "Дорожная карта по сырью на 2025-2026 годы",
            "kk": "Шикізат саласындағы 2025-2026 жылдарға арналған жол картасы",
        },
        "sentence": "8 days overdue: Reply",
        "day": {
            "earliest": "2024-12-20",
            "latest": "2024-12-20",
            "precision": "day",
            "iso": "2024-12-20",
            "words": "20\u00a0December\u00a02024",
        },
        "days": 8,
        "other": None,
        "task": str(task.pk),
        "url": f"http://testserver/api/v1/agreements/{ROADMAP_2025}/",
    }
    assert (second["kind"], second["other"], second["days"]) == ("expiring", ROADMAP_2025, 3)
    (russian, _other) = rows(api(reader).get("attention/", {"strength": "late"}, Accept_Language="ru"))
    assert (russian["kind_label"], russian["strength_label"]) == ("Просроченные задачи", "Просрочено или срочно")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"kind": "expiring"}, [("expiring", ROADMAP_2023)]),
        ({"kind": ["expiring", "stuck"]}, [("expiring", ROADMAP_2023), ("stuck", "VIS-8TDK")]),
        ({"kind": "expiring", "strength": "soon"}, []),
        ({"kind": "stuck", "area": "mobility"}, [("stuck", "VIS-8TDK")]),
        ({"kind": "stuck", "area": "aviation"}, []),
        ({"kind": "no-planned-date", "agreement": "AIR-7Q4M"}, [("no-planned-date", "AIR-7Q4M")]),
        ({"kind": "no-officer", "party": "AT", "strength": "plain"}, [("no-officer", "PEP-4K7Z")]),
        ({"kind": "gap", "as_of": "2025-03-01", "agreement": ROADMAP_2025}, [("gap", ROADMAP_2023)]),
        ({"kind": "gap", "as_of": "2025-03-01", "known_at": "2000-01-01T00:00:00Z"}, []),
    ],
)
def test_filters_narrow_it(api, reader, sample, asked, expected):
    assert kinds(api(reader).get("attention/", asked)) == expected


def test_agreements_are_filtered_by_it(api, reader, sample):
    def listed(asked):
        return {row["reference"] for row in rows(api(reader).get("agreements/", {"attention": asked}))}

    assert listed("expiring") == {ROADMAP_2023}
    assert listed(["expiring", "stuck"]) == {ROADMAP_2023, "VIS-8TDK"}
    assert listed("late") == {ROADMAP_2023}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"kind": "everything"}, "kind"),
        ({"strength": "weak"}, "strength"),
        ({"agreement": "AIR-XXXX"}, "agreement"),
        ({"as_of": "soon"}, "as_of"),
        ({"known_at": "2024-12-28"}, "known_at"),
        ({"level": "secret"}, "level"),
        ({"cursor": "x"}, "cursor"),
        ({"page_size": "0"}, "page_size"),
    ],
)
def test_what_is_not_understood_is_refused(api, reader, sample, asked, field):
    assert list(errors_of(api(reader).get("attention/", asked))) == [field]


@pytest.mark.parametrize("size", [1, 2, 5, 6, 200])
def test_pages_hold_every_finding_once_and_lead_back(api, reader, sample, size):
    client = api(reader)
    whole = rows(client.get("attention/", {"page_size": 200}))
    assert len(whole) > 10
    pages, address = [], f"attention/?page_size={size}"
    while address:
        page = client.get(address).json()
        pages.append(page["results"])
        last, address = page, page["next"]
    assert [row for page in pages for row in page] == whole
    assert all(len(page) == size for page in pages[:-1])
    back, address = [], last["previous"]
    while address:
        page = client.get(address).json()
        back.append(page["results"])
        address = page["previous"]
    assert back == pages[-2::-1]


def test_a_cursor_of_another_list_is_none_here(api, reader, sample):
    client = api(reader)
    cursor = dict(parse_qsl(urlsplit(client.get("attention/?page_size=1").json()["next"]).query))["cursor"]

    assert errors_of(client.get("agreements/AIR-7Q4M/attention/", {"cursor": cursor})) == {"cursor": "invalid"}
    assert client.get("attention/", {"cursor": cursor}).status_code == 200


def test_nobody_learns_of_what_is_hidden(api, reader, lawyer, make_agreement):
    ending = make_agreement(stage=Stage.IN_FORCE, on=day("2020"), columns={"valid_until": date(2025, 1, 10)})
    secret = make_agreement(stage=Stage.SIGNED, on=day("2024-12"), columns={"level": "secret"})
    asked = {"kind": ["expiring", "no-officer"]}
    before = api(reader).get("attention/", asked).content
    with registers.editing(secret, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind=RelationKind.FOLLOWS, to=ending)

    assert api(reader).get("attention/", asked).content == before
    assert "expiring" not in dict(kinds(api(lawyer).get("attention/", asked)))
    assert problem_of(api(reader).get(f"agreements/{secret.reference}/attention/")) == (404, "not-found")
    assert list(errors_of(api(reader).get("attention/", {"agreement": secret.reference}))) == ["agreement"]
    assert problem_of(api(None).get("attention/"))[0] == 401


def test_the_number_of_queries_is_fixed(api, officer, lawyer, make_agreement):
    client, counts = api(officer), []
    for _number in range(2):
        agreement = make_agreement(stage=Stage.SIGNING, on=day("2024-12-01"))
        tasks.add(agreement, "Reply", by=lawyer, due=day("2024-12-20"), person=officer)
        with CaptureQueriesContext(connection) as every:
            client.get("attention/")
        with CaptureQueriesContext(connection) as narrowed:
            client.get("attention/", {"area": "aviation"})
        with CaptureQueriesContext(connection) as of_one:
            client.get(f"agreements/{agreement.reference}/attention/")
        counts.append((len(every), len(narrowed), len(of_one)))
    assert counts == [(6, 8, 7)] * 2


def test_the_period_is_told_with_the_days_on_which_to_be_reminded(api, reader, make_agreement):
    period = {"valid_until": date(2024, 12, 31), "renewal_years": 5, "notice_months": 6}
    renewed = make_agreement(stage="in_force", on=day("2020-01-01"), columns=period)
    told = api(reader).get(f"agreements/{renewed.reference}/").json()["period"]

    reminders = [(one["of"], one["ahead"], one["on"]) for one in told.pop("reminders")]
    assert (len(reminders), reminders[0], reminders[7]) == (8, ("end", 180, "2024-07-04"), ("notice", 7, "2024-06-23"))
    assert told == {
        "number": 1,
        "first": None,
        "last": "2024-12-31",
        "renews_on": "2025-01-01",
        "last_notice": "2024-06-30",
        "expired": False,
        "certain": True,
    }
