-- What log lines have in common, and how many there were of each kind by the hour.

-- +goose Up

CREATE TABLE pattern (
    id         TEXT COLLATE "C" PRIMARY KEY,         -- of source, service and birth
    source     TEXT COLLATE "C" NOT NULL,            -- names: lines outlive what they name
    service    TEXT COLLATE "C" NOT NULL,            -- '' for none
    number     BIGINT NOT NULL,                      -- in the order of birth
    birth      TEXT NOT NULL,
    template   TEXT NOT NULL,
    example    TEXT NOT NULL,
    level      TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL
);
CREATE INDEX pattern_source ON pattern (source, service);
CREATE INDEX pattern_service ON pattern (service);
CREATE INDEX pattern_last_seen ON pattern (last_seen);

CREATE TABLE pattern_hour (
    pattern   TEXT COLLATE "C" NOT NULL REFERENCES pattern (id) ON DELETE CASCADE,
    hour      BIGINT NOT NULL,                       -- of the lines' own instants, UTC
    lines     BIGINT NOT NULL,
    estimated BOOLEAN NOT NULL,                      -- whether only some of the lines were looked at
    PRIMARY KEY (pattern, hour)
);
CREATE INDEX pattern_hour_hour ON pattern_hour (hour);

-- Up to where each node's spool has been read.
CREATE TABLE pattern_cursor (
    spool    TEXT COLLATE "C" PRIMARY KEY,
    position BIGINT NOT NULL,
    changed  BIGINT NOT NULL
);

-- What log rules have seen of patterns, and the line with which each began.
CREATE TABLE pattern_known (
    id         TEXT COLLATE "C" PRIMARY KEY,
    source     TEXT COLLATE "C" NOT NULL,
    service    TEXT COLLATE "C" NOT NULL,
    number     BIGINT NOT NULL,
    birth      TEXT NOT NULL,
    template   TEXT NOT NULL,
    mark       TEXT COLLATE "C" NOT NULL,            -- '' where it was known before
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL
);
CREATE INDEX pattern_known_last_seen ON pattern_known (last_seen);
