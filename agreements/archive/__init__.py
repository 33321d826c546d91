"""Archives: everything that Pacta keeps in one file, from which an equal Pacta is rebuilt on either database.

`write` reads one consistent moment while others go on working; `restore` fills an empty database and proves by the
digests of the journal that nothing is missing or different. The form is described in docs/archive.md.
"""

from agreements.archive.reading import BadArchive, Restored, restore
from agreements.archive.writing import Written, write

__all__ = ["BadArchive", "Restored", "Written", "restore", "write"]
