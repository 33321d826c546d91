"""Lists that are narrowed by words are read by queries that are kept: their pages are those of the query set."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.api import listed, pagination
from agreements.api.listed import BY_WORDS, Listing
from agreements.api.views.agreements import ORDERINGS
from agreements.choices import Stage
from agreements.filters import AgreementFilter
from agreements.folding import Sought
from agreements.lookups import Words
from agreements.models import Agreement, User
from agreements.models.agreement import having

NARROWED = (
    {},
    {"stage": ["in_force"]},
    {"stage": ["in_force", "signed", "negotiating"], "level": ["public", "internal"]},
    {"party": ["KZ", "EU"], "area": ["transport", "energy", "trade", "aviation"]},
    {"kind": ["treaty", "agreement", "protocol"], "procedure": ["ratified", "simplified"]},
    {"lead_unit": ["none"], "officer": ["nobody"]},
)


def turned(order):
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


@pytest.mark.parametrize("words", NARROWED)
def test_pages_are_those_of_the_query_set(words, sample, lawyer, reader, subtests):
    limited, cursor = User.objects.get(pk=lawyer.pk), pagination.Cursor()
    limited.areas_only = ("transport", "energy")
    lawyer.holds_shares = reader.holds_shares = False  # then nothing but the level decides
    for user in (lawyer, reader, limited):
        listing = Listing(user, words)
        cursor.model = listing.model
        for name, order in ORDERINGS.items():
            with subtests.test(user=user.username, order=name):
                cursor.ordering, position = order, None
                while True:
                    page = listing.page(order, position, 3)
                    assert page == list(pagination.first(listing.rows(), order, position, 3))
                    if not page:
                        break
                    before = cursor._position(page[0])
                    expected = list(pagination.first(listing.rows(), turned(order), before, 2))
                    assert listing.page(turned(order), before, 2) == expected
                    position = cursor._position(page[-1])


@pytest.mark.parametrize("text", ["agreement", "air transport", "зона", "PEP-4K7Z", "100% _", "nowhere", "??"])
def test_texts_are_sought_as_everywhere(text, sample, lawyer, reader):
    lawyer.holds_shares = reader.holds_shares = False
    order, sought = ORDERINGS["changed_at"], Sought.read(text)
    for user in (lawyer, reader):
        found = Listing(user, {}, sought)
        rows = Agreement.objects.for_user(user).kept().filter(having(sought)).order_by(*order)
        expected = [row.reference for row in rows]
        assert [row.reference for row in found.page(order, None, 100)] == expected
        assert found.count() == len(expected)
        within = Listing(user, {"stage": ["in_force"]}, sought).page(order, None, 100)
        assert [row.reference for row in within] == [row.reference for row in rows.filter(stage="in_force")]


def test_the_query_of_a_page_is_made_once_for_all_words(sample, lawyer):
    lawyer.holds_shares = False
    order, kept = ORDERINGS["changed_at"], listed._PAGE._form
    kept.cache_clear()
    for stage in Stage:
        with CaptureQueriesContext(connection) as queries:
            found = Listing(lawyer, {"stage": [stage.value]}).page(order, None, 50)
        assert len(queries) == 1
        assert {row.stage for row in found} <= {stage}
    assert kept.cache_info().misses == 1


def test_filters_that_are_kept_ask_for_words_alone():
    filters = AgreementFilter.base_filters
    assert all(isinstance(filters[name], Words) for name in BY_WORDS)
