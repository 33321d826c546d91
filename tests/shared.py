"""What several tests share: where third-party data lie that they may read, and how many examples a property tries."""

import os

from django.conf import settings

from agreements.background import LIBRARY

#: Beside the project, never in it.
DATA = settings.BASE_DIR.parent / "shared" / "data"
#: How many lives, or cases of one kind, are tried; fewer on a second database, and far more by `make soak`.
EXAMPLES = int(os.environ.get("PACTA_EXAMPLES", "30"))
#: A setting TASKS by which what is to be done behind a request is kept, and not done.
NO_WORK = {"default": {"BACKEND": f"{LIBRARY}.backends.dummy.DummyBackend"}}
