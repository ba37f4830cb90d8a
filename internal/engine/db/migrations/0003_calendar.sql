-- Calendars: opening hours, holidays, half days.

-- +goose Up

CREATE TABLE calendar (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    spec    TEXT NOT NULL,   -- JSON, in canonical form
    version BIGINT NOT NULL, -- 1, 2, 3 …: who changes a calendar says which version they saw
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
