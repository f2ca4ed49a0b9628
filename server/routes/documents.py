"""Documents of the knowledge base."""

import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from data import knowledge
from data.errors import Conflict, Invalid, UnsupportedType
from data.texts import Text
from retrievers.ingest import Form, Upload
from retrievers.sources import FORMS
from server.access import App, Db, IdempotencyKey, allow
from server.auth.permissions import Permission
from server.auth.principal import Principal
from server.errors import PROBLEM_RESPONSES
from server.paging import Cursor, Limit, page_of, place_in
from server.payload import HIGHEST, check_text
from server.routes.knowledge import Category, Deleted, Specialist
from tools.documents import delete_document, take_away, upload_document

router = APIRouter(
    prefix="/v1/knowledge/documents", tags=["knowledge"], responses=PROBLEM_RESPONSES
)

Reader = Annotated[Principal, allow(Permission.READ_KNOWLEDGE)]
Writer = Annotated[Principal, allow(Permission.WRITE_KNOWLEDGE)]
Id = Annotated[int, Path(ge=1, le=HIGHEST)]
UPLOADS = "uploads"  # where documents are filed whose source nobody named
MOST_FIELDS, MOST_FIELD_BYTES = 10, 16 * 1024  # of a form, beside its file

DOCUMENT_EXAMPLE: dict[str, Any] = {
    "id": 1045,
    "title": "Refund policy",
    "source": "uploads/refund-policy",
    "specialist": "billing",
    "category": "refunds",
    "status": "ready",
    "passages": 3,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}


class DocumentOut(BaseModel):
    """A document; without a specialist it is every specialist's."""

    model_config = ConfigDict(json_schema_extra={"examples": [DOCUMENT_EXAMPLE]})

    id: int
    title: str
    source: str
    specialist: str | None
    category: str | None
    status: str
    passages: int
    created_at: datetime
    updated_at: datetime


class DocumentPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [DOCUMENT_EXAMPLE], "next": None}]}
    )

    items: list[DocumentOut]
    next: str | None


class Uploaded(DocumentOut):
    """`changed` is false where the same document was there already."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**DOCUMENT_EXAMPLE, "changed": True}]}
    )

    changed: bool


class About(BaseModel):
    """What is known of a document beside its words. The same `source` again replaces it."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Text, Field(max_length=200)]
    source: Annotated[Text, Field(max_length=300)] | None = None
    format: Form = "markdown"
    specialist: Specialist | None = None
    category: Category | None = None


class DocumentNew(About):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Refund policy",
                    "content": "# Refund policy\n\nDefective items go back within 30 days.",
                    "specialist": "billing",
                }
            ]
        },
    )

    content: Annotated[str, Field(min_length=1)]


AS_FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {"type": "string", "format": "binary"},
            **{
                name: {"type": "string"}
                for name in ("title", "source", "format", "specialist", "category")
            },
        },
    },
    "example": {"file": "# Refund policy", "title": "Refund policy"},
}
BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": DocumentNew.model_json_schema()},
        "multipart/form-data": AS_FORM,
    },
}


@router.get("")
async def list_documents(
    who: Reader,
    db: Db,
    specialist: Specialist | None = None,
    category: Category | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DocumentPage:
    """The tenant's documents, by their source."""
    (after,) = place_in(cursor, str) or ("",)
    found = await knowledge.list_documents(
        db, who.tenant, specialist=specialist, category=category, after=after, limit=limit + 1
    )
    page, following = page_of(found, limit, lambda one: (one.source,))
    items = [DocumentOut.model_validate(one, from_attributes=True) for one in page]
    return DocumentPage(items=items, next=following)


@router.post("", status_code=201, openapi_extra={"requestBody": BODY})
async def add_document(
    request: Request, who: Writer, services: App, idempotency_key: IdempotencyKey = None
) -> Uploaded:
    """Add a document, or replace the one of the same source; the old one serves until then.

    Markdown, plain text or HTML, as JSON or as a file in a form; a PDF as a file. Up to a million
    characters, and a thousand pages.
    """
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    about, content = await _from_form(request) if is_form else await _from_json(request)
    upload = _upload(about, content)
    if about.source is None:
        async with services.database.reading(who.tenant) as db:
            there = await knowledge.find_document(db, who.tenant, upload.source)
        if there and _same_name(there.title) != _same_name(upload.title):
            raise Conflict(
                f"source: {upload.source} is the document {there.title!r}; give this one a source"
                " of its own, or the same title to replace it"
            )
    done = await upload_document.body(
        services.database, services.embedder, who.scope(), upload, idempotency_key
    )
    return Uploaded(**done)


@router.delete("/{document_id}")
async def remove_document(
    document_id: Id, who: Writer, services: App, idempotency_key: IdempotencyKey = None
) -> Deleted:
    """Take a document away."""
    done = await take_away(
        services.database,
        who.scope(),
        delete_document,
        idempotency_key,
        document_id=document_id,
    )
    return Deleted(**done)


async def _from_json(request: Request) -> tuple[About, str | bytes]:
    try:
        given = await request.json()
    except ValueError as error:
        raise Invalid("body", "send JSON, or a form with a file") from error
    new = _checked(DocumentNew, given)
    return new, new.content


async def _from_form(request: Request) -> tuple[About, str | bytes]:
    form = request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    async with form as fields:
        file = fields.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("file", "Field required")
        named = {name: value for name, value in fields.multi_items() if name != "file"}
        name = PurePosixPath((file.filename or "").replace("\\", "/")).name
        for field, text in (("file", name), *((k, str(v)) for k, v in named.items())):
            check_text(text, field)
        suffix = PurePosixPath(name).suffix.lower()
        if "format" not in named and suffix and suffix not in FORMS:
            raise UnsupportedType(
                f"file: {suffix[:12]} files are not read; send Markdown, text, HTML or PDF"
            )
        known = {"title": PurePosixPath(name).stem, "format": FORMS.get(suffix, "text")}
        return _checked(About, known | named), await file.read()


def _checked(kind: type[About], given: Any) -> Any:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        errors = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(errors, body=given) from error


def _upload(about: About, content: str | bytes) -> Upload:
    return Upload(
        source=about.source or _source_of(about.title),
        title=about.title,
        content=content,
        form=about.format,
        specialist=about.specialist,
        category=about.category,
    )


def _source_of(title: str) -> str:
    """A source for a document that has only a title.

    >>> _source_of("Refund policy (2026)")
    'uploads/refund-policy-2026'
    """
    slug = re.sub(r"[\W_]+", "-", title.lower()).strip("-") or "untitled"
    return f"{UPLOADS}/{slug}"


def _same_name(title: str) -> str:
    """What titles of one document have in common: "C++" and "C#" are two.

    >>> _same_name("Refund-policy ") == _same_name("refund_policy"), _same_name("C++")
    (True, 'c++')
    """
    return re.sub(r"[\s_.-]+", " ", title.casefold()).strip()
