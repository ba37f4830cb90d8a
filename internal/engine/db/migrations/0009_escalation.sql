-- Escalation policies and the two clocks of every incident.

-- +goose Up

CREATE TABLE policy (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    spec    TEXT NOT NULL,            -- JSON
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

-- One row per subject (incident), as long as it exists.
CREATE TABLE escalation (
    subject          TEXT COLLATE "C" PRIMARY KEY,
    policy           TEXT COLLATE "C" NOT NULL,  -- name; '' is the built-in one
    response_state   TEXT COLLATE "C" NOT NULL,  -- running waiting done stopped
    response_round   BIGINT NOT NULL,            -- 0 is the first pass over the policy
    response_step    BIGINT NOT NULL,            -- index of the next step
    response_epoch   BIGINT NOT NULL,            -- grows when the clock starts again
    resolution_state TEXT COLLATE "C" NOT NULL,  -- running done stopped
    resolution_step  BIGINT NOT NULL,
    resolution_from  BIGINT NOT NULL,            -- detection
    resolution_epoch BIGINT NOT NULL
);

-- Whom a step called, and whether any channel reached them.
CREATE TABLE escalation_call (
    page    TEXT COLLATE "C" PRIMARY KEY,
    subject TEXT COLLATE "C" NOT NULL REFERENCES escalation (subject),
    step    TEXT COLLATE "C" NOT NULL,           -- clock, epoch, round and step
    person  TEXT COLLATE "C" NOT NULL,
    failed  BOOLEAN NOT NULL DEFAULT FALSE,
    at      BIGINT NOT NULL
);
CREATE INDEX escalation_call_step ON escalation_call (subject, step);
