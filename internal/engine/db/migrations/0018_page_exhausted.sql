-- Pages that reached nobody lately are looked for whenever the board is shown.

-- +goose Up

CREATE INDEX page_exhausted ON page (finished) WHERE state = 'exhausted';
