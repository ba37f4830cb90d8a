-- What is noticed in log lines as they arrive.

-- +goose Up

CREATE TABLE rule (
    id        TEXT COLLATE "C" PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL UNIQUE,
    spec      TEXT NOT NULL,                          -- JSON
    disabled  BOOLEAN NOT NULL,
    service   TEXT COLLATE "C" REFERENCES service (id),
    component TEXT COLLATE "C" REFERENCES component (id),
    hours     TEXT COLLATE "C" NOT NULL,              -- name of a calendar, '' for none
    sees      TEXT NOT NULL,                          -- JSON: the lines that its writer might read
    given     BOOLEAN NOT NULL,                       -- came with the installation
    version   BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    changed   BIGINT NOT NULL
);
CREATE INDEX rule_service ON rule (service);
CREATE INDEX rule_component ON rule (component);

-- One row. Its version grows with every change of any rule, so that who evaluates them notices.
CREATE TABLE rule_set (
    one     BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    given   BOOLEAN NOT NULL                          -- the first rules have been made
);
INSERT INTO rule_set (one, version, given) VALUES (1, 1, FALSE);

-- How far the rules have got in each spool, and when that was last known (wall time).
CREATE TABLE rule_spool (
    spool  TEXT COLLATE "C" PRIMARY KEY,
    cursor BIGINT NOT NULL,
    at     BIGINT NOT NULL
);

-- Where in a spool the lines begin that an enabled rule is shown.
CREATE TABLE rule_from (
    rule   TEXT COLLATE "C" NOT NULL REFERENCES rule (id) ON DELETE CASCADE,
    spool  TEXT COLLATE "C" NOT NULL,
    cursor BIGINT NOT NULL,
    PRIMARY KEY (rule, spool)
);

-- Windows and what fires, as of the cursor of the spool.
CREATE TABLE rule_state (
    rule    TEXT COLLATE "C" NOT NULL REFERENCES rule (id) ON DELETE CASCADE,
    spool   TEXT COLLATE "C" NOT NULL,
    essence TEXT COLLATE "C" NOT NULL,                -- of the rule that the state belongs to
    seen    BIGINT,                                   -- when a line that it waits for last arrived
    active  BIGINT NOT NULL,                          -- groups that fire
    groups  BIGINT NOT NULL,                          -- groups that are followed
    dropped BIGINT NOT NULL,                          -- groups that were given up for room
    state   TEXT NOT NULL,                            -- JSON
    PRIMARY KEY (rule, spool)
);

CREATE TABLE rule_day (
    rule    TEXT COLLATE "C" NOT NULL REFERENCES rule (id) ON DELETE CASCADE,
    day     BIGINT NOT NULL,                          -- UTC, wall time
    matches BIGINT NOT NULL,
    fired   BIGINT NOT NULL,
    PRIMARY KEY (rule, day)
);

CREATE TABLE rule_health (
    rule    TEXT COLLATE "C" PRIMARY KEY REFERENCES rule (id) ON DELETE CASCADE,
    fired   BIGINT,                                   -- last time, wall time
    broken  TEXT NOT NULL,                            -- why it cannot be used, '' when it can
    skipped BIGINT NOT NULL,                          -- lines that could not be judged
    trouble TEXT NOT NULL                             -- what the last of them did
);
