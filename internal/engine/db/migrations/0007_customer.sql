-- Customers, their contacts, and the services that they use.

-- +goose Up

CREATE TABLE customer (
    id            TEXT COLLATE "C" PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL UNIQUE,
    title         TEXT NOT NULL,
    description   TEXT NOT NULL,
    zone          TEXT COLLATE "C" NOT NULL,
    account_owner TEXT COLLATE "C" REFERENCES app_user (id),
    contacts      TEXT NOT NULL,                    -- JSON [{name, role, mail, telephone, note}]
    version       BIGINT NOT NULL,                  -- grows with every change
    created       BIGINT NOT NULL,
    changed       BIGINT NOT NULL
);
CREATE INDEX customer_account_owner ON customer (account_owner);

-- By name, which does not change: services are another room's.
CREATE TABLE customer_service (
    customer TEXT COLLATE "C" NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    service  TEXT COLLATE "C" NOT NULL REFERENCES service (name),
    position BIGINT NOT NULL,
    PRIMARY KEY (customer, service)
);
CREATE INDEX customer_service_service ON customer_service (service);
