-- Links in messages acknowledge one opening of an incident, not the next.

-- +goose Up

ALTER TABLE incident ADD COLUMN opening BIGINT NOT NULL DEFAULT 1; -- grows with every reopening
