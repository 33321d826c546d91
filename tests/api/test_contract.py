"""The contract of every operation: one walk over all that the schema names. What is new fails until it stands here.

Records are read and read again, changed on the version that was read, made once however often that is asked, and by
nobody but who may; of what somebody may not see every address says what it says of what is not there.
"""

from django.db import transaction

from agreements.models import Entry, KeptAnswer
from tests.api.conftest import MISSING, V1, Api, problem_of, schema, version_of
from tests.api.contract import ASKING, WRITES
from tests.api.field import NAMES, laid_out_field, upload  # noqa: F401

#: What is read of each resource, beside what is written.
READS = {
    "agreements/", "agreements/counts/", "agreements/{reference}/", "agreements/{reference}/actions/",
    "agreements/{reference}/attention/",
    "agreements/{reference}/documents/", "agreements/{reference}/entry-into-force/", "agreements/{reference}/journal/",
    "agreements/{reference}/participants/", "agreements/{reference}/tasks/", "agreements/{reference}/transitions/",
    "areas/", "attention/", "commitments/", "commitments/{id}/", "delegations/", "delegations/{id}/",
    "documents/", "documents/{id}/",
    "documents/{id}/versions/{number}/file/", "events/", "events/{id}/", "feeds/", "feeds/{id}/", "indicators/",
    "indicators/{id}/", "mailings/", "mailings/{id}/", "meetings/", "meetings/{id}/",
    "notifications/", "notifications/{id}/",
    "parties/", "parties/{code}/", "procedures/",
    "procedures/{code}/", "reports/", "reports/{name}/", "shares/", "shares/{id}/",
    "undisclosed-participants/", "undisclosed-participants/{id}/",
    "subscriptions/", "subscriptions/{id}/",
    "task-templates/", "task-templates/{code}/", "tasks/",
    "tasks/{id}/", "tokens/", "tokens/{id}/", "units/", "views/", "views/{id}/", "webhooks/", "webhooks/{id}/",
    "webhooks/{id}/deliveries/", "webhooks/{id}/deliveries/{delivery}/", "wishes/",
}  # fmt: skip
#: What the reader and the officer must not see; what is somebody's own is hidden from all others.
SECRET = {"agreements", "commitments", "documents", "events", "meetings", "shares", "tasks", "undisclosed-participants"}
#: Who sees what is another's: who keeps the accounts.
SEEN_BY = {"delegations": "a"}
OWN = {"delegations", "feeds", "mailings", "notifications", "subscriptions", "tokens", "views", "webhooks"}


class Undone(transaction.Atomic):
    """What is written within is taken back at the end."""

    def __init__(self):
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, *error):
        transaction.set_rollback(True)
        super().__exit__(*error)


def send(client: Api, operation: str, address: str, body, **headers):
    """Do what an operation says at an address, on the present version where it asks for one."""
    method = operation.partition(" ")[0]
    if method == "DELETE":
        return client.delete(address, match=headers.pop("match", "*"), **headers)
    if method == "PATCH":
        return client.patch(address, body, **headers)
    return upload(client, address, body, **headers) if "file" in body else client.post(address, body, **headers)


def operations():
    for path, methods in schema()["paths"].items():
        for method, described in methods.items():
            yield f"{method.upper()} {path.removeprefix(V1)}", described


def conditional():
    """The operations that must name the version that they change."""
    for operation, described in operations():
        if any(one["name"] == "If-Match" and one["required"] for one in described.get("parameters", ())):
            yield operation


def resource_of(operation: str) -> str:
    return operation.partition(" ")[2].partition("/")[0]


def test_every_operation_stands_in_the_contract():
    assert {operation for operation, _described in operations()} == {*WRITES, *(f"GET {path}" for path in READS)}
    assert set(conditional()) == {name for name in WRITES if not name.startswith("POST")}


def test_what_is_read_is_the_same_by_its_tag_and_by_head(field, subtests):
    for path in sorted(READS):
        with subtests.test(path):
            client, address = field.client(), field.address(path)
            # A report says at which moment it tells what is known; asked as of one it is the same again.
            address += "?known_at=2099-01-01" if path == "reports/{name}/" else ""
            read = client.get(address)
            assert read.status_code == 200
            tag = read.headers["ETag"]
            assert client.get(address).headers["ETag"] == tag
            assert client.get(address, If_None_Match=tag).status_code == 304
            assert client.get(address, If_None_Match=f'"0", W/{tag}').status_code == 304
            assert client.get(address, If_None_Match='"0"').status_code == 200
            headed = client.client.head(V1 + address, headers=client.headers)
            assert (headed.status_code, headed.headers["ETag"], headed.content) == (200, tag, b"")
            allowed = client.client.options(V1 + address, headers=client.headers).headers["Allow"].split(", ")
            methods = {name.partition(" ")[0] for name in WRITES if name.partition(" ")[2] == path}
            assert set(allowed) == {"GET", "HEAD", "OPTIONS", *methods}
            assert problem_of(Api(None).get(address)) == (401, "not-authenticated")


