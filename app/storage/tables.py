"""The tables. Money is whole picodollars (1e-12 USD), so that databases add it exactly; times are UTC.

What has a shape of its own (strategies, reports) is kept as the JSON text that it was written as: no database gets to
round a number in it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.storage.columns import OutsideId, OutsideName, OutsideText, Usd, UtcDateTime, WireName
from app.vocabulary import Wire

metadata = MetaData()

_COUNTER = String(500).with_variant(String(200), "sqlite")
"""The key of a counter. SQLite checks no length, and could not change a column that is there."""
_STILL_OPEN = text("status = 'open'")

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", String(40), primary_key=True),
    Column("process_id", String(40), nullable=False),
    Column("operation_id", String(40), nullable=False),
    Column("service", String(64), nullable=False),
    Column("operation", String(64), nullable=False),
    Column("caller_id", String(128), nullable=False),
    Column("requested_model_id", String(128)),
    Column("model_id", String(128), nullable=False),
    Column("streamed", Boolean, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("worst_tokens", BigInteger, nullable=False),
    Column("worst_usd", Usd),
    Column("status", String(16), nullable=False),
    Column("settled_at", UtcDateTime),
    Column("latency_ms", Float),
    Column("upstream_id", OutsideId),
    Column("answered_as", OutsideId),
    Column("service_tier", OutsideId(32)),
    Column("input_uncached", BigInteger),
    Column("input_cached", BigInteger),
    Column("cache_write", BigInteger),
    Column("output_visible", BigInteger),
    Column("output_reasoning", BigInteger),
    Column("cost_usd", Usd),
    Column("cost_low_usd", Usd),
    Column("cost_high_usd", Usd),
    Column("price_id", String(160)),
    Column("upstream_status", Integer),
    Column("upstream_request_id", OutsideId),
    Column("error", String(64)),
    Column("upstream", String(255)),
    Column("wire", WireName, nullable=False, server_default=Wire.CHAT_COMPLETIONS.value),
    Column("counts_worst", Boolean),
    Column("cache_write_12h", BigInteger),
    Column("cache_read_saved_usd", Usd),
    Column("cache_write_extra_usd", Usd),
    Index("attempts_by_time", "opened_at"),
    Index("attempts_left_open", "process_id", sqlite_where=_STILL_OPEN, postgresql_where=_STILL_OPEN),
)

attempt_resolutions = Table(
    "attempt_resolutions",
    metadata,
    Column("attempt_id", String(40), primary_key=True),
    Column("cost_usd", Usd),
    Column("note", OutsideText, nullable=False),
    Column("resolved_by", OutsideText, nullable=False),
    Column("resolved_at", UtcDateTime, nullable=False),
    Column("was_status", String(16), nullable=False),
    Column("was_cost_usd", Usd),
    Column("was_cost_low_usd", Usd),
    Column("was_cost_high_usd", Usd),
)
"""What people settled that was not known, and what the row said before (`was_`); rows are added and never changed.
`cost_usd` NULL: it was not billed.
"""

chat_sessions = Table(
    "chat_sessions",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

chat_turns = Table(
    "chat_turns",
    metadata,
    Column("turn_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("session_id", ForeignKey("chat_sessions.session_id", ondelete="CASCADE"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", OutsideText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("chat_turns_by_session", "session_id", "turn_id"),
)


strategy_builds = Table(
    "strategy_builds",
    metadata,
    Column("build_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("operation_id", String(40), nullable=False),
    Column("intent", String(32), nullable=False),
    Column("query", Text, nullable=False),
    Column("assumptions", Text, nullable=False),
    Column("built", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("approved", Text),
    Column("strategy_id", String(40)),
    Index("strategy_builds_by_owner", "owner_id", "build_id"),
)

strategies = Table(
    "strategies",
    metadata,
    Column("strategy_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("build_id", String(40), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("build_id", name="strategies_one_per_build"),
    Index("strategies_by_owner", "owner_id", "strategy_id"),
)

_BACKTEST_UNDER_WAY = text("status IN ('queued', 'running')")

backtests = Table(
    "backtests",
    metadata,
    Column("backtest_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("strategy_id", String(40)),
    Column("strategy_version", Integer),
    Column("symbol", String(32), nullable=False),
    Column("start_date", Date),
    Column("end_date", Date),
    Column("config", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("process_id", String(40)),
    Column("runs", Integer, nullable=False),
    Column("failure", Text),
    Column("summary", LargeBinary),
    Index("backtests_by_owner", "owner_id", "backtest_id"),
    Index(
        "backtests_under_way",
        "status",
        "backtest_id",
        sqlite_where=_BACKTEST_UNDER_WAY,
        postgresql_where=_BACKTEST_UNDER_WAY,
    ),
)

backtest_details = Table(
    "backtest_details",
    metadata,
    Column("backtest_id", ForeignKey("backtests.backtest_id", ondelete="CASCADE"), primary_key=True),
    Column("trades", LargeBinary, nullable=False),
    Column("curves", LargeBinary, nullable=False),
)
"""Apart from the backtests: a list of them need not read what is long."""


narrative_reports = Table(
    "narrative_reports",
    metadata,
    Column("report_id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("backtest_id", String(40)),
    Column("language", String(2), nullable=False),
    Column("detail", String(16), nullable=False),
    Column("title", OutsideText, nullable=False),
    Column("strategy_name", OutsideName(80), nullable=False),
    Column("recommendation", String(16), nullable=False),
    Column("report", Text, nullable=False),
    Column("fact_check", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("narrative_reports_by_owner", "owner_id", "report_id"),
)
"""`backtest_id` refers to a backtest that may be gone: the report stays. What a list shows stands in columns: to read
fifty whole reports holds up everybody else.
"""

_ORDER_UNDER_WAY = text("status IN ('waiting', 'writing')")

report_orders = Table(
    "report_orders",
    metadata,
    Column("backtest_id", ForeignKey("backtests.backtest_id", ondelete="CASCADE"), primary_key=True),
    Column("owner_id", String(128), nullable=False),
    Column("report_id", String(40), nullable=False),
    Column("language", String(2), nullable=False),
    Column("detail", String(16), nullable=False),
    Column("model_id", String(128)),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("process_id", String(40)),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("failure", Text),
    Index(
        "report_orders_under_way",
        "status",
        "backtest_id",
        sqlite_where=_ORDER_UNDER_WAY,
        postgresql_where=_ORDER_UNDER_WAY,
    ),
)
"""An order goes with its backtest: it could not be written any more."""


kept_answers = Table(
    "kept_answers",
    metadata,
    Column("caller_id", String(128), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("token", String(32), nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("leased_until", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("content_type", String(128)),
    Column("body", LargeBinary),
    Column("location", String(255)),
    Index("kept_answers_by_expiry", "expires_at"),
)


budget_counters = Table(
    "budget_counters",
    metadata,
    Column("counter", _COUNTER, primary_key=True),
    Column("spent_usd", Usd, nullable=False),
    Column("reserved_usd", Usd, nullable=False),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("reserved_tokens", BigInteger, nullable=False),
)

budget_alerts = Table(
    "budget_alerts",
    metadata,
    Column("alert_id", String(40), primary_key=True),
    Column("budget", String(64), nullable=False),
    Column("counter", _COUNTER, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("limit_usd", Usd),
    Column("spent_usd", Usd, nullable=False),
    Column("limit_tokens", BigInteger),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("resets_at", UtcDateTime, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    UniqueConstraint("budget", "counter", "percent", name="budget_alerts_once"),
    Index("budget_alerts_due", "next_try_at"),
)
