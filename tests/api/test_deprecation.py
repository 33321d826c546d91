"""What is going to leave says so with each answer and in the schema."""

from datetime import date

import pytest
from drf_spectacular.generators import SchemaGenerator

from agreements.api.deprecation import Leaving
from agreements.api.views.registry import AreaViews
from tests.api.conftest import V1

LEAVING = Leaving(date(2025, 1, 1), date(2025, 7, 1), "Use page_size.")
SAID = {
    "Deprecation": "@1735689600",
    "Sunset": "Tue, 01 Jul 2025 00:00:00 GMT",
    "Link": '</api/docs/>; rel="deprecation"; type="text/html"',
}


def said(response):
    return {name: response.headers[name] for name in SAID if name in response.headers}


@pytest.mark.parametrize(("name", "plain"), [("list", SAID), ("list?count", {}), ("retrieve", {})])
def test_an_answer_says_what_of_its_request_is_going_to_leave(api, reader, monkeypatch, name, plain):
    client = api(reader)
    assert said(client.get("areas/?count=true")) == {}
    monkeypatch.setattr(AreaViews, "deprecated", {name: LEAVING})
    counted = client.get("areas/?count=true")

    assert said(client.get("areas/")) == plain
    assert said(counted) == (SAID if name != "retrieve" else {})
    again = client.get("areas/?count=true", If_None_Match=counted.headers["ETag"])
    assert (again.status_code, said(again)) == (304, said(counted))
    assert said(client.get("areas/?nonsense=1")) == plain


def test_of_several_that_are_used_the_first_end_counts(api, reader, monkeypatch):
    later = Leaving(date(2024, 1, 1), date(2026, 1, 1), "Follow next.")
    monkeypatch.setattr(AreaViews, "deprecated", {"list": LEAVING, "list?page_size": later})

    assert said(api(reader).get("areas/?page_size=2")) == SAID | {"Deprecation": "@1704067200"}


def test_the_schema_tells_what_is_going_to_leave(monkeypatch):
    monkeypatch.setattr(AreaViews, "deprecated", {"list?count": LEAVING})
    described = SchemaGenerator().get_schema(request=None, public=True)["paths"][f"{V1}areas/"]["get"]
    (count,) = [one for one in described["parameters"] if one["name"] == "count"]

    assert count["deprecated"] is True
    assert count["description"].endswith("Deprecated since 2025-01-01, works until 2025-07-01 at least. Use page_size.")
    assert "deprecated" not in described
    assert set(SAID) < set(described["responses"]["200"]["headers"])

    monkeypatch.setattr(AreaViews, "deprecated", {"list": LEAVING})
    described = SchemaGenerator().get_schema(request=None, public=True)["paths"][f"{V1}areas/"]["get"]
    assert described["deprecated"] is True
    assert described["description"].endswith(LEAVING.told)
