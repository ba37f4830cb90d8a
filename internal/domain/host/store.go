package host

import (
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/internal/engine/db"
)

const hostColumns = `id, name, created`

func scanHost(r db.Scanner) (h Host, err error) {
	return h, r.Scan(&h.ID, &h.Name, db.Time(&h.Created))
}

const rootColumns = `r.id, r.host, r.path, r.files, r.bytes, r.taken, r.received, r.changed, r.sender, r.generation, r.upload, r.upload_at`

func scanRoot(s db.Scanner) (r Root, err error) {
	return r, s.Scan(&r.ID, &r.Host, &r.Path, &r.Files, &r.Bytes, db.Time(&r.Taken), db.Time(&r.Received), db.Time(&r.Changed),
		&r.Sender, &r.generation, &r.upload, db.Time(&r.uploadAt))
}

// byName returns a host with its roots, or NotFound.
func byName(tx *db.Tx, name string) (Host, error) {
	h, err := db.One(tx, scanHost, `SELECT `+hostColumns+` FROM host WHERE name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return h, notFound(name)
	}
	if err != nil {
		return h, err
	}
	h.Roots, err = db.All(tx, scanRoot, `SELECT `+rootColumns+` FROM host_root r WHERE r.host = ? AND r.generation > 0 ORDER BY r.path`, string(h.ID))
	if err != nil {
		return h, err
	}
	if len(h.Roots) == 0 {
		return h, notFound(name)
	}
	h.Changes, err = db.One(tx, db.Value[int64], `
		SELECT count(*) FROM host_change c JOIN host_root r ON r.id = c.root
		WHERE r.host = ? AND c.generation <= r.generation AND c.seen > ?`, string(h.ID), tx.Now().Add(-24*time.Hour))
	return h, err
}

// hosts returns all hosts whose name contains the words, with their roots, silent ones first.
func hosts(tx *db.Tx, words string) ([]Host, error) {
	list, err := db.All(tx, scanHost, `SELECT `+hostColumns+` FROM host WHERE LOWER(name) LIKE ? ESCAPE '\' ORDER BY name`, contains(words))
	if err != nil {
		return nil, err
	}
	at := make(map[ID]int, len(list))
	for i, h := range list {
		at[h.ID] = i
	}
	roots, err := db.All(tx, scanRoot, `SELECT `+rootColumns+` FROM host_root r WHERE r.generation > 0 ORDER BY r.path`)
	if err != nil {
		return nil, err
	}
	for _, r := range roots {
		if i, ok := at[r.Host]; ok {
			list[i].Roots = append(list[i].Roots, r)
		}
	}
	type count struct {
		host ID
		n    int64
	}
	counts, err := db.All(tx, func(s db.Scanner) (c count, err error) { return c, s.Scan(&c.host, &c.n) }, `
		SELECT r.host, count(*) FROM host_change c JOIN host_root r ON r.id = c.root
		WHERE c.generation <= r.generation AND c.seen > ? GROUP BY r.host`, tx.Now().Add(-24*time.Hour))
	for _, c := range counts {
		if i, ok := at[c.host]; ok {
			list[i].Changes = c.n
		}
	}
	list = slices.DeleteFunc(list, func(h Host) bool { return len(h.Roots) == 0 }) // their first inventory is not whole yet
	slices.SortStableFunc(list, func(a, b Host) int { return rank(a, tx.Now()) - rank(b, tx.Now()) })
	return list, err
}

// rank is 0 for a host that has something silent.
func rank(h Host, now time.Time) int {
	if h.Silent(now) > 0 {
		return 0
	}
	return 1
}

// rootsAt returns the roots of a path on all hosts, with the names of these.
func rootsAt(tx *db.Tx, path string) (map[string]Root, error) {
	type named struct {
		name string
		Root
	}
	rows, err := db.All(tx, func(s db.Scanner) (n named, err error) {
		r := &n.Root
		return n, s.Scan(&r.ID, &r.Host, &r.Path, &r.Files, &r.Bytes, db.Time(&r.Taken), db.Time(&r.Received), db.Time(&r.Changed),
			&r.Sender, &r.generation, &r.upload, db.Time(&r.uploadAt), &n.name)
	}, `SELECT `+rootColumns+`, h.name FROM host_root r JOIN host h ON h.id = r.host WHERE r.path = ? AND r.generation > 0`, path)
	out := make(map[string]Root, len(rows))
	for _, r := range rows {
		out[r.name] = r.Root
	}
	return out, err
}

const fileColumns = `f.path_key, f.path, f.sha256, f.size, f.mode, f.owner, f.modified`

func scanFile(s db.Scanner) (f File, err error) {
	var key string
	err = s.Scan(&key, &f.Path, &f.SHA256, &f.Size, &f.Mode, &f.Owner, db.Time(&f.Modified))
	f.Path = whole(key, f.Path)
	return f, err
}

// present says which files f are those of a generation, given twice.
const present = `f.first <= ? AND (f.last IS NULL OR f.last > ?)`

// filesOf returns up to limit files of a root behind a key, by path.
func filesOf(tx *db.Tx, r Root, after, words string, limit int) ([]File, error) {
	where, args := `f.root = ? AND f.path_key > ? AND `+present, []any{string(r.ID), after, r.generation, r.generation}
	if words != "" {
		where, args = where+` AND LOWER(f.path_key || f.path) LIKE ? ESCAPE '\'`, append(args, contains(words))
	}
	return db.All(tx, scanFile, `SELECT `+fileColumns+` FROM host_file f WHERE `+where+` ORDER BY f.path_key LIMIT ?`, append(args, limit)...)
}

func scanChange(s db.Scanner) (c Change, err error) {
	var key string
	err = s.Scan(&c.Root, &c.Kind, &key, &c.Path, &c.OldSHA256, &c.SHA256, &c.Size, &c.Mode, &c.Owner, db.Time(&c.Modified), db.Time(&c.Seen))
	c.Path = whole(key, c.Path)
	return c, err
}

// changesOf returns up to limit changes of a host behind the cursor, the latest first.
func changesOf(tx *db.Tx, host ID, w Where, after changeCursor, limit int) ([]Change, error) {
	where, args := []string{`r.host = ?`, `c.generation <= r.generation`}, []any{string(host)}
	and := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if w.Root != "" {
		and(`r.path = ?`, w.Root)
	}
	if w.Words != "" {
		and(`LOWER(c.path_key || c.path) LIKE ? ESCAPE '\'`, contains(w.Words))
	}
	if after.Seen != 0 {
		and(`(c.seen < ? OR c.seen = ? AND (r.path > ? OR r.path = ? AND c.path_key > ?))`, after.Seen, after.Seen, after.Root, after.Root, after.Key)
	}
	return db.All(tx, scanChange, `
		SELECT r.path, c.kind, c.path_key, c.path, c.old_sha256, c.new_sha256, c.size, c.mode, c.owner, c.modified, c.seen
		FROM host_change c JOIN host_root r ON r.id = c.root
		WHERE `+strings.Join(where, " AND ")+`
		ORDER BY c.seen DESC, r.path, c.path_key LIMIT ?`, append(args, limit)...)
}
