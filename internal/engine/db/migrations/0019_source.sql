-- Who sends log lines, and how much.

-- +goose Up

CREATE TABLE source (
    id          TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL UNIQUE,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    service     TEXT COLLATE "C" REFERENCES service (id),
    component   TEXT COLLATE "C" REFERENCES component (id),
    environment TEXT COLLATE "C" NOT NULL,            -- name, '' for none
    spec        TEXT NOT NULL,                        -- JSON: extraction, masks, addresses
    daily_limit BIGINT NOT NULL,                      -- bytes per UTC day, 0 for none
    priority    TEXT COLLATE "C" NOT NULL,            -- high normal low
    version     BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL
);
CREATE INDEX source_service ON source (service);
CREATE INDEX source_component ON source (component);

CREATE TABLE source_key (
    id      TEXT COLLATE "C" PRIMARY KEY,
    source  TEXT COLLATE "C" NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    label   TEXT NOT NULL,
    hash    TEXT COLLATE "C" NOT NULL UNIQUE,
    hint    TEXT COLLATE "C" NOT NULL,
    creator TEXT NOT NULL,
    created BIGINT NOT NULL,
    used    BIGINT,
    revoked BIGINT
);
CREATE INDEX source_key_source ON source_key (source);

-- What a source sent, by the hour in which it arrived (UTC).
CREATE TABLE source_hour (
    source    TEXT COLLATE "C" NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    hour      BIGINT NOT NULL,
    lines     BIGINT NOT NULL,
    bytes     BIGINT NOT NULL,
    unparsed  BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    refused   BIGINT NOT NULL,                        -- requests that the daily limit kept out
    PRIMARY KEY (source, hour)
);
