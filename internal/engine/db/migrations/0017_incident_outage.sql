-- An incident's clock counts the time in which it was not restored, over all its openings;
-- who had it before it was reopened stays visible.

-- +goose Up

ALTER TABLE incident ADD COLUMN past BIGINT NOT NULL DEFAULT 0;    -- microseconds of outage before this opening
ALTER TABLE incident ADD COLUMN resumed BIGINT NOT NULL DEFAULT 0; -- when the outage of this opening began
UPDATE incident SET resumed = detected;
ALTER TABLE incident ADD COLUMN holder_before TEXT NOT NULL DEFAULT ''; -- name; '' when nobody had it
