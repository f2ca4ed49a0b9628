import pytest

from data import appointments, leads, quotes
from data.db import Connection
from data.errors import NotFound
from data.leads import Contact
from data.scope import Role, Scope
from tests.acme import ACME
from tests.sealed import OPEN_AND_SEALED

SCOPE = Scope(ACME, Role.CUSTOMER_AI, "visitor:1", "talk")


@OPEN_AND_SEALED
async def test_a_conversation_has_one_lead_at_most(acme: Connection) -> None:
    first = await leads.add_lead(acme, ACME, "Lea", conversation_id="talk")
    assert first is not None
    assert await leads.add_lead(acme, ACME, "Leo", conversation_id="talk") is None
    assert await leads.lock_lead_of(acme, SCOPE) == first
    assert await leads.lock_lead_of(acme, SCOPE.within("another")) is None


async def test_leads_without_a_conversation_are_not_limited(acme: Connection) -> None:
    first = await leads.add_lead(acme, ACME, "Lea")
    second = await leads.add_lead(acme, ACME, "Lea")
    assert first is not None
    assert second is not None
    assert [lead.id for lead in await leads.list_leads(acme, ACME)] == [second.id, first.id]


@OPEN_AND_SEALED
async def test_what_is_not_said_stays(acme: Connection) -> None:
    lead = await leads.add_lead(acme, ACME, "Lea")
    assert lead is not None
    await leads.update_lead(acme, ACME, lead.id, Contact(phone="555 01", details="A roof"))
    changed = await leads.update_lead(acme, ACME, lead.id, Contact(email="lea@x.test"))
    assert (changed.name, changed.phone, changed.email, changed.details) == (
        "Lea",
        "555 01",
        "lea@x.test",
        "A roof",
    )
    assert (changed.intent, changed.score, changed.outcome) == (None, None, None)
    assert await leads.get_lead(acme, ACME, lead.id) == changed


async def test_a_lead_that_is_not_there_is_an_error(acme: Connection) -> None:
    with pytest.raises(NotFound):
        await leads.get_lead(acme, ACME, 404)
    with pytest.raises(NotFound):
        await leads.update_lead(acme, ACME, 404, Contact(name="Leo"))


async def test_quotes_and_appointments_belong_to_a_lead(acme: Connection) -> None:
    lead = await leads.add_lead(acme, ACME, "Lea")
    assert lead is not None
    older = await quotes.add_quote(acme, ACME, lead.id, "2,100 sq ft of shingles")
    newer = await quotes.add_quote(acme, ACME, lead.id, "the same in metal")
    visit = await appointments.add_appointment(acme, ACME, lead.id, "Inspection", "Tuesday at 9")
    assert await quotes.list_quotes(acme, ACME, lead.id) == [newer, older]
    assert await appointments.list_appointments(acme, ACME, lead.id) == [visit]
    assert (older.status, visit.status, visit.wished_for) == (
        "requested",
        "requested",
        "Tuesday at 9",
    )
