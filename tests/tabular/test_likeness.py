"""Titles that may be the same: what is alike, what is not, and that none is missed for not being compared."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.tabular.likeness import ENOUGH, Titles, alike, words_of
from tests.shared import DATA, EXAMPLES

#: Two titles, and how alike they are; 0 is not alike.
PAIRS = [
    ("Tax Convention with Hungary", "TAX CONVENTION WITH HUNGARY", 1.0),
    ("Protocol Amending Tax Convention with France", "Protocol amending the Tax Convention with France.", 1.0),
    ("Соглашение о воздушном сообщении", "Соглашения о воздушных сообщениях", 1.0),
    ("Әуе қатынасы туралы келісім", "ӘУЕ ҚАТЫНАСЫ ТУРАЛЫ КЕЛІСІМ", 1.0),
    ("Treaty of Extradition with Paraguay", "Extradition Treaty with Paraguay", 0.98),
    ("Convention on Terrorism", "Convention on Corruption", 0),
    ("Tax Convention with Italy", "Tax Convention with Denmark", 0),
    ("Protocol No. 6 on Tariffs", "Protocol No. 13 on Tariffs", 0),
    ("Air Services Agreement of 1995", "Air Services Agreement of 2005", 0),
    ("", "Treaty", 0),
    ("the", "the", 0),
]


@pytest.mark.parametrize(("one", "two", "score"), PAIRS)
def test_pairs(one, two, score):
    for title, other in ((one, two), (two, one)):
        assert [found.score for found in alike(title, [("x", other)])] == ([score] if score else [])


def test_the_likest_come_first_and_each_key_once():
    titles = Titles(
        [
            ("A", "Agreement on air services between Austria and Chile"),
            ("B", "Agreement on air services between Austria, Chile and Peru"),
            ("B", "Air services: Austria, Chile, Peru, agreement"),
            ("C", "Agreement on fisheries between Norway and Iceland"),
        ]
    )
    found = titles.alike("Agreement on Air Services between Austria, Chile and Peru")
    assert [one.key for one in found] == ["B", "A"]
    assert (found[0].score, found[1].score < 1) == (1.0, True)
    assert len(titles) == 4
    titles.add("D", "Agreement on air services between Austria, Chile and Peru")
    assert [(one.key, one.score) for one in titles.alike("Agreement on air services between Austria, Chile, Peru")][
        :2
    ] == [
        ("B", 1.0),
        ("D", 1.0),
    ]


WORDS = [
    "air",
    "sea",
    "road",
    "tax",
    "trade",
    "treaty",
    "protocol",
    "austria",
    "chile",
    "peru",
    "norway",
    "1995",
    "2005",
    "vi",
]
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@given(titles=st.lists(TITLES, min_size=1, max_size=40), asked=TITLES)
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_title_is_missed_for_not_being_compared(titles, asked):
    kept = Titles((str(place), title) for place, title in enumerate(titles))
    kept.alike(asked)
    compared = {
        key: score
        for key, title in zip(map(str, range(len(titles))), titles, strict=True)
        if (score := kept._score(words_of(asked), words_of(title))) >= ENOUGH
    }
    found = {one.key: one.score for one in kept.alike(asked, most=100)}
    assert found == {key: round(score, 3) for key, score in compared.items()}


FILE = DATA / "us-senate-treaties" / "treaty.csv"


@pytest.mark.skipif(not FILE.is_file(), reason="the list of treaties is third-party data and not part of the project")
def test_the_titles_of_768_treaties_that_recur():
    """Titles in capitals and small letters, with and without articles: 27 pairs are the same."""
    with FILE.open(encoding="utf-8", newline="") as file:
        titles = [row[1] for row in list(csv.reader(file))[4:]]
    kept = Titles((str(place), title) for place, title in enumerate(titles))
    pairs = {
        (titles[place], titles[int(one.key)], one.score)
        for place, title in enumerate(titles)
        for one in kept.alike(title)
        if int(one.key) > place
    }
    same = [pair for pair in pairs if pair[2] == 1.0]
    assert all(sorted(words_of(one)) == sorted(words_of(two)) for one, two, _score in same)
    assert (len(titles), len(same), len(pairs)) == (768, 27, 94)
