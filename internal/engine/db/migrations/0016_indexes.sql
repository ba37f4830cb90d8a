-- What pages and the auditor look for must not read whole tables that only grow.

-- +goose Up

CREATE INDEX timer_subject ON timer (subject);
CREATE INDEX message_failed ON message (finished) WHERE state = 'failed';
CREATE INDEX alert_starts ON alert (starts, id);
CREATE INDEX alert_going_on ON alert (starts, id) WHERE state <> 'resolved';
CREATE INDEX alert_quarantine_at ON alert_quarantine (at);
