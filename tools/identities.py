"""Whose records are whose: joining two customers, undoing it, forgetting somebody."""

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from checkpoints.erase import erase_threads
from data import customers, forgetting, merges, profiles
from data.db import Connection
from data.errors import Conflict, Invalid
from data.merges import Merge
from data.profiles import Profile
from data.records import plain
from data.scope import Scope
from tools.operation import Change, Effect, operation
from tools.profiles import joined

BUSY = "a message of theirs is being answered; try again in a few seconds"


@operation(Effect.WRITE, reads=("customers",), writes=("customers.merged_into",))
async def merge_customers(db: Connection, scope: Scope, customer_id: int, merged_id: int) -> Change:
    """Make one customer of two: everything of the second becomes the first's.

    Whoever comes as the second, with a token or by number, is the first from then on.

    Raises:
        NotFound: one of them is missing.
        Invalid: they are the same.
        Conflict: one of them was merged into somebody, or is being answered right now.
    """
    await customers.get_customer(db, scope.tenant, customer_id)  # the one of the address first
    if customer_id == merged_id:
        raise Invalid("customer_id", "is the customer it would be merged into")
    for number in sorted((customer_id, merged_id)):
        standing = await merges.lock_standing(db, scope.tenant, number)
        if standing.merged_into is not None:
            raise Conflict(f"customer {number} was merged into {standing.merged_into}")
    if not await merges.lock_conversations(db, scope.tenant, [customer_id, merged_id]):
        raise Conflict(BUSY)
    own = await profiles.find_profile(db, scope.tenant, customer_id)
    other = await profiles.find_profile(db, scope.tenant, merged_id)
    if other is not None:
        both = joined(own, other) if own else replace(other, customer_id=customer_id)
        await profiles.save_profile(db, scope.tenant, both)
    before = plain(own) if own else None
    merge = await merges.add_merge(db, scope.tenant, customer_id, merged_id, before)
    return Change(None, _outcome(merge), customer_id)


@operation(Effect.WRITE, reads=("customers",), writes=("customers.merged_into",))
async def unmerge_customers(
    db: Connection, scope: Scope, customer_id: int, merged_id: int
) -> Change:
    """Undo a merge: exactly what it moved goes back; what came since stays where it is.

    Raises:
        NotFound: one of them is missing.
        Conflict: they are not merged; a later merge is to be undone first; or one of them is
            being answered right now.
    """
    await customers.get_customer(db, scope.tenant, customer_id)  # the one of the address first
    for number in sorted((customer_id, merged_id)):
        standing = await merges.lock_standing(db, scope.tenant, number)
        if number == customer_id and standing.merged_into is not None:
            raise Conflict(f"customer {number} was merged into {standing.merged_into}: undo that")
    undone = await merges.open_merges(db, scope.tenant, customer_id)
    if merged_id not in {merge.merged_id for merge in undone}:
        raise Conflict(f"customer {merged_id} is not merged into {customer_id}")
    latest = undone[0]
    if latest.merged_id != merged_id:
        raise Conflict(f"customer {latest.merged_id} was merged later: undo that merge first")
    if not await merges.lock_conversations(db, scope.tenant, [customer_id, merged_id]):
        raise Conflict(BUSY)
    if await profiles.find_profile(db, scope.tenant, merged_id):
        await _restore_profile(db, scope.tenant, latest)
    await merges.undo_merge(db, scope.tenant, latest)
    return Change(None, _outcome(latest), customer_id)


@operation(Effect.WRITE, reads=("customers",), writes=("customers.forgotten_at",))
async def forget_customer(db: Connection, scope: Scope, customer_id: int) -> Change:
    """Forget a person and all that was said. There is no way back.

    What the books and figures need stays without them: see `data/forgetting.py`.

    Raises:
        NotFound: there is no such customer, or they are forgotten already.
        Conflict: they were merged into somebody, or are being answered right now.
    """
    standing = await merges.lock_standing(db, scope.tenant, customer_id)
    if standing.merged_into is not None:
        raise Conflict(
            f"customer {customer_id} was merged into {standing.merged_into}: forget that one,"
            " or undo the merge first"
        )
    everybody = await merges.merged_with(db, scope.tenant, customer_id)
    if not await merges.lock_conversations(db, scope.tenant, everybody):
        raise Conflict(BUSY)
    person = await forgetting.find_person(db, scope.tenant, everybody)
    erased = await forgetting.forget(db, scope.tenant, person)
    threads = await erase_threads(db, scope.tenant, person.conversations)
    if threads:
        erased["checkpoints"] = threads
    return Change(None, {"customer_id": customer_id, "erased": erased})


def _outcome(merge: Merge) -> dict[str, Any]:
    return {
        "customer_id": merge.survivor_id,
        "merged_customer_id": merge.merged_id,
        "moved": merge.counts,
    }


async def _restore_profile(db: Connection, tenant: str, merge: Merge) -> None:
    if merge.profile is None:
        await profiles.delete_profile(db, tenant, merge.survivor_id)
    else:
        before = TypeAdapter(Profile).validate_python(merge.profile)
        await profiles.save_profile(db, tenant, before)
