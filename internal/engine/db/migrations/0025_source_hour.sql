-- What an hour of a source says besides its sums.

-- +goose Up

ALTER TABLE source_hour ADD COLUMN uploaded BIGINT NOT NULL DEFAULT 0; -- lines that were uploaded as past ones, besides lines
ALTER TABLE source_hour ADD COLUMN last_line BIGINT;                   -- when the last line arrived, NULL where that was not kept
ALTER TABLE source_hour ADD COLUMN last_refused BIGINT;                -- when the daily limit kept out the last request
