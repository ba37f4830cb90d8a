-- Rosters: who is on call when.

-- +goose Up

CREATE TABLE roster (
    id       TEXT COLLATE "C" PRIMARY KEY,
    name     TEXT COLLATE "C" NOT NULL UNIQUE,
    team     TEXT COLLATE "C" REFERENCES team (id),     -- whose it is, NULL when nobody's
    calendar TEXT COLLATE "C" REFERENCES calendar (id), -- outside of which gaps do not matter, NULL when they always do
    spec     TEXT NOT NULL,                             -- JSON, in canonical form, with the names of the two above
    version  BIGINT NOT NULL,                           -- 1, 2, 3 …: who changes a roster says which version they saw
    created  BIGINT NOT NULL,
    changed  BIGINT NOT NULL
);
CREATE INDEX roster_team ON roster (team);
CREATE INDEX roster_calendar ON roster (calendar);

-- Changes for a while, applied in the order of their ids.
CREATE TABLE roster_override (
    id       TEXT COLLATE "C" PRIMARY KEY,
    roster   TEXT COLLATE "C" NOT NULL REFERENCES roster (id) ON DELETE CASCADE,
    starts   BIGINT NOT NULL,
    ends     BIGINT NOT NULL,
    user_id  TEXT COLLATE "C" NOT NULL REFERENCES app_user (id),
    replaces TEXT COLLATE "C" REFERENCES app_user (id), -- NULL: user_id alone is on call
    note     TEXT NOT NULL,
    creator  TEXT NOT NULL,                             -- name of who made it
    created  BIGINT NOT NULL
);
CREATE INDEX roster_override_roster ON roster_override (roster, ends);
CREATE INDEX roster_override_user ON roster_override (user_id);
CREATE INDEX roster_override_replaces ON roster_override (replaces);
