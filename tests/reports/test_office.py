"""Files for offices open in an office: LibreOffice reads DOCX and XLSX without repair and prints what they say."""

import re
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest
from django.utils import translation

from agreements.reports import as_docx, as_xlsx
from tests.reports.everything import HOSTILE, every_kind, texts_of

OFFICE = shutil.which("libreoffice") or shutil.which("soffice")
KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_and_prints_what_is_written(tmp_path: Path) -> None:
    hostile = " ".join(text for text in HOSTILE if len(text) < 200 and text.isascii())
    with translation.override("kk"):
        documents = {"plain": every_kind(), "hostile": every_kind(hostile), "kazakh": every_kind(KAZAKH, wide=True)}
        for name, document in documents.items():
            (tmp_path / f"{name}.docx").write_bytes(as_docx.render(document, "kk"))
            (tmp_path / f"{name}.xlsx").write_bytes(as_xlsx.render(document, "kk"))
        texts = {name: texts_of(document) for name, document in documents.items()}
    for ending in ("docx", "xlsx"):
        subprocess.run(
            [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf",
             "--outdir", str(tmp_path / ending), *map(str, tmp_path.glob(f"*.{ending}"))],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        for name, document in documents.items():
            reader = pypdf.PdfReader(tmp_path / ending / f"{name}.pdf")
            pages = [page.extract_text() for page in reader.pages]
            assert all(document.marking.upper() in page.upper() for page in pages)
            said = squeezed("".join(pages))
            missing = [text for text in texts[name] if squeezed(text) not in said]
            # A spreadsheet shows values as its reader is used to, here in English.
            shown = {"xlsx": {"2024\u00a0жылғы\u00a014\u00a0қазан", "1\u00a0763", "32,6"}, "docx": set()}
            assert set(missing) == shown[ending], (ending, name)
            assert ending == "docx" or {"14.10.2024", "!1,763", "32.6"} <= set(re.findall(r"!?[\d.,]+", said)), said
