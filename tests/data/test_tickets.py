import pytest

from data import tickets
from data.conversations import lock_conversation
from data.db import Connection
from data.errors import NotFound
from data.scope import Role, Scope
from data.tickets import NewTicket
from tests.acme import ACME, ANN, BEA

SCOPE = Scope(ACME, Role.CUSTOMER_AI, "visitor:1", "talk")


async def test_a_ticket_takes_its_channel_from_the_conversation(acme: Connection) -> None:
    await lock_conversation(acme, SCOPE, "whatsapp")
    new = NewTicket(None, "No light", "Since this morning.", "high")
    ticket = await tickets.create_ticket(acme, SCOPE, new)
    assert (ticket.channel, ticket.conversation_id, ticket.customer_id) == (
        "whatsapp",
        "talk",
        None,
    )
    assert (ticket.status, ticket.priority, ticket.assigned_to) == ("open", "high", None)
    assert ticket.id > 1000
    assert await tickets.get_ticket(acme, ACME, ticket.id) == ticket


async def test_a_ticket_outside_a_conversation_comes_from_the_web(acme: Connection) -> None:
    outside = SCOPE.within("")
    ticket = await tickets.create_ticket(acme, outside, NewTicket(ANN, "No light", ""))
    assert (ticket.channel, ticket.conversation_id, ticket.customer_id) == ("web", None, ANN)


async def test_tickets_are_listed_by_customer_and_by_status(acme: Connection) -> None:
    everybodys = await tickets.list_tickets(acme, ACME)
    anns = await tickets.list_tickets(acme, ACME, customer_id=ANN)
    still_open = await tickets.list_tickets(acme, ACME, status="open")
    assert [ticket.id for ticket in everybodys] == [4, 3, 2, 1]
    assert [ticket.id for ticket in anns] == [3, 2, 1]
    assert [ticket.id for ticket in still_open] == [4, 1]
    assert await tickets.list_tickets(acme, ACME, limit=1) == everybodys[:1]


async def test_what_is_not_resolved_is_counted(acme: Connection) -> None:
    assert await tickets.count_unresolved(acme, ACME, ANN) == 2
    assert await tickets.count_unresolved(acme, ACME, BEA) == 1
    assert await tickets.count_unresolved(acme, ACME, 404) == 0


async def test_what_is_not_given_stays(acme: Connection) -> None:
    await tickets.update_ticket(acme, ACME, 1, assigned_to="olga")
    changed = await tickets.update_ticket(acme, ACME, 1, status="in_progress")
    assert (changed.status, changed.assigned_to, changed.subject) == (
        "in_progress",
        "olga",
        "Noise",
    )
    assert await tickets.lock_ticket(acme, ACME, 1) == changed


async def test_another_tenants_ticket_looks_like_none(acme: Connection) -> None:
    for find in (tickets.get_ticket, tickets.lock_ticket):
        with pytest.raises(NotFound, match="ticket '90' not found"):
            await find(acme, ACME, 90)
    with pytest.raises(NotFound):
        await tickets.update_ticket(acme, ACME, 90, status="resolved")
