package app

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// VerifyDir checks the ledger of a data directory whose server is stopped.
func VerifyDir(ctx context.Context, o Options, kept []string) (report *ledger.Report, err error) {
	seals, err := ledger.ParseKept(kept)
	if err != nil {
		return nil, err
	}
	err = withRecords(ctx, o, func(_ Options, d *db.DB) error {
		report, err = ledger.Verify(ctx, d, seals...)
		return err
	})
	return report, err
}

// Restored says what Restore has put into place.
type Restored struct {
	Files  int // attachments
	Key    bool
	Ledger *ledger.Report
}

// Restore unpacks a backup into a data directory that is empty or does not exist yet, checks
// every file against the manifest, and verifies the ledger. What fails leaves nothing behind.
func Restore(ctx context.Context, r io.Reader, o Options) (out Restored, err error) {
	if o, err = o.withDefaults(); err != nil {
		return out, err
	}
	if err := needEmpty(o.DataDir); err != nil {
		return out, err
	}
	// Everything is made and checked beside the place, and then moved there in one step.
	if err := os.MkdirAll(filepath.Dir(o.DataDir), 0o700); err != nil {
		return out, fmt.Errorf("restore: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(o.DataDir), ".restore-*")
	if err != nil {
		return out, fmt.Errorf("restore: %w", err)
	}
	defer os.RemoveAll(temp)
	sums, err := unpack(ctx, r, temp)
	if err != nil {
		return out, err
	}
	for name := range sums {
		switch {
		case name == keyFile:
			out.Key = true
		case attachment.MatchString(name):
			out.Files++
		}
	}
	there := o
	there.DataDir, there.Database = temp, "sqlite:"+filepath.Join(temp, databaseFile)
	if out.Ledger, err = VerifyDir(ctx, there, nil); err != nil {
		return out, err
	}
	if n := len(out.Ledger.Problems); n > 0 {
		return out, errs.Conflictf("the ledger in the backup has %d problems, the first: %s", n, out.Ledger.Problems[0])
	}
	return out, moveInto(temp, o.DataDir)
}

func needEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if len(entries) > 0 {
		return errs.Conflictf("%s is not empty: restore into a new directory", dir)
	}
	return nil
}

func moveInto(temp, dir string) error {
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// unpack writes the files of a backup below dir and checks them; it returns their hashes.
func unpack(ctx context.Context, r io.Reader, dir string) (map[string]string, error) {
	packed, err := gzip.NewReader(r)
	if err != nil {
		return nil, broken("it is not a gzipped tar", err)
	}
	archive := tar.NewReader(packed)
	sums := map[string]string{}
	var m *manifest
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, broken("it is damaged or was cut off", err)
		}
		switch {
		case h.Name == manifestFile:
			m = &manifest{}
			err = json.NewDecoder(archive).Decode(m)
		case h.Name == databaseFile, h.Name == keyFile, attachment.MatchString(h.Name):
			sums[h.Name], err = unpackFile(archive, filepath.Join(dir, filepath.FromSlash(h.Name)))
		default:
			err = fmt.Errorf("%q does not belong into a backup", h.Name)
		}
		if err != nil {
			return nil, broken("it is damaged or was cut off", err)
		}
	}
	return sums, complete(m, sums)
}

// complete compares what was unpacked with what the manifest promised.
func complete(m *manifest, sums map[string]string) error {
	if m == nil {
		return broken("it was cut off: the manifest, which stands last, is missing", nil)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if sums[name] != m.Files[name] {
			return broken(name+" is missing or damaged", nil)
		}
	}
	if len(sums) != len(m.Files) || sums[databaseFile] == "" {
		return broken("its files are not those of its manifest", nil)
	}
	return nil
}

func unpackFile(r io.Reader, path string) (sum string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), r)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Sync(), f.Close())
}

func broken(why string, err error) error {
	return &errs.E{Kind: errs.Invalid, Message: "the backup cannot be used, " + why, Err: err}
}
