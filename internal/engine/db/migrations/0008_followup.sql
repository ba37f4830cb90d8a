-- Follow-ups: what somebody promised to do later, and by when.

-- +goose Up

CREATE TABLE followup (
    id          TEXT COLLATE "C" PRIMARY KEY,
    title       TEXT NOT NULL,
    note        TEXT NOT NULL,
    owner       TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    due         BIGINT NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,       -- open done dropped
    record_kind TEXT COLLATE "C" NOT NULL,       -- what it came from, '' when nothing
    record_id   TEXT COLLATE "C" NOT NULL,
    created     BIGINT NOT NULL,
    finished    BIGINT                           -- when it was done or dropped
);
CREATE INDEX followup_due ON followup (due, id);
CREATE INDEX followup_owner ON followup (owner, state, due);
CREATE INDEX followup_record ON followup (record_kind, record_id, due);
