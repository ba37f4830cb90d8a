-- When the owner of a follow-up was last reminded of it.

-- +goose Up

ALTER TABLE followup ADD COLUMN reminded BIGINT; -- NULL when not yet, or not this owner
