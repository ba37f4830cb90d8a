-- What is noticed in time series.

-- +goose Up

CREATE TABLE metricrule (
    id        TEXT COLLATE "C" PRIMARY KEY,
    kind      TEXT COLLATE "C" NOT NULL,              -- rules anomaly
    name      TEXT COLLATE "C" NOT NULL,
    spec      TEXT NOT NULL,                          -- JSON
    disabled  BOOLEAN NOT NULL,
    service   TEXT COLLATE "C" REFERENCES service (id),
    component TEXT COLLATE "C" REFERENCES component (id),
    owner     TEXT COLLATE "C" REFERENCES team (id),
    version   BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    UNIQUE (name)
);
CREATE INDEX metricrule_service ON metricrule (service);
CREATE INDEX metricrule_component ON metricrule (component);
CREATE INDEX metricrule_owner ON metricrule (owner);

-- Calendars that a group or one of its rules names.
CREATE TABLE metricrule_hours (
    rule     TEXT COLLATE "C" NOT NULL REFERENCES metricrule (id) ON DELETE CASCADE,
    calendar TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (rule, calendar)
);
CREATE INDEX metricrule_hours_calendar ON metricrule_hours (calendar);

-- One row. Its version grows with every change of any rule, so that who evaluates them notices.
CREATE TABLE metricrule_set (
    one     BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO metricrule_set (one, version) VALUES (1, 1);

-- Who evaluates a group, and how that went. Instants are on the wall.
CREATE TABLE metricrule_run (
    rule      TEXT COLLATE "C" PRIMARY KEY REFERENCES metricrule (id) ON DELETE CASCADE,
    node      TEXT COLLATE "C" NOT NULL,              -- '' for nobody
    until     BIGINT NOT NULL,                        -- when another node may take it over
    evaluated BIGINT,
    took      BIGINT NOT NULL,                        -- microseconds
    health    TEXT NOT NULL,                          -- JSON: of each rule
    failing   BOOLEAN NOT NULL                        -- people have been told that it cannot be evaluated
);
CREATE INDEX metricrule_run_node ON metricrule_run (node);

-- Nodes that evaluate, and when they last said so (wall time).
CREATE TABLE metricrule_node (
    node TEXT COLLATE "C" PRIMARY KEY,
    seen BIGINT NOT NULL
);

-- Alerts of rules that are pending or firing.
CREATE TABLE metricrule_alert (
    rule  TEXT COLLATE "C" NOT NULL REFERENCES metricrule (id) ON DELETE CASCADE,
    print TEXT COLLATE "C" NOT NULL,                  -- hash of the rule in its group, and the labels
    row   TEXT NOT NULL,                              -- JSON
    PRIMARY KEY (rule, print)
);

CREATE TABLE metricrule_day (
    rule  TEXT COLLATE "C" NOT NULL REFERENCES metricrule (id) ON DELETE CASCADE,
    day   BIGINT NOT NULL,                            -- UTC, wall time
    fired BIGINT NOT NULL,
    would BIGINT NOT NULL,                            -- would have fired, in test mode
    PRIMARY KEY (rule, day)
);
