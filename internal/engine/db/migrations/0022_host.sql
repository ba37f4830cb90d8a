-- What lies on hosts, and what should lie there after a code roll.

-- +goose Up

CREATE TABLE host (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    created BIGINT NOT NULL
);

-- A directory of a host. Its files are those of the generation; an inventory that is on its way is
-- the generation after it, and belongs to the upload named here.
CREATE TABLE host_root (
    id         TEXT COLLATE "C" PRIMARY KEY,
    host       TEXT COLLATE "C" NOT NULL REFERENCES host (id) ON DELETE CASCADE,
    path       TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,                       -- 0 before the first inventory is whole
    files      BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    taken      BIGINT,                                -- when the agent looked
    received   BIGINT,                                -- when the last inventory was whole
    changed    BIGINT,                                -- when one last differed from the one before
    sender     TEXT NOT NULL,                         -- name of who sent it
    upload     TEXT COLLATE "C" NOT NULL,             -- '' while none is on its way
    upload_at  BIGINT,                                -- when something of it last arrived
    UNIQUE (host, path)
);

-- A file from the generation first on, up to and without the generation last.
CREATE TABLE host_file (
    root     TEXT COLLATE "C" NOT NULL REFERENCES host_root (id) ON DELETE CASCADE,
    path_key TEXT COLLATE "C" NOT NULL,               -- the path, cut where an index could not hold it
    first    BIGINT NOT NULL,
    last     BIGINT,
    path     TEXT COLLATE "C" NOT NULL,               -- '' where path_key says it all
    sha256   TEXT COLLATE "C" NOT NULL,
    size     BIGINT NOT NULL,
    mode     TEXT COLLATE "C" NOT NULL,
    owner    TEXT NOT NULL,
    modified BIGINT,
    PRIMARY KEY (root, path_key, first)
);
CREATE INDEX host_file_last ON host_file (root, last) WHERE last IS NOT NULL;

-- What was different from the inventory before.
CREATE TABLE host_change (
    root       TEXT COLLATE "C" NOT NULL REFERENCES host_root (id) ON DELETE CASCADE,
    path_key   TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,             -- created changed deleted
    path       TEXT COLLATE "C" NOT NULL,
    old_sha256 TEXT COLLATE "C" NOT NULL,
    new_sha256 TEXT COLLATE "C" NOT NULL,
    size       BIGINT NOT NULL,
    mode       TEXT COLLATE "C" NOT NULL,
    owner      TEXT NOT NULL,
    modified   BIGINT,
    seen       BIGINT NOT NULL,
    PRIMARY KEY (root, path_key, generation)
);
CREATE INDEX host_change_generation ON host_change (root, generation);
CREATE INDEX host_change_seen ON host_change (seen);

-- A release of files.
CREATE TABLE roll (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    service TEXT COLLATE "C" REFERENCES service (id),
    root    TEXT COLLATE "C" NOT NULL,
    hosts   TEXT NOT NULL,                            -- JSON: names and patterns; [] for all that have the root
    ignored TEXT NOT NULL,                            -- JSON: patterns
    strict  BOOLEAN NOT NULL,
    loaded  BOOLEAN NOT NULL,                         -- all of its files are there
    files   BIGINT NOT NULL,
    since   BIGINT NOT NULL,
    creator TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX roll_service ON roll (service);
CREATE INDEX roll_since ON roll (since);

CREATE TABLE roll_file (
    roll     TEXT COLLATE "C" NOT NULL REFERENCES roll (id) ON DELETE CASCADE,
    path_key TEXT COLLATE "C" NOT NULL,
    path     TEXT COLLATE "C" NOT NULL,
    sha256   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (roll, path_key)
);
