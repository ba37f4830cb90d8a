-- Alerts: one row per firing of one condition, from first firing to resolved.

-- +goose Up

CREATE TABLE alert (
    id          TEXT COLLATE "C" PRIMARY KEY,
    fingerprint TEXT COLLATE "C" NOT NULL,   -- SHA-256 of the sorted labels
    service     TEXT COLLATE "C" NOT NULL REFERENCES service (id),
    component   TEXT COLLATE "C" NOT NULL,   -- id, '' when none is known
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    severity    BIGINT NOT NULL,
    labels      TEXT NOT NULL,               -- JSON object
    annotations TEXT NOT NULL,               -- JSON object
    link        TEXT NOT NULL,               -- where the sender explains it
    state       TEXT COLLATE "C" NOT NULL,   -- firing stale resolved
    starts      BIGINT NOT NULL,
    ends        BIGINT,                      -- when it resolved
    received    BIGINT NOT NULL,             -- last time the sender said it fires
    count       BIGINT NOT NULL,             -- how often it said so
    incident    TEXT COLLATE "C" NOT NULL,
    verdict     TEXT COLLATE "C" NOT NULL DEFAULT '', -- useful noise wrong
    created     BIGINT NOT NULL
);
CREATE UNIQUE INDEX alert_active ON alert (fingerprint) WHERE state <> 'resolved';
CREATE INDEX alert_incident ON alert (incident);
CREATE INDEX alert_state ON alert (state, severity);
CREATE INDEX alert_service ON alert (service, state);

-- What a sender sent and we could not take, kept whole (up to a limit) for people to see.
CREATE TABLE alert_quarantine (
    id       TEXT COLLATE "C" PRIMARY KEY,
    at       BIGINT NOT NULL,
    sender   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    body     TEXT NOT NULL
);
