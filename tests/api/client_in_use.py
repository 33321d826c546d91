"""A program that uses the generated client, as another ministry's would; a type checker finds nothing wrong with it."""

from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from pacta_client import AuthenticatedClient
from pacta_client.api.agreements import (
    agreements_create,
    agreements_list,
    agreements_partial_update,
    agreements_retrieve,
    agreements_step,
    agreements_store,
    agreements_transitions,
)
from pacta_client.api.documents import documents_file
from pacta_client.models import (
    AgreementDetail,
    AgreementOpening,
    AgreementOpeningTitle,
    AgreementsListOrdering,
    Document,
    DocumentKind,
    InstrumentKind,
    PaginatedAgreementListedList,
    ParticipantInput,
    PatchedAgreementEdit,
    Problem,
    Stage,
    StepInput,
    Transition,
    Transitions,
    UploadInput,
)
from pacta_client.types import UNSET, File, Unset


def references(client: AuthenticatedClient) -> list[str]:
    """Return the references of all agreements that are in force, page by page."""
    found: list[str] = []
    cursor: str | Unset = UNSET
    while True:
        page = agreements_list.sync(
            client=client,
            stage=[Stage.IN_FORCE],
            ordering=AgreementsListOrdering.REFERENCE,
            page_size=2,
            cursor=cursor,
        )
        assert isinstance(page, PaginatedAgreementListedList)
        found += [row.reference for row in page.results]
        if page.next_ is None:
            return found
        cursor = parse_qs(urlsplit(page.next_).query)["cursor"][0]


def propose(client: AuthenticatedClient, key: str) -> str:
    """Propose a protocol, under a key of its own, and return its reference."""
    body = AgreementOpening(
        title=AgreementOpeningTitle(en="Protocol to the agreement"),
        kind=InstrumentKind.PROTOCOL,
        areas=["aviation"],
        participants=[ParticipantInput(party="KZ"), ParticipantInput(party="EU")],
    )
    made = agreements_create.sync_detailed(client=client, body=body, idempotency_key=key)
    assert isinstance(made.parsed, AgreementDetail), made.content
    return made.parsed.reference


def step(client: AuthenticatedClient, reference: str, name: Transition) -> list[str]:
    """Take a step, and return what stands against it: nothing where it was taken."""
    body = StepInput(transition=name, on="2024-12-28", evidence="Decision No. 7")
    told = agreements_step.sync(reference, client=client, body=body)
    if not isinstance(told, Problem):
        return []
    assert (told.type_, told.status) == ("/problems/refused", 409)
    assert not isinstance(told.reasons, Unset)
    return [reason.code for reason in told.reasons]


def possible(client: AuthenticatedClient, reference: str) -> list[str]:
    """Return the steps that can be taken now."""
    told = agreements_transitions.sync(reference, client=client)
    assert isinstance(told, Transitions)
    return [option.name.value for option in told.possible]


def change(client: AuthenticatedClient, reference: str, planned: str, tag: str = "") -> tuple[int, str]:
    """Change the planned day of signing on the version that was read, or on that of a tag; return status and tag."""
    read = agreements_retrieve.sync_detailed(reference, client=client)
    body = PatchedAgreementEdit(planned_signing=planned)
    told = agreements_partial_update.sync_detailed(
        reference, client=client, body=body, if_match=tag or read.headers["ETag"]
    )
    return int(told.status_code), str(read.headers["ETag"])


def upload(client: AuthenticatedClient, reference: str, content: bytes) -> bytes:
    """Keep a file as the draft of an agreement, and return the last four bytes of what was kept."""
    body = UploadInput(
        file=File(payload=BytesIO(content), file_name="draft.txt", mime_type="text/plain"),
        on="2024-12-20",
        language="en",
        kind=DocumentKind.DRAFT,
    )
    kept = agreements_store.sync(reference, client=client, body=body)
    assert isinstance(kept, Document)
    part = documents_file.sync_detailed(kept.id, 1, client=client, range_="bytes=-4")
    assert part.status_code == 206
    return part.content
