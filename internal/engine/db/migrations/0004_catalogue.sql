-- Services, components, environments and integration keys.

-- +goose Up

CREATE TABLE environment (
    id          TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL UNIQUE,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL
);

CREATE TABLE service (
    id                    TEXT COLLATE "C" PRIMARY KEY,
    name                  TEXT COLLATE "C" NOT NULL UNIQUE,
    title                 TEXT NOT NULL,
    description           TEXT NOT NULL,
    tier                  BIGINT NOT NULL,            -- 1 (most important) to 4
    owner                 TEXT COLLATE "C" REFERENCES team (id),  -- NULL for "unassigned" only
    hours                 TEXT COLLATE "C" NOT NULL,  -- calendar, '' when always
    business_hours        TEXT COLLATE "C" NOT NULL,  -- calendar, '' when none
    availability_target   DOUBLE PRECISION NOT NULL,  -- percent, 0 when none
    functions             TEXT NOT NULL,              -- JSON [{name, percent}]
    user_groups           TEXT NOT NULL,              -- JSON [{name, percent}]
    support_hours         TEXT NOT NULL,
    work_cycle            TEXT COLLATE "C" NOT NULL,
    runbook               TEXT NOT NULL,
    policy                TEXT COLLATE "C" NOT NULL,  -- escalation policy, '' for the built-in one
    group_by              TEXT NOT NULL,              -- JSON [label]
    restore_when_resolved BOOLEAN NOT NULL,
    version               BIGINT NOT NULL,            -- grows with every change
    created               BIGINT NOT NULL,
    changed               BIGINT NOT NULL
);
CREATE INDEX service_owner ON service (owner);

-- Supporting teams, in the order in which people wrote them.
CREATE TABLE service_team (
    service  TEXT COLLATE "C" NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    team     TEXT COLLATE "C" NOT NULL REFERENCES team (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (service, team)
);
CREATE INDEX service_team_team ON service_team (team);

CREATE TABLE service_environment (
    service     TEXT COLLATE "C" NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    environment TEXT COLLATE "C" NOT NULL REFERENCES environment (id),
    position    BIGINT NOT NULL,
    PRIMARY KEY (service, environment)
);
CREATE INDEX service_environment_environment ON service_environment (environment);

CREATE TABLE component (
    id          TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL UNIQUE,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    layer       TEXT COLLATE "C" NOT NULL,
    service     TEXT COLLATE "C" REFERENCES service (id),
    environment TEXT COLLATE "C" REFERENCES environment (id),
    owner       TEXT COLLATE "C" REFERENCES team (id),
    links       TEXT NOT NULL,                        -- JSON [{title, url}]
    x           DOUBLE PRECISION,                     -- place on the board, NULL when not placed
    y           DOUBLE PRECISION,
    version     BIGINT NOT NULL,                      -- grows with every change
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL
);
CREATE INDEX component_service ON component (service);
CREATE INDEX component_environment ON component (environment);
CREATE INDEX component_owner ON component (owner);

-- component needs depends_on to work.
CREATE TABLE component_link (
    component  TEXT COLLATE "C" NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    depends_on TEXT COLLATE "C" NOT NULL REFERENCES component (id),
    position   BIGINT NOT NULL,
    PRIMARY KEY (component, depends_on)
);
CREATE INDEX component_link_depends_on ON component_link (depends_on);

CREATE TABLE integration_key (
    id        TEXT COLLATE "C" PRIMARY KEY,
    service   TEXT COLLATE "C" NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    label     TEXT NOT NULL,
    hash      TEXT COLLATE "C" NOT NULL UNIQUE,       -- hex SHA-256 of the secret
    hint      TEXT COLLATE "C" NOT NULL,              -- its last four letters, to tell keys apart
    creator   TEXT NOT NULL,                          -- name of who made it
    created   BIGINT NOT NULL,
    used      BIGINT,                                 -- last use, to the hour
    revoked   BIGINT
);
CREATE INDEX integration_key_service ON integration_key (service, created);
