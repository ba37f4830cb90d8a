-- An alert can be held back: it is taken and shown, and opens no incident while that lasts (incident = '').
-- One that comes and goes is flapping, and ends only when it has been quiet for a while.

-- +goose Up

ALTER TABLE alert ADD COLUMN held TEXT COLLATE "C" NOT NULL DEFAULT '';   -- maintenance dependency, '' for not
ALTER TABLE alert ADD COLUMN held_why TEXT NOT NULL DEFAULT '';           -- for people
ALTER TABLE alert ADD COLUMN held_by TEXT COLLATE "C" NOT NULL DEFAULT ''; -- id of the maintenance, or of the alert that is the cause
ALTER TABLE alert ADD COLUMN held_since BIGINT;
ALTER TABLE alert ADD COLUMN held_until BIGINT;                           -- released then, unless it is held back again
ALTER TABLE alert ADD COLUMN flapping BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE alert ADD COLUMN quiet BIGINT;                                -- flapping, and not firing since then

CREATE INDEX alert_held ON alert (id) WHERE held <> '' AND state <> 'resolved';
CREATE INDEX alert_fingerprint ON alert (fingerprint, created);
