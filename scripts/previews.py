"""The pictures of the gallery of reports: `python scripts/previews.py` draws the first page of each, of the sample.

Run it when the look of a report has changed; the pictures are kept in static/reports/.
"""

import os
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "static" / "reports"
#: About 360 pixels for the width of a page.
PPI = 44
EPCA = "PEP-4K7Z"


def main() -> None:
    """Draw every report in every language into the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {
            "DEBUG": "1",
            "PACTA_TODAY": "2024-12-28",
            "DATABASE_URL": f"sqlite:///{scratch}/previews.sqlite3",
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
        }
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        draw()


def draw() -> None:
    """Load the sample into the database at hand, and draw its reports."""
    from django.core.management import call_command
    from django.utils import translation

    from agreements import reports
    from agreements.models import Agreement, Party, User
    from agreements.reports import as_pdf

    call_command("migrate", verbosity=0)
    call_command("load_sample", verbosity=0)
    user = User.objects.service("report")
    asked = {
        "agreement": {"agreement": Agreement.objects.get(reference=EPCA)},
        "participation": {"agreement": Agreement.objects.get(reference=EPCA)},
        "changes": {"since": date(2022, 1, 1)},
        "brief": {"party": Party.objects.get(code="EU")},
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, report in reports.REPORTS.items():
        for language in ("en", "ru", "kk"):
            with translation.override(language):
                content = report.build(user, **asked.get(name, {}))
                picture = as_pdf.preview(report.arrange(content), language, ppi=PPI)
            (FOLDER / f"{name}-{language}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
