"""The examples of the documentation do what it says."""

import json
import re
import shlex

from tests.api.conftest import Api
from tests.strict import ROOT

#: The headers that the examples send as they stand.
SENT = ("Idempotency-Key", "Accept")
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def examples() -> list[tuple[str, str, dict[str, str], str, int]]:
    """Every call of the page: method, path, headers, body, the status it promises."""
    found = []
    for line in re.findall(r"^(curl .*)$", PAGE, re.MULTILINE):
        command, _separator, status = line.rpartition("  # ")
        words = shlex.split(command)[1:]
        given = [(words[i], words[i + 1]) for i in range(0, len(words) - 1, 2)]
        headers = dict(value.split(": ", 1) for option, value in given if option == "-H" and ": " in value)
        body = dict(given).get("-d", "")
        method = dict(given).get("-X", "POST" if body else "GET").lower()
        found.append((method, words[-1].removeprefix("$API/"), headers, body, int(status)))
    return found


def test_the_examples_answer_as_promised(officer, sample):
    client, answers = Api(officer), []
    keys = {"$TASK": "", "$VIEW": "", "$HOOK": ""}
    for method, told, headers, sent, _status in examples():
        path, body = told, sent
        for name, key in keys.items():
            path, body = path.replace(name, key), body.replace(name, key)
        if method == "patch":
            response = client.patch(path, json.loads(body), match=headers["If-Match"])
        elif method == "delete":
            response = client.delete(path, match=headers.get("If-Match", ""))
        else:
            more = {name: value for name, value in headers.items() if name in SENT}
            response = client.post(path, json.loads(body), **more) if body else client.get(path, **more)
        if response.status_code == 201 and path.endswith(("/tasks/", "views/", "webhooks/")):
            # The page tells its reader to take this key from the answer.
            keys[{"views/": "$VIEW", "webhooks/": "$HOOK"}.get(path, "$TASK")] = response.json()["id"]
        answers.append((method, told, response.status_code))

    assert answers == [(method, path, status) for method, path, _headers, _body, status in examples()]
    assert len(answers) > 15


def test_the_problem_that_is_shown_is_the_one_that_is_answered(officer, sample):
    (shown,) = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    body = {"transition": "sign", "on": "2024-12-28"}
    problem = Api(officer).post("agreements/AIR-7Q4M/transitions/", body).json()

    assert {**problem, "reasons": problem["reasons"][:1], "detail": ""} == {**shown, "detail": ""}
    assert problem["detail"].startswith(shown["detail"].removesuffix("…"))
