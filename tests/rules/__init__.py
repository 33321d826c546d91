"""Tests of the pure rules: no database, no request, no clock."""

from hypothesis import settings

# A machine that is busy with something else is no fault of a rule.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
