-- Planned work, during which alerts call nobody. Only the window that is open or next is stored.

-- +goose Up

CREATE TABLE maintenance (
    id          TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL UNIQUE,
    title       TEXT NOT NULL,
    spec        TEXT NOT NULL,              -- JSON, without services and components
    window_from BIGINT NOT NULL,
    window_to   BIGINT NOT NULL,
    over        BOOLEAN NOT NULL,           -- no window follows
    version     BIGINT NOT NULL,            -- grows with every change
    created     BIGINT NOT NULL,
    changed     BIGINT NOT NULL
);
CREATE INDEX maintenance_window ON maintenance (window_to);

-- By name, which does not change.
CREATE TABLE maintenance_service (
    maintenance TEXT COLLATE "C" NOT NULL REFERENCES maintenance (id) ON DELETE CASCADE,
    service     TEXT COLLATE "C" NOT NULL REFERENCES service (name),
    position    BIGINT NOT NULL,
    PRIMARY KEY (maintenance, service)
);
CREATE INDEX maintenance_service_service ON maintenance_service (service);

CREATE TABLE maintenance_component (
    maintenance TEXT COLLATE "C" NOT NULL REFERENCES maintenance (id) ON DELETE CASCADE,
    component   TEXT COLLATE "C" NOT NULL REFERENCES component (name),
    position    BIGINT NOT NULL,
    PRIMARY KEY (maintenance, component)
);
CREATE INDEX maintenance_component_component ON maintenance_component (component);
