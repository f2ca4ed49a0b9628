from dataclasses import replace

import pytest

from data import customers
from data.db import Connection
from data.errors import NeedsVerification
from data.scope import Identity
from tests.acme import ACME, ANN
from tests.sealed import OPEN_AND_SEALED
from tests.tools.conftest import Begin, Turn
from tools.customers import lookup_customer


@OPEN_AND_SEALED
async def test_a_verified_customer_gets_their_own_record(turn: Turn) -> None:
    outcome = await turn.ask("lookup_customer")
    assert outcome.refused is None
    assert outcome.result == {
        "id": ANN,
        "name": "Ann Ames",
        "email": "Ann@acme.test",
        "phone": None,
        "plan": "Fast",
        "since": "2025-05-01",
        "loyalty_tier": "silver",
        "open_tickets": 2,
    }


@pytest.mark.parametrize(
    "named",
    [
        {"email": "bea@acme.test"},
        {"email": "nobody@acme.test"},
        {"customer_id": 2},
        {"email": "gil@globex.test", "customer_id": 9},
    ],
)
async def test_whoever_is_named_the_record_is_the_callers_own(
    turn: Turn, named: dict[str, object]
) -> None:
    assert await turn.ask("lookup_customer", named) == await turn.ask("lookup_customer")


async def test_a_body_called_without_the_check_still_opens_nothing(turn: Turn) -> None:
    claimed = replace(turn.scope, identity=Identity.CLAIMED)
    async with turn.database.transaction(ACME) as db:
        with pytest.raises(NeedsVerification):
            await lookup_customer.body(db, claimed)


async def test_the_history_tells_what_happened_but_not_what_we_think_of_them(turn: Turn) -> None:
    outcome = await turn.ask("get_customer_history", limit=1)
    assert outcome.result == {
        "first_contact": outcome.result["first_contact"],
        "total_spend": "120.00",
        "sessions": [
            {
                "closed_at": outcome.result["sessions"][0]["closed_at"],
                "topic": "order_status",
                "resolution": "resolved",
                "handed_over": False,
            }
        ],
    }
    assert outcome.result["first_contact"].startswith("2025-05-01")
    assert outcome.result["sessions"][0]["closed_at"].startswith("2025-05-09")


async def test_a_customer_without_sessions_has_an_empty_history(begin: Begin) -> None:
    bea = await begin(customer_id=2)
    outcome = await bea.ask("get_customer_history")
    assert outcome.result == {"first_contact": None, "total_spend": None, "sessions": []}
    card = await bea.ask("lookup_customer")
    assert (card.result["plan"], card.result["loyalty_tier"]) == (None, None)


async def address_of(db: Connection, customer_id: int) -> str:
    return (await customers.get_customer(db, ACME, customer_id)).email


@OPEN_AND_SEALED
async def test_a_verified_customer_changes_their_address(turn: Turn) -> None:
    outcome = await turn.ask("update_customer_email", new_email="  ann@new.test ")
    assert outcome.result == {"email": "ann@new.test"}
    async with turn.database.transaction(ACME) as db:
        assert await address_of(db, ANN) == "ann@new.test"
    (write,) = await turn.writes()
    assert (write["before"], write["after"]) == (
        {"email": "Ann@acme.test"},
        {"email": "ann@new.test"},
    )


@OPEN_AND_SEALED
async def test_the_old_address_is_told_of_the_new_one_once(turn: Turn) -> None:
    for _ in range(2):
        await turn.ask("update_customer_email", new_email="ann@new.test", key="k")
    (notice,) = await turn.rows("SELECT * FROM outbox")
    assert (notice["channel"], notice["recipient"]) == ("email", "Ann@acme.test")
    assert notice["conversation_id"] == turn.scope.conversation_id
    assert "your account with Acme was changed to a…@new.test" in notice["content"]


@OPEN_AND_SEALED
async def test_the_address_that_it_is_already_changes_nothing_and_tells_nobody(turn: Turn) -> None:
    outcome = await turn.ask("update_customer_email", new_email="ANN@acme.test")
    assert outcome.refused == "conflict"
    assert await turn.rows("SELECT * FROM outbox") == []


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("Please take Ann@New.test, thanks", None),
        ("please change my address", "invalid"),
        ("my friend is joann@new.test", "invalid"),
        ("it is ann@new.test.example", "invalid"),
        ("", "invalid"),
    ],
)
async def test_a_model_may_only_set_an_address_that_the_customer_has_written(
    turn: Turn, said: str, refused: str | None
) -> None:
    outcome = await replace(turn, said=said).ask("update_customer_email", new_email="ann@new.test")
    assert outcome.refused == refused
    if refused:
        assert outcome.result.startswith("new_email: the customer has not written this")
        assert await turn.writes() == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "ann@new",
        "ann@@new.test",
        "a b@new.test",
        "<ann@new.test>",
        "a@b.c",
        "@new.test",
        "x" * 65 + "@new.test",
        "ann@" + "x" * 250 + ".test",
        "ann@new.test,bea@new.test",
        "ann@new.test\nBcc: all@new.test",
        "a\x00@b.cd",
        "\ud800@new.test",
    ],
)
async def test_what_is_no_address_is_refused_and_not_repeated(
    unplugged: Turn, address: str
) -> None:
    outcome = await unplugged.ask("update_customer_email", new_email=address)
    assert outcome.refused == "invalid"
    assert outcome.result.startswith("new_email: ")
    assert not address or address not in outcome.result


@OPEN_AND_SEALED
async def test_a_taken_address_is_a_conflict_that_tells_nothing(turn: Turn) -> None:
    outcome = await turn.ask("update_customer_email", new_email="BEA@acme.test")
    assert outcome.refused == "conflict"
    assert outcome.result == "this e-mail address cannot be used; ask for another one"
    assert await turn.writes() == []


@OPEN_AND_SEALED
async def test_another_tenants_customer_does_not_take_an_address(turn: Turn) -> None:
    outcome = await turn.ask("update_customer_email", new_email="gil@globex.test")
    assert outcome.refused is None
