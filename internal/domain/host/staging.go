package host

import (
	"context"
	"errors"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// uploadTime is how long an upload may be still until another may take its place.
const uploadTime = 2 * time.Minute

// Added is the payload of host.added.
type Added struct {
	Name string `json:"name"`
}

// begin makes the host and the root where they are missing, and takes the root for this upload.
func (u *upload) begin() error {
	u.token = id.New[string]()
	left := false
	err := u.db.Do(u.ctx, func(tx *db.Tx) (err error) {
		u.now = tx.Now()
		if u.host, err = ensureHost(tx, u.by, u.in.Host); err != nil {
			return err
		}
		if u.root, err = ensureRoot(tx, u.host, u.in.Root); err != nil {
			return err
		}
		left = u.root.upload != ""
		if left && u.now.Sub(u.root.uploadAt) < uploadTime {
			return errs.Unavailablef("another inventory of %s on %s is on its way: send this one again in a minute", u.in.Root, u.in.Host)
		}
		_, err = tx.Exec(`UPDATE host_root SET upload = ?, upload_at = ? WHERE id = ?`, u.token, u.now, string(u.root.ID))
		return err
	})
	if err != nil || !left {
		return err
	}
	return u.clean(u.ctx, `UPDATE host_root SET upload_at = ? WHERE id = ? AND upload = ?`)
}

func ensureHost(tx *db.Tx, by actor.Actor, name string) (ID, error) {
	have, err := db.One(tx, scanHost, `SELECT `+hostColumns+` FROM host WHERE name = ?`, name)
	if !errors.Is(err, db.ErrNone) {
		return have.ID, err
	}
	n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM host`)
	if err != nil {
		return "", err
	}
	if n >= maxHosts {
		return "", errs.Conflictf("%d hosts are known already: forget some that are gone", n)
	}
	host := id.New[ID]()
	if _, err := tx.Exec(`INSERT INTO host (id, name, created) VALUES (?, ?, ?)`, string(host), name, tx.Now()); err != nil {
		return "", err
	}
	return host, ledger.Append(tx, by, Record(host), "host.added", Added{name})
}

func ensureRoot(tx *db.Tx, host ID, path string) (Root, error) {
	have, err := db.All(tx, scanRoot, `SELECT `+rootColumns+` FROM host_root r WHERE r.host = ?`, string(host))
	if err != nil {
		return Root{}, err
	}
	for _, r := range have {
		if r.Path == path {
			return r, nil
		}
	}
	if len(have) >= maxRoots {
		return Root{}, errs.Conflictf("%d directories of this host are known already: forget the host if they are gone", len(have))
	}
	r := Root{ID: id.New[RootID](), Host: host, Path: path}
	_, err = tx.Exec(`
		INSERT INTO host_root (id, host, path, generation, files, bytes, sender, upload) VALUES (?, ?, ?, 0, 0, 0, '', '')`,
		string(r.ID), string(host), path)
	return r, err
}

// clean takes away what an upload has left that did not end. The update says, in the same
// transaction, what becomes of the upload.
func (u *upload) clean(ctx context.Context, update string) error {
	return u.db.Claim(ctx, func(tx *db.Tx) error {
		if err := u.hold(tx, update, tx.Now()); err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM host_file WHERE root = ? AND first > ?`,
			`UPDATE host_file SET last = NULL WHERE root = ? AND last > ?`,
			`DELETE FROM host_change WHERE root = ? AND generation > ?`,
		} {
			if _, err := tx.Exec(statement, string(u.root.ID), u.root.generation); err != nil {
				return err
			}
		}
		return nil
	})
}

// cleanTime is how long taking an upload back may go on when its sender has left.
const cleanTime = 30 * time.Second

// abandon takes the upload back, so that the next need not wait. When that fails, the next one
// cleans up.
func (u *upload) abandon() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), cleanTime)
	defer cancel()
	_ = u.clean(ctx, `UPDATE host_root SET upload_at = ?, upload = '' WHERE id = ? AND upload = ?`)
}

