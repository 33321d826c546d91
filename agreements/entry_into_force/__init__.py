"""Entry into force, computed and explained: a small language of clauses (VCLT 24). Pure: no database, no clock.

`parse` reads a clause from JSON values, `compute` answers it from the acts of participants as of a day, `describe` and
`explain` put clause and answer into words. The language is documented in docs/clauses.md.
"""

from agreements.entry_into_force.as_data import day_data, need_data, party_data, to_data
from agreements.entry_into_force.clause import Clause, can_go_down, named_in, parts_of
from agreements.entry_into_force.explaining import Speaker, describe, explain, explain_party, outlined
from agreements.entry_into_force.needs import Need, supply
from agreements.entry_into_force.outcome import Outcome, PartyDate, compute, disagree
from agreements.entry_into_force.reading import KINDS, BadClause, parse
from agreements.entry_into_force.standings import PartyStanding, standings

__all__ = [
    "KINDS",
    "BadClause",
    "Clause",
    "Need",
    "Outcome",
    "PartyDate",
    "PartyStanding",
    "Speaker",
    "can_go_down",
    "compute",
    "day_data",
    "describe",
    "disagree",
    "explain",
    "explain_party",
    "named_in",
    "need_data",
    "outlined",
    "parse",
    "parts_of",
    "party_data",
    "standings",
    "supply",
    "to_data",
]
