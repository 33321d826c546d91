"""The pages behind the types of problems: one for each, open to everybody, in every language."""

import re

import pytest
from django.test import Client

from agreements.api import problems
from agreements.api.explained import EXPLAINED
from tests.strict import ROOT

STALE = "Read the record again, look at what has changed, and send the change with the new “ETag”."


def test_every_kind_that_the_api_can_answer_with_is_explained_and_no_other():
    named = [value for value in vars(problems).values() if isinstance(value, problems.Kind)]

    assert list(problems.KINDS) == named
    assert {kind.name for kind in problems._KIND_OF.values()} < {*EXPLAINED}
    assert list(EXPLAINED) == [kind.name for kind in named]
    assert len({kind.type for kind in named}) == len(named)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_everybody_can_open_the_page_of_a_problem(db, django_assert_num_queries, language):
    seen = set()
    for kind in problems.KINDS:
        told = EXPLAINED[kind.name]
        with django_assert_num_queries(0):
            response = Client().get(kind.type, headers={"Accept-Language": language})
        page = re.sub(r"&#x27;|&quot;", "'", response.content.decode())

        assert (response.status_code, response.headers["Content-Language"]) == (200, language)
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert f"<h1>{kind.title}</h1>" in page
        for sentence in told:
            assert f"<p>{sentence}</p>" in page
        assert kind.type in page
        seen.add(str(told.meaning))
    listed = Client().get("/problems/", headers={"Accept-Language": language}).content.decode()

    assert re.findall(r'href="(/problems/[a-z-]+)"', listed) == [kind.type for kind in problems.KINDS]
    assert len(seen) == len(EXPLAINED)
    assert (str(EXPLAINED["stale"].remedy) == STALE) == (language == "en")


def test_a_problem_that_there_is_not_has_no_page(db):
    assert Client().get("/problems/nonsense").status_code == 404
    assert Client().post("/problems/refused").status_code == 405


def test_the_documentation_lists_the_same_problems():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}) \| `(/problems/[a-z-]+)` \|", page, re.MULTILINE)

    assert rows == [(str(kind.status), kind.type) for kind in problems.KINDS]
