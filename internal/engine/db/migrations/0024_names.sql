-- Columns that say what the code says.

-- +goose Up

-- Lines whose own time could not be stored are misdated; only alerts have a quarantine.
ALTER TABLE source_hour RENAME COLUMN quarantined TO misdated;

-- Whether a rule that cannot be used was too slow; so far the text began so.
ALTER TABLE rule_health ADD COLUMN slow BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE rule_health SET slow = TRUE WHERE broken LIKE 'too slow:%';
