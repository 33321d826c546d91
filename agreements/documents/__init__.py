"""Documents as evidence: recording that one exists by its citation, and keeping it with its file.

`files` judges what a file may be called and hold, `storage` (and `s3`) keeps the bytes, `storing` is the only writer of
files, `marking` changes level and title, `proof` compares rows with files and with the journal, `shelf` arranges what a
reader may see, `dossier` packs it, `comparing` reads the texts of two versions and says how they differ.
"""

from agreements.documents.citing import cite
from agreements.documents.marking import mark, may_lower
from agreements.documents.storing import store

__all__ = ["cite", "mark", "may_lower", "store"]
