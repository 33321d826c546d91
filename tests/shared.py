"""Where the third-party data lie that tests may read: beside the project, never in it."""

from django.conf import settings

DATA = settings.BASE_DIR.parent / "shared" / "data"
