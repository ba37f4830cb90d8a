-- The drawing of each service. Places move from the components, of which each had one for all drawings.

-- +goose Up

CREATE TABLE drawing (
    service TEXT COLLATE "C" PRIMARY KEY REFERENCES service (id) ON DELETE CASCADE,
    spec    TEXT NOT NULL,      -- JSON; components by name, which does not change
    version BIGINT NOT NULL,    -- grows with every change
    changed BIGINT NOT NULL
);

-- Names are letters, digits and dashes: nothing in them needs escaping.
INSERT INTO drawing (service, spec, version, changed)
SELECT c.service,
       '{"parts":[' || string_agg('{"component":"' || c.name || '","x":' || CAST(c.x AS TEXT) || ',"y":' || CAST(c.y AS TEXT) || '}', ',' ORDER BY c.name) || ']}',
       1, MAX(c.changed)
FROM component c WHERE c.service IS NOT NULL AND c.x IS NOT NULL AND c.y IS NOT NULL
GROUP BY c.service;

ALTER TABLE component DROP COLUMN x;
ALTER TABLE component DROP COLUMN y;

-- Which components monitoring has ever spoken of, and what is wrong with them.
CREATE INDEX alert_component ON alert (component, state);
