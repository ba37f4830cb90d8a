-- What is looked at again and again, from the server or by agents.

-- +goose Up

CREATE TABLE check_spec (
    id        TEXT COLLATE "C" PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL UNIQUE,
    spec      TEXT NOT NULL,                          -- JSON, its secrets encrypted
    disabled  BOOLEAN NOT NULL,
    service   TEXT COLLATE "C" REFERENCES service (id),
    component TEXT COLLATE "C" REFERENCES component (id),
    hours     TEXT COLLATE "C" NOT NULL,              -- name of a calendar, '' for none
    version   BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    changed   BIGINT NOT NULL
);
CREATE INDEX check_spec_service ON check_spec (service);
CREATE INDEX check_spec_component ON check_spec (component);

-- One row. Its version grows with every change of any check, so that who makes them notices.
CREATE TABLE check_set (
    one     BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO check_set (one, version) VALUES (1, 1);

-- How it stands with a check, all locations together.
CREATE TABLE check_state (
    check_id TEXT COLLATE "C" PRIMARY KEY REFERENCES check_spec (id) ON DELETE CASCADE,
    state    TEXT COLLATE "C" NOT NULL,
    message  TEXT NOT NULL,
    since    BIGINT NOT NULL,
    alert    TEXT NOT NULL,                           -- JSON: what its open alert is called; '' for none
    told     BIGINT                                   -- when that alert was last said to fire
);

-- The state that counts of each location, and its last result, of which no more than a minute is lost.
CREATE TABLE check_place (
    check_id TEXT COLLATE "C" NOT NULL REFERENCES check_spec (id) ON DELETE CASCADE,
    place    TEXT COLLATE "C" NOT NULL,
    state    TEXT COLLATE "C" NOT NULL,
    since    BIGINT NOT NULL,                         -- wall time, as the next
    at       BIGINT,                                  -- of the last result; NULL while none has come
    result   TEXT NOT NULL,                           -- JSON
    PRIMARY KEY (check_id, place)
);

-- Hosts whose agents ask for checks (wall time).
CREATE TABLE check_agent (
    host   TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,                 -- name of the source whose key it has
    every  BIGINT NOT NULL,                           -- microseconds between two calls
    heard  BIGINT NOT NULL
);

-- Servers that make checks, and until when the others believe that (wall time).
CREATE TABLE check_node (
    node  TEXT COLLATE "C" PRIMARY KEY,
    until BIGINT NOT NULL
);

-- Jobs that call in.
CREATE TABLE check_beat (
    check_id  TEXT COLLATE "C" PRIMARY KEY REFERENCES check_spec (id) ON DELETE CASCADE,
    key_hash  TEXT COLLATE "C" NOT NULL UNIQUE,
    key_kept  TEXT NOT NULL,                          -- encrypted
    started   BIGINT,
    succeeded BIGINT,
    failed    BIGINT,
    waits     BIGINT,                                 -- by when it must call in
    missed    BIGINT                                  -- when it should have, and has not made up for it
);
