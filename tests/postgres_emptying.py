"""Makes a used database of a test as if it were new, where its tables are still those that it was made with."""

import asyncpg

# What the server itself came with has ids below 16384:
# https://www.postgresql.org/docs/15/system-catalog-initial-data.html#SYSTEM-CATALOG-OID-ASSIGNMENT
_SHAPE = """
SELECT concat_ws(' / ',
    (SELECT string_agg(concat_ws(' ', oid, relname, relkind, reloptions), ',' ORDER BY oid)
        FROM pg_class WHERE oid >= 16384),
    (SELECT string_agg(concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull, attcollation), ','
        ORDER BY attrelid, attnum) FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT string_agg(concat_ws(' ', oid, conname, convalidated), ',' ORDER BY oid) FROM pg_constraint
        WHERE oid >= 16384),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_attrdef),
    (SELECT string_agg(concat(oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_type WHERE oid >= 16384),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE oid >= 16384),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_namespace WHERE oid >= 16384),
    (SELECT string_agg(version_num, ',') FROM alembic_version)
)
"""

# A table that was never written to has no page: only the others are emptied, which takes a tenth of the time.
_WRITTEN = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    AND relname <> 'alembic_version'
"""
_COUNTED = "SELECT schemaname || '.' || sequencename FROM pg_sequences WHERE last_value IS NOT NULL"


async def shape(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """All that is no row of a table: equal for two clones of one template as long as nobody changes a table."""
    try:
        return str(await connection.fetchval(_SHAPE))
    except asyncpg.UndefinedTableError:
        return "there is no revision"


async def empty(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """No row is left, and what is counted begins with 1 again."""
    if written := [row[0] for row in await connection.fetch(_WRITTEN)]:
        await connection.execute(f"TRUNCATE {', '.join(written)} RESTART IDENTITY CASCADE")
    for row in await connection.fetch(_COUNTED):  # counted without a row, by what was rolled back
        await connection.execute(f"ALTER SEQUENCE {row[0]} RESTART")
