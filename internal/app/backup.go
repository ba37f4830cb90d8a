package app

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// A backup is a gzipped tar of what a server needs to go on: the records at one instant,
// the attachments, and the key file. The manifest stands last and names the hash of every
// file in front of it, so a backup that was cut off shows.
//
//	mainstay.db   key   files/ab/ab12…   manifest.json
const (
	databaseFile = "mainstay.db"
	keyFile      = "key"
	filesDir     = "files"
	manifestFile = "manifest.json"
)

// manifest says what a backup holds.
type manifest struct {
	Version string            `json:"version"` // of the program that wrote it
	Created time.Time         `json:"created"`
	Files   map[string]string `json:"files"` // name → SHA-256, hex
}

// attachment is how the content of an attachment is named in the files directory.
var attachment = regexp.MustCompile(`^files/[0-9a-f]{2}/[0-9a-f]{64}$`)

// Backup writes a backup of the running server to w. Without its key file a backup keeps
// its secrets, and needs the key file from elsewhere to be of use.
//
// Who took it and whether the key file is in it is an event, stored before the first byte
// leaves; a second event says how it ended.
func (a *App) Backup(ctx context.Context, by actor.Actor, w io.Writer, withKey bool) error {
	if err := people.Allow(by, people.SystemWrite, people.Target{}); err != nil {
		return err
	}
	return backup{db: a.DB, dir: a.DataDir, version: a.Version, now: a.Clock.Now()}.take(ctx, by, w, withKey)
}

// BackupDir writes a backup of a data directory whose server is stopped, with the same
// events. Whoever can read the directory may do so; by is who that is.
func BackupDir(ctx context.Context, o Options, by actor.Actor, w io.Writer, withKey bool) error {
	return withRecords(ctx, o, func(o Options, d *db.DB) error {
		return backup{db: d, dir: o.DataDir, version: o.Version, now: o.Clock.Now()}.take(ctx, by, w, withKey)
	})
}

// withRecords opens the records of a stopped server and runs fn.
func withRecords(ctx context.Context, o Options, fn func(Options, *db.DB) error) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.DataDir); err != nil {
		return errs.NotFoundf("there is no data directory %s", o.DataDir)
	}
	locked, err := lock(o.DataDir)
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Options{URL: o.Database, Clock: o.Clock})
	if err != nil {
		return errors.Join(err, locked.Close())
	}
	return errors.Join(fn(o, d), d.Close(), locked.Close())
}

// unfinished is how the directory is named in which a backup copies the database. It is hidden,
// so that it is never mistaken for a backup that somebody keeps here.
const unfinished = ".backup-*"

// removeUnfinished removes what backups left that were under way when their process died.
func removeUnfinished(dir string) error {
	left, err := fs.Glob(os.DirFS(dir), unfinished)
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
	}
	return err
}

type backup struct {
	db      *db.DB
	dir     string // data directory
	version string
	now     time.Time
}

func (b backup) write(ctx context.Context, w io.Writer, withKey bool) error {
	// The snapshot comes first: content is safe on disk before its row exists, so every
	// attachment that the snapshot knows is in the directory by now.
	temp, err := os.MkdirTemp(b.dir, unfinished)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(temp)
	snapshot := filepath.Join(temp, databaseFile)
	if err := b.db.Snapshot(ctx, snapshot); err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	p := packer{ctx: ctx, tar: tar.NewWriter(packed), sums: map[string]string{}, now: b.now}
	p.file(databaseFile, snapshot)
	if withKey {
		p.file(keyFile, filepath.Join(b.dir, keyFile))
	}
	p.attachments(b.dir)
	p.manifest(b.version)
	return errors.Join(p.err, p.tar.Close(), packed.Close())
}

// packer writes files into a tar and notes their hashes. After an error it does nothing.
type packer struct {
	ctx  context.Context
	tar  *tar.Writer
	sums map[string]string
	now  time.Time
	err  error
}

func (p *packer) file(name, path string) {
	if p.err == nil {
		p.err = p.ctx.Err()
	}
	if p.err != nil {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		p.err = fmt.Errorf("backup: %w", err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		p.err = fmt.Errorf("backup: %w", err)
		return
	}
	p.add(name, info.Size(), f)
}

func (p *packer) add(name string, size int64, r io.Reader) {
	err := p.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: p.now, Format: tar.FormatPAX})
	if err == nil {
		sum := sha256.New()
		_, err = io.Copy(io.MultiWriter(p.tar, sum), r)
		p.sums[name] = hex.EncodeToString(sum.Sum(nil))
	}
	if err != nil {
		p.err = fmt.Errorf("backup of %s: %w", name, err)
	}
}

func (p *packer) attachments(dir string) {
	if p.err != nil {
		return
	}
	err := fs.WalkDir(os.DirFS(dir), filesDir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no attachments yet, or a temporary file that is gone
		}
		if err == nil && attachment.MatchString(name) {
			p.file(name, filepath.Join(dir, filepath.FromSlash(name)))
			return p.err
		}
		return err
	})
	if p.err == nil {
		p.err = err
	}
}

func (p *packer) manifest(version string) {
	if p.err != nil {
		return
	}
	text, err := json.MarshalIndent(manifest{Version: version, Created: p.now, Files: p.sums}, "", "  ")
	if err != nil {
		p.err = err
		return
	}
	p.add(manifestFile, int64(len(text)), bytes.NewReader(text))
}
