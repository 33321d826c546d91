"""What lists are asked by: several words at once, days and moments from and to, words of texts."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from agreements.models import Commitment
from tests.api.conftest import errors_of
from tests.api.test_retrospect import every


def from_day(name, first):
    return lambda row: row[name] is not None and (row[name]["latest"] or "9") >= first


def to_day(name, last):
    return lambda row: row[name] is not None and (row[name]["earliest"] or "") <= last


#: Of each list what is asked, and which of all its rows must come; of each something comes, and something does not.
ASKED = [
    ("agreements/", "group__in=operative,ended", lambda row: row["group"] in ("operative", "ended")),
    ("agreements/", "party__in=EU&area__in=aviation,mobility", lambda row: {"aviation", "mobility"} & {*row["areas"]}),
    ("agreements/", "kind__in=memorandum,roadmap", lambda row: row["kind"] in ("memorandum", "roadmap")),
    ("agreements/", "since__gte=2022-11-07", from_day("since", "2022-11-07")),
    ("agreements/", "since__lte=2022-11-07", to_day("since", "2022-11-07")),
    ("agreements/", "valid_from__gte=2025-01-01", lambda row: (row["valid_from"] or "") >= "2025-01-01"),
    ("agreements/", "planned_signing__gte=2025-01-01", from_day("planned_signing", "2025-01-01")),
    ("agreements/", "planned_signing__lte=2024-12-31", to_day("planned_signing", "2024-12-31")),
    ("tasks/", "side__in=other,nobody", lambda row: row["side"] in ("other", "nobody")),
    ("meetings/", "rank=minister&rank=deputy_minister", lambda row: row["rank"] in ("minister", "deputy_minister")),
    ("meetings/", "meeting_format__in=cooperation-council", lambda row: row["format"] == "cooperation-council"),
    ("meetings/", "on__lte=2024-09-30", to_day("on", "2024-09-30")),
    ("meetings/", "on__gte=2024-09-30", from_day("on", "2024-09-30")),
    ("meetings/", "agreement=VIS-8TDK", lambda row: "VIS-8TDK" in [item["agreement"] for item in row["agenda"]]),
    ("meetings/", "text=совет сотрудничества", lambda row: row["format"] == "cooperation-council"),
    ("parties/", "kind=organisation", lambda row: row["kind"] == "organisation"),
    ("parties/", "member_of=EU", lambda row: "EU" in [one["organisation"] for one in row["memberships"]
     if not one["until"]]),
    ("parties/", "text=Герман", lambda row: row["code"] == "DE"),
    ("indicators/", "period_until__gte=2024-11-01", lambda row: row["period_until"] >= "2024-11-01"),
    ("agreements/PEP-4K7Z/journal/", "on__lte=2015-12-31", to_day("on", "2015-12-31")),
    ("agreements/PEP-4K7Z/journal/", "kind__in=hold,note", lambda row: row["kind"] in ("hold", "note")),
    ("agreements/PEP-4K7Z/actions/", "on__gte=2020-01-10", from_day("on", "2020-01-10")),
]  # fmt: skip


@pytest.fixture
def undertaken(sample, api, lawyer):
    for provision, text, due in (("Art. 1", "Встречаться раз в год.", "2025"), ("Art. 2", "Report.", "2024-03")):
        body = {"agreement": "PEP-4K7Z", "provision": provision, "text": {"ru": text}, "due": due}
        assert api(lawyer).post("commitments/", body).status_code == 201
    return Commitment.objects.all()


def test_lists_are_narrowed_to_what_is_asked(api, officer, sample):
    client, whole = api(officer), {}
    for reference, planned in (("RAW-25X6", "2025-H1"), ("AIR-7Q4M", "2024-12")):
        client.patch(f"agreements/{reference}/", {"planned_signing": planned})
    for path, asked, holds in ASKED:
        rows = whole.setdefault(path, every(client, path))
        kept = [row for row in rows if holds(row)]
        assert 0 < len(kept) < len(rows), (path, asked)
        assert every(client, f"{path}?{asked}") == kept, (path, asked)
    one, other = (
        client.get(f"events/?{asked}").json()["results"] for asked in ("kind__in=hold,note", "kind=hold&kind=note")
    )
    assert {row["type"] for row in one} == {"agreement.hold", "agreement.note"}
    assert [row["id"] for row in one] == [row["id"] for row in other]


def test_commitments_and_documents_are_found_by_their_words(api, officer, lawyer, undertaken):
    client = api(officer)

    def provisions(**asked):
        return sorted(row["provision"] for row in client.get("commitments/", asked).json()["results"])

    assert provisions(text="встреча") == ["Art. 1"]
    assert provisions(text="ВСТРЕЧАТЬСЯ год") == ["Art. 1"]
    assert provisions(text="art") == ["Art. 1", "Art. 2"]
    assert provisions(due__gte="2024-04-01") == ["Art. 1"]
    assert provisions(due__lte="2024-12-31") == ["Art. 2"]
    assert provisions(due__gte="2024-03-31", due__lte="2025-01-01") == ["Art. 1", "Art. 2"]
    assert provisions(changed_at__gte="2999-01-01T00:00:00Z") == []


def test_rows_from_before_are_folded_by_the_migration(undertaken):
    kept = dict(undertaken.values_list("pk", "search_text"))
    assert all(" art " in text for text in kept.values())
    undertaken.update(search_text="")
    import_module("agreements.migrations.0016_orders_of_lists").fold_all(apps, SimpleNamespace(connection=connection))
    assert dict(undertaken.values_list("pk", "search_text")) == kept


def test_what_is_hidden_is_not_found(api, officer, lawyer, secret, undertaken):
    lists = ("agreements/?text=secret", "commitments/?text=clandestine", "meetings/?text=clandestine")
    body = {"format": "cooperation-council", "on": "2024-12-01", "title": {"en": "Clandestine"}, "level": "secret"}
    assert api(lawyer).post("meetings/", body).status_code == 201
    Commitment.objects.filter(provision="Art. 1").update(agreement=secret, search_text=" clandestine ")
    for address in lists:
        assert len(api(lawyer).get(address).json()["results"]) == 1, address
        assert api(officer).get(address).json()["results"] == [], address
    assert errors_of(api(officer).get(f"meetings/?agreement={secret.reference}")) == {"agreement": "unknown"}


def test_values_that_are_none_are_refused(api, officer, sample):
    for path, name, value in (
        ("agreements/", "stage__in", "signed,nope"),
        ("agreements/", "since__gte", "2024"),
        ("meetings/", "meeting_format", "nope"),
        ("meetings/", "on__lte", "soon"),
        ("parties/", "member_of__in", "EU,"),
        ("commitments/", "due__gte", "2024-13-01"),
        ("documents/", "created_at__lte", "2024-12-28"),
        ("agreements/PEP-4K7Z/journal/", "recorded_at__gte", "x"),
    ):
        assert set(errors_of(api(officer).get(path, {name: value}))) == {name}, (path, name)


def test_a_parameter_of_one_value_is_given_once(api, officer, sample):
    client = api(officer)
    for asked in (
        "agreements/?page_size=1&page_size=2",
        "agreements/?since__gte=2020-01-01&since__gte=2021-01-01",
        "agreements/?text=air&text=sea",
        "agreements/AIR-7Q4M/?as_of=2013-01-01&as_of=2014-01-01",
        "events/?cursor=now&cursor=now",
        "reports/portfolio/?with=EU&with=EU",
    ):
        (name,) = {part.partition("=")[0] for part in asked.partition("?")[2].split("&")}
        assert errors_of(client.get(asked)) == {name: "repeated"}, asked
    for asked in (
        "agreements/?stage=signing&stage=in_force&party=EU&party=KZ&stage__in=in_force&stage__in=signing",
        "agreements/?fields=reference&fields=stage&expand=tasks&expand=meetings",
        "agreements/AIR-7Q4M/?expand=tasks&expand=journal&fields=expanded&fields=reference",
        "documents/?agreement=AIR-7Q4M&agreement=VIS-8TDK",
        "attention/?strength=late&strength=soon",
        "agreements/AIR-7Q4M/journal/?kind=step&kind=note",
    ):
        assert client.get(asked).status_code == 200, asked


def test_a_journal_is_read_from_its_end(api, officer, sample):
    there = every(api(officer), "agreements/PEP-4K7Z/journal/?page_size=7")
    back = every(api(officer), "agreements/PEP-4K7Z/journal/?page_size=7&ordering=-sequence")
    assert back == there[::-1]
    assert errors_of(api(officer).get("agreements/PEP-4K7Z/tasks/?ordering=due_by")) == {"ordering": "unknown"}
