"""How the ledger is written so fast that no call waits for it. Whoever adds a store of another kind need not read on:
stores write through `app.storage.database.Transactions`, and nothing in here.

**What has to hold.** Before a request leaves, its row is written and its worst case is reserved in six counters, in one
transaction, and every hard budget has room. When its answer has come, the row is closed and the reservation becomes
what it cost. Both survive a killed process, and both happen whoever stops waiting. Each attempt pays for two such
transactions, so they go to the driver without SQLAlchemy's way of building and running a statement.

**The way of a write.**

    SqlUsageLedger.open(attempt)      usage_ledger.py   the port `UsageLedger`; what happens if it cannot be written
      LedgerSteps.open                steps.py          which statements, in which order; knows no driver
        LedgerStatements              statements.py     the statements, compiled once for the driver
      Writer.write(Work)              write_queue.py    a piece of writing, and the queue in which it waits
        SqliteWriter                  sqlite_writer.py  drives the steps on the event loop; syncs the log beside it
        PostgresWriter                postgres_writer.py   drives them over a connection that is kept
          PostgresConnection          postgres_connection.py   that one, and one which sees to the server's disk
      Journal.append                  journal.py        where the database cannot be had: a local file, replayed later

**Three decisions.** The steps are generators that yield statements and are sent what came of them: one algorithm, two
drivers, no driver in it. What waits while one group is being committed shares the next transaction. No write waits for
the disk: a commit survives the process at once, and a power loss a moment later, when the disk has been seen to beside
the call.

**Reading** goes the common way (queries.py), and so does delivering the alerts that the steps have written down.

**What dies with a process** is closed by those that live: `SqlUsageLedger.recover`, called at each start and in each
round of `app.storage.opening.Upkeep`. Which processes live, `app.storage.processes` says.

To put the ledger on another store: `docs/ledger_adapter.md`, and the contract tests in `tests/contracts/`.
"""
