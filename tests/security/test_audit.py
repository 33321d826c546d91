"""The look for known vulnerabilities never says that all is well where nobody answered."""

import json

import pytest

from scripts import audit


def told(**packages):
    rows = [{"name": name, "version": "1.0", **more} for name, more in packages.items()]
    return json.dumps({"dependencies": rows, "fixes": []})


VULNERABLE = {"vulns": [{"id": "PYSEC-2024-1", "fix_versions": ["1.1"]}]}


@pytest.mark.parametrize(
    ("out", "errors", "code", "said"),
    [
        (told(django={"vulns": []}), "", 0, "No vulnerability is known of 1 locked packages."),
        (told(django=VULNERABLE, axes={"vulns": []}), "", 1, "django 1.0: PYSEC-2024-1, mended in 1.1"),
        (told(django={"skip_reason": "not found"}, axes={"vulns": []}), "", 2, "NOT CHECKED: django"),
        (told(), "", 2, "NOT CHECKED: nothing was asked for"),
        ("", "Trace\nConnectionError: no such host", 2, "NOT CHECKED: ConnectionError: no such host"),
        ("", "", 2, "NOT CHECKED: no answer"),
        ("[]", "", 2, "NOT CHECKED: no answer"),
    ],
)
def test_silence_is_no_answer(out, errors, code, said):
    got, words = audit.judged(out, errors)
    assert (got, said in words) == (code, True), words


def test_a_program_that_is_not_there_has_checked_nothing():
    assert audit.audit("/nowhere/pip-audit")[0] == 2
