-- How people are reached: their addresses, their rules, and the pages under way.

-- +goose Up

CREATE TABLE contact_method (
    id         TEXT COLLATE "C" PRIMARY KEY,
    person     TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    name       TEXT COLLATE "C" NOT NULL,             -- the person's own: mail, phone-gateway
    position   BIGINT NOT NULL,                       -- in the person's list
    channel    TEXT COLLATE "C" NOT NULL,             -- mail webhook
    address    TEXT NOT NULL,
    secret     TEXT COLLATE "C" NOT NULL,             -- sealed; signs webhooks, '' for mail
    verified   BIGINT,
    code       TEXT COLLATE "C" NOT NULL DEFAULT '',  -- signature of the code sent last
    code_sent  BIGINT,
    code_tries BIGINT NOT NULL DEFAULT 0,             -- wrong ones since
    created    BIGINT NOT NULL,
    UNIQUE (person, name)
);

CREATE TABLE notification_rule (
    person   TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    urgency  TEXT COLLATE "C" NOT NULL,               -- high low
    position BIGINT NOT NULL,
    method   TEXT COLLATE "C" NOT NULL REFERENCES contact_method (id),
    after    BIGINT NOT NULL,                         -- microseconds from the start of the page
    PRIMARY KEY (person, urgency, position)
);
CREATE INDEX notification_rule_method ON notification_rule (method);

-- One attempt to reach one person about one record.
CREATE TABLE page (
    id           TEXT COLLATE "C" PRIMARY KEY,
    dedup        TEXT COLLATE "C" NOT NULL UNIQUE,
    person       TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    record_kind  TEXT COLLATE "C" NOT NULL,           -- what it is about
    record_id    TEXT COLLATE "C" NOT NULL,
    part         TEXT COLLATE "C" NOT NULL,           -- group of pages that end together
    urgency      TEXT COLLATE "C" NOT NULL,
    content      TEXT NOT NULL,                       -- JSON
    reason       TEXT NOT NULL,                       -- why this person
    steps        TEXT NOT NULL,                       -- JSON: methods, delays, when taken
    state        TEXT COLLATE "C" NOT NULL,           -- running delivered exhausted stopped
    state_reason TEXT NOT NULL DEFAULT '',
    created      BIGINT NOT NULL,
    finished     BIGINT
);
CREATE INDEX page_running ON page (record_kind, record_id) WHERE state = 'running';
CREATE INDEX page_record ON page (record_kind, record_id, created);
CREATE INDEX page_person ON page (person, created);
