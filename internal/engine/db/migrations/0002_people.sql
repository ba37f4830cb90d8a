-- People and access: who there is, what they belong to, and how they prove it.

-- +goose Up

CREATE TABLE app_user (
    id           TEXT COLLATE "C" PRIMARY KEY,
    login        TEXT COLLATE "C" NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    zone         TEXT COLLATE "C" NOT NULL,            -- IANA, for showing times to this person
    customer     TEXT COLLATE "C" NOT NULL,            -- name of the customer, '' for our own people
    disabled     BOOLEAN NOT NULL DEFAULT FALSE,
    password     TEXT COLLATE "C" NOT NULL DEFAULT '', -- argon2id in PHC form, '' while there is none
    password_set BIGINT,
    created      BIGINT NOT NULL
);
CREATE INDEX app_user_role ON app_user (role);

CREATE TABLE team (
    id        TEXT COLLATE "C" PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL UNIQUE,
    title     TEXT NOT NULL,
    level     TEXT COLLATE "C" NOT NULL,
    hours     TEXT COLLATE "C" NOT NULL,               -- name of a calendar, '' when always
    contact   TEXT NOT NULL,                           -- how to reach it, for people to read
    owner     TEXT COLLATE "C" REFERENCES app_user (id), -- who keeps this entry right
    review_by TEXT COLLATE "C" NOT NULL,               -- 2026-12-31, '' when not set
    created   BIGINT NOT NULL
);
CREATE INDEX team_level ON team (level);
CREATE INDEX team_owner ON team (owner);

CREATE TABLE membership (
    team    TEXT COLLATE "C" NOT NULL REFERENCES team (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    PRIMARY KEY (team, user_id)
);
CREATE INDEX membership_user ON membership (user_id);

-- A sign-in on the web. Only the hash of its token is kept.
CREATE TABLE session (
    id        TEXT COLLATE "C" PRIMARY KEY,
    hash      TEXT COLLATE "C" NOT NULL UNIQUE,        -- hex SHA-256 of the token
    user_id   TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    remote    TEXT NOT NULL,                           -- address it was opened from
    created   BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,                         -- to a few minutes
    expires   BIGINT NOT NULL                          -- whatever happens
);
CREATE INDEX session_owner ON session (user_id);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE token (
    id        TEXT COLLATE "C" PRIMARY KEY,
    hash      TEXT COLLATE "C" NOT NULL UNIQUE,        -- hex SHA-256 of the token
    name      TEXT NOT NULL,
    owner     TEXT COLLATE "C" REFERENCES app_user (id), -- NULL for those of the installation itself
    bootstrap BOOLEAN NOT NULL DEFAULT FALSE,          -- came with the start of the server
    role      TEXT COLLATE "C" NOT NULL,
    scopes    TEXT NOT NULL,                           -- JSON list of actions, [] for all of the role
    created   BIGINT NOT NULL,
    expires   BIGINT,
    last_used BIGINT,                                  -- to a minute
    revoked   BIGINT
);
CREATE INDEX token_owner ON token (owner);

-- Failed sign-ins of a login or from an address, counted until one succeeds.
CREATE TABLE login_attempt (
    key      TEXT COLLATE "C" PRIMARY KEY,             -- "login ana", "remote 192.0.2.7"
    failures BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    until    BIGINT                                    -- refused before this instant
);
CREATE INDEX login_attempt_last ON login_attempt (last);

-- A code that works once: to set up the installation, or to set a password.
CREATE TABLE one_time_code (
    hash    TEXT COLLATE "C" PRIMARY KEY,              -- hex SHA-256 of the code
    purpose TEXT COLLATE "C" NOT NULL,                 -- set-up password
    user_id TEXT COLLATE "C" REFERENCES app_user (id), -- whose password
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX one_time_code_user ON one_time_code (user_id);
CREATE INDEX one_time_code_expires ON one_time_code (expires);
