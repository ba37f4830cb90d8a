-- What every room stands on: numbers, events, timers, messages, leases, files.
-- One text for SQLite and PostgreSQL: instants are BIGINT microseconds UTC, NULL when not set.

-- +goose Up

-- Keys that people see (INC-1, …) on SQLite; PostgreSQL counts with sequences.
CREATE TABLE number (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);

-- One row per change of a record. seq is gapless within the record; position is gapless
-- over all, given after the commit by the sequencer, NULL until then.
CREATE TABLE event (
    id          TEXT COLLATE "C" PRIMARY KEY,
    position    BIGINT UNIQUE,
    record_kind TEXT COLLATE "C" NOT NULL,
    record_id   TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    actor_kind  TEXT COLLATE "C" NOT NULL,
    actor_id    TEXT COLLATE "C" NOT NULL,
    actor_name  TEXT NOT NULL,
    payload     TEXT,                        -- JSON; NULL after a person's data was erased
    salt        TEXT COLLATE "C" NOT NULL,   -- hex, erased together with the payload
    digest      TEXT COLLATE "C" NOT NULL,   -- hex SHA-256 of salt and payload, kept for good
    UNIQUE (record_kind, record_id, seq)
);
CREATE INDEX event_unplaced ON event (at, id) WHERE position IS NULL;

-- Other records that an event is about: it shows on their timelines too.
CREATE TABLE event_about (
    event_id    TEXT COLLATE "C" NOT NULL REFERENCES event (id),
    record_kind TEXT COLLATE "C" NOT NULL,
    record_id   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record_kind, record_id, event_id)
);

CREATE TABLE ledger_head (
    one      BIGINT PRIMARY KEY CHECK (one = 1),
    position BIGINT NOT NULL
);
INSERT INTO ledger_head (one, position) VALUES (1, 0);

-- A seal closes a range of positions with a hash that chains to the seal before.
CREATE TABLE seal (
    to_position   BIGINT PRIMARY KEY,
    from_position BIGINT NOT NULL,
    hash          TEXT COLLATE "C" NOT NULL,
    at            BIGINT NOT NULL
);

-- A promise to do something at an instant. One row per kind and subject.
CREATE TABLE timer (
    id          TEXT COLLATE "C" PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    due         BIGINT NOT NULL,
    first_due   BIGINT NOT NULL,             -- as promised, before any backing off
    payload     TEXT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    last_error  TEXT NOT NULL DEFAULT '',
    lease       TEXT COLLATE "C",            -- who runs it now
    lease_until BIGINT,
    created     BIGINT NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX timer_due ON timer (due);

-- A message to deliver. channel, address and person say where; record says what about.
CREATE TABLE message (
    id            TEXT COLLATE "C" PRIMARY KEY,
    dedup         TEXT COLLATE "C" NOT NULL UNIQUE,  -- idempotency key of whoever queued it
    channel       TEXT COLLATE "C" NOT NULL,
    address       TEXT NOT NULL,
    method        TEXT COLLATE "C" NOT NULL,         -- contact method, '' when there is none
    person        TEXT COLLATE "C" NOT NULL,         -- user, '' when there is none
    page          TEXT COLLATE "C" NOT NULL,         -- the page that it is a part of, '' when none
    priority      BIGINT NOT NULL,                   -- 0 first
    kind          TEXT COLLATE "C" NOT NULL,
    record_kind   TEXT COLLATE "C" NOT NULL,
    record_id     TEXT COLLATE "C" NOT NULL,
    content       TEXT NOT NULL,                     -- JSON
    state         TEXT COLLATE "C" NOT NULL,         -- queued sending sent failed replaced
    reason        TEXT NOT NULL DEFAULT '',          -- why failed or replaced, or the last error
    attempts      BIGINT NOT NULL DEFAULT 0,
    possible_repeat BOOLEAN NOT NULL DEFAULT FALSE,
    next_attempt  BIGINT,
    lease         TEXT COLLATE "C",
    lease_until   BIGINT,
    delivery      TEXT COLLATE "C" NOT NULL DEFAULT '', -- what left together has the same
    withdrawn     TEXT NOT NULL DEFAULT '',          -- why no longer needed, while it is being sent
    created       BIGINT NOT NULL,
    finished      BIGINT
);
CREATE INDEX message_next ON message (priority, next_attempt) WHERE state IN ('queued', 'sending');
CREATE INDEX message_record ON message (record_kind, record_id, created);
CREATE INDEX message_page ON message (page) WHERE page <> '';
CREATE INDEX message_sent ON message (address, finished) WHERE state = 'sent';
CREATE INDEX message_created ON message (created);

-- A name that one node at a time may hold.
CREATE TABLE lease (
    name   TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until  BIGINT NOT NULL
);

CREATE TABLE file (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT NOT NULL,
    type    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    sha256  TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL
);

-- What the installation remembers about itself.
CREATE TABLE setting (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);
