"""The desk of an official: of what is his, what needs his act, what is late or due, what waits, and what has moved.

`scope` says whose agreements are meant; `rows` tells from their columns which of them to look at closely, so that ten
thousand cost little more than ten; `lists` says what is found in those, without asking the database; `reading` asks it,
a fixed number of times, and puts all of it on one desk.
"""

from agreements.desk.lists import Dated, Doubt, Held, Move, Need, Waiting
from agreements.desk.reading import Desk, read
from agreements.desk.scope import Scope

__all__ = ["Dated", "Desk", "Doubt", "Held", "Move", "Need", "Scope", "Waiting", "read"]
