"""What needs attention on pages: every finding of an agreement beside it, and the list narrowed to what was found."""

import re
from datetime import date

import pytest

from agreements import attention, lifecycle, registers, tasks
from agreements.choices import RelationKind, Stage
from agreements.dates import FuzzyDate
from agreements.models import Relation
from tests.pages.conftest import day, queries, words
from tests.pages.test_list import facet, shown

ROADMAP_2023, ROADMAP_2025 = "RAW-23X4", "RAW-25X6"


def noticed(response):
    """Return what the page says needs attention: strength, words, address."""
    panel = re.search(r'(?s)<section[^>]*aria-labelledby="attention".*?</section>', response.content.decode())
    if panel is None:
        return []
    line = r'(?s)<li><a href="([^"]*)"><span class="mark( mark--\w+)?">.*?<span>(.*?)</span></span>\s*</a>'
    found = re.findall(line, panel[0])
    return [(kind[7:] or "plain", text.replace("\u00a0", " "), address) for address, kind, text in found]


# ---- the page of an agreement ----
def test_a_page_lists_every_finding_with_what_mends_it(sample, lawyer, at_lawyer, at_reader):
    later = sample[ROADMAP_2025]
    task = tasks.add(later, "Reply", by=lawyer, due=FuzzyDate.parse("2024-12-20"))
    own = f"/agreements/{later.reference}"
    found = noticed(at_lawyer.get(f"{own}/"))

    assert found == [
        ("late", "8 days overdue: Reply", f"/tasks/{task.pk}/"),
        ("soon", "No date of signing is planned", f"{own}/plans/"),
        ("plain", "No responsible officer is named", "#about"),
    ]
    # Who may mend nothing is led to what tells more.
    assert [address for *_told, address in noticed(at_reader.get(f"{own}/"))] == ["#tasks", "#dates", "#about"]
    assert noticed(at_reader.get(f"/agreements/{ROADMAP_2023}/"))[0] == (
        "late",
        "Expires in 3 days; what is to follow it is not signed: Raw Materials Roadmap 2025-2026",
        "#dates",
    )


@pytest.mark.parametrize("at", ["", "?as_of=2016-06-01", "?as_of=2013-01-01"])
def test_the_page_finds_what_the_review_finds(sample, lawyer, at_lawyer, at):
    whole = attention.review(lawyer, as_of=date.fromisoformat(at[-10:]) if at else None)
    for reference, agreement in sample.items():
        expected = [(one.strength, one.sentence.replace("\u00a0", " ")) for one in whole.of(agreement.pk)]
        response = at_lawyer.get(f"/agreements/{reference}/{at}")
        assert [(kind, text) for kind, text, _address in noticed(response)] == expected


def test_a_gap_is_told_on_both_pages_and_leads_to_the_first(sample, at_reader, settings):
    settings.PACTA_TODAY = date(2025, 3, 1)
    earlier, later = (at_reader.get(f"/agreements/{reference}/") for reference in (ROADMAP_2023, ROADMAP_2025))
    (one,), (other,) = ([line for line in noticed(page) if "Gap since" in line[1]] for page in (earlier, later))

    assert one[:2] == other[:2]
    assert "Gap since 1 January 2025, 60 days so far" in one[1]
    assert (one[2], other[2]) == ("#dates", f"/agreements/{ROADMAP_2023}/")


def test_a_hidden_successor_is_none(make_agreement, lawyer, at_officer, at_lawyer):
    ending = make_agreement(stage=Stage.IN_FORCE, on=day(2020), columns={"valid_until": date(2025, 1, 10)})
    secret = make_agreement(stage=Stage.SIGNED, on=day(2024), columns={"level": "secret"})
    with registers.editing(secret, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind=RelationKind.FOLLOWS, to=ending)

    told = [text for _kind, text, _address in noticed(at_officer.get(f"/agreements/{ending.reference}/"))]
    assert "Expires in 13 days; nothing is recorded that follows it" in told
    assert "Expires" not in str(noticed(at_lawyer.get(f"/agreements/{ending.reference}/")))


def test_what_is_over_or_in_order_has_no_such_panel(make_agreement, at_officer):
    over = make_agreement(stage=Stage.TERMINATED, on=day(2024))

    assert noticed(at_officer.get(f"/agreements/{over.reference}/")) == []


# ---- the list ----
@pytest.mark.parametrize("past", ["", "&as_of=2024-12-27&known_at=2099-01-01"])
def test_the_list_is_narrowed_to_what_was_found(sample, at_officer, past):
    whole = at_officer.get(f"/agreements/?{past}")
    assert {value.code: value.count for value in whole.context["facets"][0].values} == dict.fromkeys(
        ("late", "soon", "plain")
    )
    response = at_officer.get(f"/agreements/?attention=expiring{past}")

    assert shown(response) == [ROADMAP_2023]
    counts = facet(response, "attention")
    assert counts["expiring"] == 1
    assert "What needs attention: Expiring within 180 days without a signed successor" in words(response)
    for code, count in counts.items():
        found = shown(at_officer.get(f"/agreements/?attention={code}{past}"))
        assert len(found) == count, code
    wider = shown(at_officer.get(f"/agreements/?attention=expiring&attention=stuck{past}"))
    assert len(wider) == 1 + counts["stuck"]
    assert shown(at_officer.get(f"/agreements/?attention=expiring&area=aviation{past}")) == []
    narrowed = at_officer.get(f"/agreements/?attention=plain&party=EU{past}")
    assert facet(narrowed, "party")["EU"] == len(shown(narrowed))


def test_other_facets_count_what_is_noticed_only(sample, at_officer):
    response = at_officer.get("/agreements/?attention=late")

    assert sum(count or 0 for count in facet(response, "stage").values()) == len(shown(response)) == 1


def test_an_unknown_kind_is_passed_over(sample, at_officer):
    assert len(shown(at_officer.get("/agreements/?attention=everything"))) == len(sample)


def test_tasks_count_and_the_queries_are_fixed(make_agreement, lawyer, at_officer):
    agreement = make_agreement(stage=Stage.SIGNING, on=day(2024))
    lifecycle.note(agreement, on=day(2024, 12), by=lawyer, what="Asked again.")
    tasks.add(agreement, "Reply", by=lawyer, due=FuzzyDate.parse("2024-12-20"))
    address = "/agreements/?attention=overdue"
    assert shown(at_officer.get(address)) == [agreement.reference]
    one = queries(at_officer, address)
    for _number in range(2):
        tasks.add(make_agreement(stage=Stage.SIGNING), "Reply", by=lawyer, due=FuzzyDate.parse("2024-12-20"))

    assert len(shown(at_officer.get(address))) == 3
    assert queries(at_officer, address) == one