// purge removes the files that only generations before this one have, some at a time. Nobody sees
// those, so what a crash or an error leaves is left to the next inventory that differs.
func (u *upload) purge() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), cleanTime)
	defer cancel()
	for n := int64(batchSize); n == batchSize && u.sum.differs(); {
		err := u.db.Claim(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`
				DELETE FROM host_file WHERE (root, path_key, first) IN (
					SELECT root, path_key, first FROM host_file WHERE root = ? AND last <= ? LIMIT ?)`,
				string(u.root.ID), u.root.generation+1, batchSize)
			return err
		})
		if err != nil {
			return
		}
	}
}

// together is how many rows stand in one statement.
const together = 100

// filesNamed returns, by path, those of the files that a generation has.
func filesNamed(tx *db.Tx, r Root, files []File) (map[string]File, error) {
	out := make(map[string]File, len(files))
	query := `SELECT ` + fileColumns + ` FROM host_file f WHERE f.root = ? AND ` + present + ` AND f.path_key IN (` + marks(together) + `)`
	for len(files) > 0 {
		some := files[:min(together, len(files))]
		files = files[len(some):]
		args := []any{string(r.ID), r.generation, r.generation}
		for i := range together { // always as many, so that the statement stays the same
			args = append(args, keyOf(some[min(i, len(some)-1)].Path))
		}
		found, err := db.All(tx, scanFile, query, args...)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			out[f.Path] = f
		}
	}
	return out, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// writeChanges writes the next generation of files, and what differs from the present one.
func writeChanges(tx *db.Tx, r Root, seen time.Time, changes []Change) error {
	next := r.generation + 1
	files := rows{into: `INSERT INTO host_file (root, path_key, first, path, sha256, size, mode, owner, modified) VALUES `, width: 9}
	kept := rows{into: `INSERT INTO host_change (root, path_key, generation, kind, path, old_sha256, new_sha256, size, mode, owner, modified, seen) VALUES `, width: 12}
	var old []string
	for _, c := range changes {
		key := keyOf(c.Path)
		if c.Kind != Deleted {
			files.add(string(r.ID), key, next, besides(c.Path), c.SHA256, c.Size, c.Mode, c.Owner, c.Modified)
		}
		if c.Kind != Created {
			old = append(old, key)
		}
		if r.generation > 0 {
			kept.add(string(r.ID), key, next, string(c.Kind), besides(c.Path), c.OldSHA256, c.SHA256, c.Size, c.Mode, c.Owner, c.Modified, seen)
		}
	}
	if err := endFiles(tx, r, old); err != nil {
		return err
	}
	if err := files.write(tx); err != nil {
		return err
	}
	return kept.write(tx)
}

// endFiles says that files are not in the next generation.
func endFiles(tx *db.Tx, r Root, keys []string) error {
	update := `UPDATE host_file SET last = ? WHERE root = ? AND last IS NULL AND first <= ? AND path_key IN (` + marks(together) + `)`
	for len(keys) > 0 {
		some := keys[:min(together, len(keys))]
		keys = keys[len(some):]
		args := []any{r.generation + 1, string(r.ID), r.generation}
		for i := range together {
			args = append(args, some[min(i, len(some)-1)])
		}
		if _, err := tx.Exec(update, args...); err != nil {
			return err
		}
	}
	return nil
}

// rows are inserted many at a time.
type rows struct {
	into  string
	width int // columns
	args  []any
}

func (r *rows) add(values ...any) { r.args = append(r.args, values...) }

func (r *rows) write(tx *db.Tx) error {
	one := "(" + marks(r.width) + ")"
	many := r.into + strings.TrimSuffix(strings.Repeat(one+", ", together), ", ")
	for len(r.args) > 0 {
		query, n := many, together*r.width
		if len(r.args) < n {
			query, n = r.into+one, r.width
		}
		if _, err := tx.Exec(query, r.args[:n]...); err != nil {
			return err
		}
		r.args = r.args[n:]
	}
	return nil
}
