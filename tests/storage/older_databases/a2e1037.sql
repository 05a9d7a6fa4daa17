-- The tables as version a2e1037 made them.
CREATE TABLE attempts (
    attempt_id VARCHAR(40) NOT NULL,
    operation_id VARCHAR(40) NOT NULL,
    service VARCHAR(64) NOT NULL,
    operation VARCHAR(64) NOT NULL,
    caller_id VARCHAR(128) NOT NULL,
    requested_model_id VARCHAR(128),
    model_id VARCHAR(128) NOT NULL,
    streamed BOOLEAN NOT NULL,
    opened_at DATETIME NOT NULL,
    opened_on DATE NOT NULL,
    status VARCHAR(16) NOT NULL,
    settled_at DATETIME,
    latency_ms FLOAT,
    upstream_id VARCHAR(128),
    answered_as VARCHAR(128),
    service_tier VARCHAR(32),
    input_uncached BIGINT,
    input_cached BIGINT,
    cache_write BIGINT,
    output_visible BIGINT,
    output_reasoning BIGINT,
    cost_usd BIGINT,
    price_id VARCHAR(160),
    upstream_status INTEGER,
    upstream_request_id VARCHAR(128),
    error VARCHAR(64),
    PRIMARY KEY (attempt_id)
);
CREATE INDEX attempts_by_operation ON attempts (operation_id);
CREATE INDEX attempts_by_time ON attempts (opened_at);
CREATE TABLE chat_sessions (
    session_id VARCHAR(40) NOT NULL,
    owner_id VARCHAR(128) NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    PRIMARY KEY (session_id)
);
CREATE TABLE chat_turns (
    turn_id INTEGER NOT NULL,
    session_id VARCHAR(40) NOT NULL,
    role VARCHAR(16) NOT NULL,
    text TEXT NOT NULL,
    at DATETIME NOT NULL,
    PRIMARY KEY (turn_id),
    FOREIGN KEY(session_id) REFERENCES chat_sessions (session_id) ON DELETE CASCADE
);
CREATE INDEX chat_turns_by_session ON chat_turns (session_id, turn_id);

INSERT INTO attempts VALUES
    ('att_1', 'op_1', 'strategy_builder', 'build_strategy', 'alice', NULL, 'gpt-4o-mini', 0,
     '2026-11-23 12:00:00.000000', '2026-11-23', 'measured', '2026-11-23 12:00:01.000000', 812.5, 'chatcmpl-1',
     'gpt-4o-mini-2024-07-18', 'default', 700, 250, 50, 150, 50, 251250000, 'gpt-4o-mini@2024-07-18', 200, 'req_1', NULL),
    ('att_2', 'op_2', 'strategy_builder', 'build_strategy', 'alice', NULL, 'gpt-4o-mini', 0,
     '2026-11-23 12:01:00.000000', '2026-11-23', 'measured', '2026-11-23 12:01:01.000000', 812.5, 'chatcmpl-1',
     'gpt-4o-mini-2024-07-18', 'default', 700, 250, 50, 150, 50, 251250000, 'gpt-4o-mini@2024-07-18', 200, 'req_2', NULL),
    ('att_3', 'op_3', 'strategy_builder', 'build_strategy', 'alice', NULL, 'gpt-4o-mini', 0,
     '2026-11-23 12:02:00.000000', '2026-11-23', 'open', NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
