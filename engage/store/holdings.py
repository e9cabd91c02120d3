"""Everything that is held about one person, found by walking the schema: no table can be forgotten (S47).

A table has a person's key when it leads to `recipient`, or holds the digest of an address. What becomes of its rows
when the person asks to be forgotten is said here too; a test fails for a table that is not named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, or_, select

from engage.store.schema import address, metadata, recipient

KEYED_BY_DIGEST = "hmac"
# What `people forget` does. "number": the row names nobody, only a number from which nothing leads back to a person,
# and to which, for as long as the digest stays, only who proves the same address again.
WHEN_FORGOTTEN: Mapping[str, str] = {
    "recipient": "blanked: area and postcode go, the number stays",
    "address": "blanked: the address goes; its digest stays, until retention deletes it, to know who comes back",
    "signup": "deleted",
    "personal_feed": "deleted",
    "phone_code": "deleted",
    "complaint": "blanked: that there was one stays",
    "suppression": "kept: it is what keeps us from writing again",
    "consent": "number, until retention deletes it",
    "subscription": "number, until retention deletes it",
    "subscription_term": "number, until retention deletes it",
    "tip_told": "number, until retention deletes it",
    "delivery": "number: how many were told must come out",
    "attempt": "number, until retention deletes it",
    "inbox": "number, until retention deletes it",
}


def keyed() -> dict[str, list[Column[Any]]]:
    """Every table with a person's key: the columns that lead to the person, directly or by way of another table."""
    found: dict[str, list[Column[Any]]] = {recipient.name: [recipient.c.id]}
    for table in metadata.sorted_tables:
        leading = [key.parent for key in table.foreign_keys if key.column.table.name in found and _leads(key.parent)]
        by_digest = [c for c in table.columns if c.name == KEYED_BY_DIGEST and not leading]
        if table is not recipient and (leading or by_digest):
            found[table.name] = leading or by_digest
    return found


def _leads(column: Column[Any]) -> bool:
    """A delivery leads to its envelope too, which is the same person's."""
    return all(key.column.table is not column.table for key in column.foreign_keys)


def held(conn: Connection, recipient_id: int) -> dict[str, list[dict[str, Any]]]:
    """All rows about the person, by table; tables without any are left out."""
    columns = keyed()
    rows = {name: _rows(conn, name, columns, recipient_id) for name in columns}
    return {name: found for name, found in rows.items() if found}


def _rows(
    conn: Connection, name: str, columns: Mapping[str, list[Column[Any]]], recipient_id: int
) -> list[dict[str, Any]]:
    table = metadata.tables[name]
    statement = select(table).where(_mine(table, columns, recipient_id)).order_by(*table.primary_key)
    return [dict(row._mapping) for row in conn.execute(statement)]  # noqa: SLF001 - documented: a row as a mapping


def _mine(table: Table, columns: Mapping[str, list[Column[Any]]], recipient_id: int) -> ColumnElement[bool]:
    if table is recipient:
        return recipient.c.id == recipient_id
    return or_(*_ways(columns, table, recipient_id))


def _ways(columns: Mapping[str, list[Column[Any]]], table: Table, recipient_id: int) -> Iterator[ColumnElement[bool]]:
    for column in columns[table.name]:
        if column.name == KEYED_BY_DIGEST:
            mine = select(address.c.hmac).where(address.c.recipient_id == recipient_id)
            yield column.in_(mine)
        for key in column.foreign_keys:
            if key.column.table is recipient:
                yield column == recipient_id
            else:
                parent = key.column.table
                yield column.in_(select(key.column).where(_mine(parent, columns, recipient_id)))
