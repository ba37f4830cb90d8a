-- The feed asks what an event is about; without this it would read all that any event is about.

-- +goose Up

CREATE INDEX event_about_event ON event_about (event_id);
