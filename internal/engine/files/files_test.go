package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/files"
)

func open(t *testing.T, dir string, limit int64) *files.Store {
	t.Helper()
	s, err := files.Open(files.Config{Dir: dir, Limit: limit, Clock: clock.Wall()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSavedFileIsReadBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		s := open(t, t.TempDir(), 0)
		content := bytes.Repeat([]byte("screenshot "), 100_000)
		c, err := s.Save(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		var kept files.File
		err = d.Do(context.Background(), func(tx *db.Tx) error {
			f, err := files.Add(tx, c, `C:\shots\board.png`, "image/png; charset=binary")
			if err != nil {
				return err
			}
			kept, err = files.ByID(tx, f.ID)
			return err
		})
		if err != nil || kept.Name != "board.png" || kept.Type != "image/png" || kept.Size != int64(len(content)) {
			t.Fatalf("%+v, %v", kept, err)
		}
		r, err := s.Open(kept)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes read of %d, %v", len(got), len(content), err)
		}
	})
}

func TestTheSameContentIsKeptOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 0)
	for range 3 {
		if _, err := s.Save(strings.NewReader("the same")); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, dir); len(got) != 1 {
		t.Fatalf("kept %v", got)
	}
}

func TestTooLargeFileIsRefusedAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 10)
	if _, err := s.Save(strings.NewReader("0123456789")); err != nil {
		t.Fatalf("a file of exactly the limit: %v", err)
	}
	_, err := s.Save(strings.NewReader("0123456789x"))
	if !errs.Is(err, errs.Invalid) || errs.FieldsOf(err)[0].Path != "file" {
		t.Fatalf("got %v", err)
	}
	if got := list(t, dir); len(got) != 1 {
		t.Fatalf("left behind: %v", got)
	}
}

func TestUploadThatBreaksOffLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	cut := errors.New("connection reset")
	_, err := open(t, dir, 0).Save(io.MultiReader(strings.NewReader("half"), failing{cut}))
	if !errors.Is(err, cut) {
		t.Fatalf("got %v", err)
	}
	if got := list(t, dir); len(got) != 0 {
		t.Fatalf("left behind: %v", got)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestOpenRemovesOnlyAbandonedUploads(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, 0)
	now := clock.Wall().Now()
	for name, age := range map[string]time.Duration{"upload-old": 48 * time.Hour, "upload-new": time.Minute} {
		p := filepath.Join(dir, "tmp", name)
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(p, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir, 0)
	if got := list(t, dir); len(got) != 1 || filepath.Base(got[0]) != "upload-new" {
		t.Fatalf("left: %v", got)
	}
}

func TestNamesOfSendersAreMadeHarmless(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		for sent, want := range map[string]string{
			"report.pdf":        "report.pdf",
			"../../etc/passwd":  "passwd",
			"a\r\nb.txt":        "ab.txt",
			"nul\x00.txt":       "nul.txt",
			"..":                "file",
			"":                  "file",
			"\xff.txt":          "�.txt",
			"日本.txt":            "日本.txt",
			" spaces around   ": "spaces around",
		} {
			err := d.Do(context.Background(), func(tx *db.Tx) error {
				f, err := files.Add(tx, files.Content{SHA256: strings.Repeat("0", 64)}, sent, "nonsense")
				if f.Name != want || f.Type != "application/octet-stream" {
					t.Errorf("%q became %q of type %q, want %q", sent, f.Name, f.Type, want)
				}
				return err
			})
			if err != nil {
				t.Errorf("%q: %v", sent, err)
			}
		}
	})
}

// list names every regular file below dir.
func list(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
