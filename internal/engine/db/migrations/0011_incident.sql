-- Incidents. Comments, pages and state changes are events; here is the present state.

-- +goose Up

CREATE TABLE incident (
    id           TEXT COLLATE "C" PRIMARY KEY,
    number       BIGINT NOT NULL UNIQUE,       -- INC-<number>
    title        TEXT NOT NULL,
    description  TEXT NOT NULL,
    service      TEXT COLLATE "C" NOT NULL REFERENCES service (id),
    severity     BIGINT NOT NULL,              -- 1 (worst) to 4
    state        TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,    -- alert person
    group_key    TEXT COLLATE "C" NOT NULL,    -- alerts with it join; '' once restored
    last_group   TEXT COLLATE "C" NOT NULL,    -- the same, kept after it is restored
    assignee     TEXT COLLATE "C" NOT NULL,    -- user, '' when nobody
    detected     BIGINT NOT NULL,
    opened       BIGINT NOT NULL,
    acknowledged BIGINT,
    acknowledger TEXT COLLATE "C" NOT NULL,    -- user or token, '' when nobody
    acknowledger_name TEXT NOT NULL,
    progress     BIGINT NOT NULL,              -- last sign of work
    snoozed_until BIGINT,
    restored     BIGINT,
    closed       BIGINT,
    merged_into  TEXT COLLATE "C" NOT NULL,    -- incident, '' when not merged
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX incident_group ON incident (group_key) WHERE group_key <> '';
CREATE INDEX incident_last_group ON incident (last_group, restored) WHERE last_group <> '';
CREATE INDEX incident_state ON incident (state, severity, opened);
CREATE INDEX incident_service ON incident (service, state);

CREATE TABLE incident_role (
    incident TEXT COLLATE "C" NOT NULL REFERENCES incident (id),
    role     TEXT COLLATE "C" NOT NULL,        -- coordinator comms scribe
    person   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (incident, role)
);

CREATE TABLE incident_link (
    incident TEXT COLLATE "C" NOT NULL REFERENCES incident (id),
    other    TEXT COLLATE "C" NOT NULL REFERENCES incident (id),
    PRIMARY KEY (incident, other)
);

CREATE TABLE incident_file (
    incident TEXT COLLATE "C" NOT NULL REFERENCES incident (id),
    file     TEXT COLLATE "C" NOT NULL REFERENCES file (id),
    PRIMARY KEY (incident, file)
);
