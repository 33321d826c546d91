"""The names of languages of documents."""

import re

import pytest
from django.utils import translation

from agreements import iso639


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_language_is_named_in_the_language_of_the_reader(language):
    with translation.override(language):
        assert not [name for _code, name in iso639.choices() if re.search("[A-Za-z]", name)]
