-- Holes in rosters that somebody has been told of, so that nobody is told twice.

-- +goose Up

ALTER TABLE roster ADD COLUMN looked BIGINT; -- up to when holes have been looked for, NULL when never

CREATE TABLE roster_gap (
    roster  TEXT COLLATE "C" NOT NULL REFERENCES roster (id) ON DELETE CASCADE,
    starts  BIGINT NOT NULL,
    ends    BIGINT,                    -- NULL when no end is in sight
    state   TEXT COLLATE "C" NOT NULL, -- gap fallback
    pattern TEXT COLLATE "C" NOT NULL, -- the same for holes that repeat, such as every night
    PRIMARY KEY (roster, starts)
);
