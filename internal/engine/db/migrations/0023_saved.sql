-- Saved searches, their reports, and dashboards.

-- +goose Up

CREATE TABLE saved (
    id      TEXT COLLATE "C" PRIMARY KEY,
    kind    TEXT COLLATE "C" NOT NULL,                -- saved-search dashboard
    name    TEXT COLLATE "C" NOT NULL,
    spec    TEXT NOT NULL,                            -- JSON
    owner   TEXT COLLATE "C" REFERENCES app_user (id),
    private BOOLEAN NOT NULL,
    uses    BIGINT NOT NULL,                          -- how often it was opened
    used    BIGINT,                                   -- last time
    stopped TEXT NOT NULL,                            -- why its report is not made any more, '' while it is
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    UNIQUE (kind, name)
);
CREATE INDEX saved_owner ON saved (owner);

-- A slot of a schedule, from the instant at which it is due.
CREATE TABLE saved_run (
    search       TEXT COLLATE "C" NOT NULL REFERENCES saved (id) ON DELETE CASCADE,
    slot         BIGINT NOT NULL,
    since        BIGINT NOT NULL,                     -- where the time that it reports begins
    missed       BIGINT NOT NULL,                     -- slots before it that nobody reported
    state        TEXT COLLATE "C" NOT NULL,           -- due sent empty failed stopped
    attempts     BIGINT NOT NULL,
    next_attempt BIGINT,
    give_up      BIGINT NOT NULL,
    trouble      TEXT NOT NULL,                       -- of the last attempt, '' for none
    finished     BIGINT,
    PRIMARY KEY (search, slot)
);
CREATE INDEX saved_run_due ON saved_run (next_attempt) WHERE state = 'due';