def test_each_role_may_do_what_it_may_and_nothing_else(field, subtests):
    for operation, write in WRITES.items():
        address = write.place(field, operation.partition(" ")[2])
        for role in field.users:
            with subtests.test(operation, role=role), Undone():
                before = Entry.objects.count()
                answer = send(field.client(role), operation, address, write.body)
                if role in write.roles:
                    assert answer.status_code == write.status, answer.content
                    continue
                refused = (404, "not-found") if write.own or role in write.unseen else (403, "not-permitted")
                assert problem_of(answer) == refused
                assert Entry.objects.count() == before
        with subtests.test(operation, role="nobody"):
            assert problem_of(send(Api(None), operation, address, write.body)) == (401, "not-authenticated")


def test_what_nobody_shows_is_as_if_it_were_not_there(field, subtests):
    """Each address of a secret record answers who may not see it as it answers of a record that there is not."""
    told = [*(f"GET {path}" for path in READS), *WRITES]
    for operation in [name for name in told if resource_of(name) in SECRET | OWN and "{" in name]:
        resource, path = resource_of(operation), operation.partition(" ")[2]
        missing = dict.fromkeys(field.hidden[resource], MISSING)
        missing |= {"reference": "AIR-2222", "number": "1"}
        places = field.address(path, field.hidden), field.address(path, {resource: missing})
        write = WRITES.get(operation)
        for role in "o" if resource in SECRET else [one for one in "oas" if one not in SEEN_BY.get(resource, "")]:
            with subtests.test(operation, role=role):
                client = field.client(role)
                answers = [
                    send(client, operation, place, write.body) if write else client.get(place) for place in places
                ]
                known = (
                    write is not None
                    and role not in write.roles
                    and not (write.own or write.by_record or role in write.unseen)
                )
                expected = (403, "not-permitted") if known else (404, "not-found")
                assert [problem_of(answer) for answer in answers] == [expected] * 2
                hidden, absent = ({**answer.json(), "instance": ""} for answer in answers)
                assert hidden == absent
                assert set(answers[0].headers) == set(answers[1].headers)


def test_what_nobody_shows_is_in_no_list(field, subtests):
    for resource in sorted(SECRET | OWN - {"events"}):
        for role in "or":
            with subtests.test(resource, role=role):
                whole = field.client(role).get(f"{resource}/?page_size=200").content.decode()
                name = NAMES.get(resource, "id")
                assert field.hidden[resource][name] not in whole
                assert field.hidden["agreements"]["reference"] not in whole
        assert field.hidden[resource][NAMES.get(resource, "id")] in str(everything(field.client(), resource))


def everything(client, resource):
    address, rows = f"{resource}/?page_size=200", []
    while address:
        page = client.get(address).json()
        rows, address = rows + page["results"], page["next"] if page["results"] else None
    return rows


def test_a_change_names_the_version_that_it_is_made_on(field, subtests):
    for operation in conditional():
        write = WRITES[operation]
        address = write.place(field, operation.partition(" ")[2])
        with subtests.test(operation), Undone():
            client = field.client()
            tag = client.get(address).headers["ETag"]
            assert problem_of(send(client, operation, address, write.body, match="")) == (428, "precondition-required")
            assert problem_of(send(client, operation, address, write.body, match='"0"')) == (412, "stale")
            changed = send(client, operation, address, write.body, match=tag)
            assert changed.status_code == write.status
            if changed.status_code == 204:
                assert problem_of(client.get(address)) == (404, "not-found")
                continue
            assert changed.headers["ETag"] != tag
            assert client.get(address, If_None_Match=tag).status_code == 200
            assert problem_of(send(client, operation, address, write.body, match=tag)) == (412, "stale")
            read = client.get(address)
            assert read.json() == changed.json()
            assert read.headers["ETag"] == changed.headers["ETag"]


def test_what_is_sent_again_under_its_key_is_done_once(field, subtests):
    for operation in [name for name in WRITES if name.startswith("POST")]:
        write = WRITES[operation]
        address = write.place(field, operation.partition(" ")[2])
        with subtests.test(operation), Undone():
            client = field.client()
            first = send(client, operation, address, write.body, Idempotency_Key="made")
            assert first.status_code == write.status, first.content
            before = Entry.objects.count(), KeptAnswer.objects.count()
            again = send(client, operation, address, write.body, Idempotency_Key="made")
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert "Idempotency-Replayed" not in first.headers
            assert again.headers["Idempotency-Replayed"] == "true"
            assert [again.headers.get(name) for name in ("ETag", "Location")] == [
                first.headers.get(name) for name in ("ETag", "Location")
            ]
            assert (Entry.objects.count(), KeptAnswer.objects.count()) == before
            other = {**write.body, "kind": "mandate"} if "file" in write.body else {**write.body, "x": 1}
            answer = send(client, operation, address, other, Idempotency_Key="made")
            assert problem_of(answer) == (422, "key-reused")
            if first.status_code == 201 and "Location" in first.headers:
                made = client.get(first.headers["Location"])
                assert version_of(made) == version_of(first)
                assert made.json().items() <= first.json().items()  # a secret is told once
            if operation in ASKING:
                assert Entry.objects.count() == before[0]
