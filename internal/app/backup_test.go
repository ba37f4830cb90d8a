package app_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// While alerts arrive, a backup holds whole transactions: what is restored from it has an
// incident for every alert, passes the auditor, and goes on working.
func TestABackupUnderLoadRestoresWhole(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	attach(t, d, "INC-1", "what happened")

	ctx, stop := context.WithCancel(t.Context())
	started := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			d.Call(http.MethodPost, "/api/v2/alerts", fmt.Sprintf(`[{"labels":{"alertname":"A%d"}}]`, i)).Status(200)
			if i == 3 {
				close(started)
			}
		}
	})
	<-started
	var file bytes.Buffer
	err := d.Backup(t.Context(), operator, &file, true)
	stop()
	sending.Wait()
	if err != nil {
		t.Fatal(err)
	}

	dir := filepath.Join(t.TempDir(), "restored")
	done, err := app.Restore(t.Context(), &file, app.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if !done.Key || done.Files != 1 || len(done.Ledger.Problems) != 0 || done.Ledger.Events+done.Ledger.Unplaced < 5 {
		t.Errorf("got %+v, %+v", done, done.Ledger)
	}
	if info, err := os.Stat(filepath.Join(dir, "key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v %v", info, err)
	}
	again := apptest.Open(t, "sqlite", func(o *app.Options) { o.DataDir = dir })
	found, err := again.Auditor.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !f.Late {
			t.Errorf("the auditor found %+v", f)
		}
	}
	again.Settle()
	var files struct{ Items []struct{ ID string } }
	again.Call(http.MethodGet, "/api/v1/incidents/INC-1/attachments", nil).Status(200).Into(&files)
	got := again.Call(http.MethodGet, "/api/v1/incidents/INC-1/attachments/"+files.Items[0].ID, nil).Status(200)
	if string(got.Body) != "what happened" {
		t.Errorf("the attachment is %q", got.Body)
	}
	again.Call(http.MethodPost, "/api/v1/incidents/INC-1/restore", nil).Status(200)
}

func attach(t *testing.T, d *apptest.Desk, key, text string) {
	t.Helper()
	by := actor.Actor{Kind: actor.System, ID: "test", Name: "Test"}
	if _, err := d.Rooms.Incidents.Attach(t.Context(), by, key, "note.txt", "text/plain", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

func TestABackupThatWasDamagedIsRefusedAndLeavesNothing(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	attach(t, d, "INC-1", "what happened")
	var file bytes.Buffer
	if err := d.Backup(t.Context(), operator, &file, true); err != nil {
		t.Fatal(err)
	}
	parts := unpacked(t, file.Bytes())
	if len(parts) != 4 || parts[3].name != "manifest.json" {
		t.Fatalf("got %v", parts)
	}
	for name, broken := range map[string][]byte{
		"no backup":           []byte("no backup"),
		"empty":               nil,
		"cut off":             file.Bytes()[:file.Len()/2],
		"no manifest":         packed(t, parts[:3]),
		"no database":         packed(t, parts[1:]),
		"an attachment less":  packed(t, slices.Delete(slices.Clone(parts), 2, 3)),
		"a file more":         packed(t, append([]part{{"../../evil", []byte("x")}}, parts...)),
		"another attachment":  packed(t, append([]part{{strings.Repeat("a", 2), nil}}, parts...)),
		"a changed file":      packed(t, []part{parts[0], {parts[1].name, []byte("other key")}, parts[2], parts[3]}),
		"a database of zeros": packed(t, forged(t, parts, bytes.Repeat([]byte{0}, 4096))),
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "restored")
			_, err := app.Restore(t.Context(), bytes.NewReader(broken), app.Options{DataDir: dir})
			if err == nil {
				t.Fatal("it was restored")
			}
			if name != "a database of zeros" && !errs.Is(err, errs.Invalid) {
				t.Errorf("got %v", err)
			}
			if left, _ := os.ReadDir(parent); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestABackupWithoutItsKeySaysSo(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	var file bytes.Buffer
	if err := d.Backup(t.Context(), operator, &file, false); err != nil {
		t.Fatal(err)
	}
	done, err := app.Restore(t.Context(), &file, app.Options{DataDir: filepath.Join(t.TempDir(), "x")})
	if err != nil || done.Key {
		t.Errorf("%+v %v", done, err)
	}
}

func TestPostgresIsBackedUpWithItsOwnTools(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		if !d.DB.Postgres() {
			return
		}
		err := d.Backup(t.Context(), operator, io.Discard, true)
		if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "pg_dump") {
			t.Errorf("got %v", err)
		}
		var problem struct{ Detail string }
		d.Call(http.MethodPost, "/api/v1/system/backup", nil).Status(409).Into(&problem)
		if !strings.Contains(problem.Detail, "pg_dump") {
			t.Errorf("got %+v", problem)
		}
	})
}

func TestABackupThatFailsLeavesNothingInTheDataDirectory(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	if err := d.Backup(t.Context(), operator, failing{}, true); err == nil {
		t.Fatal("a writer that fails is no error")
	}
	if left := copies(t, d); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestWhatABackupLeftWhoseProcessDiedGoesWithTheNextStart(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	dead := filepath.Join(d.DataDir, ".backup-123")
	if err := os.Mkdir(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dead, "mainstay.db"), filepath.Join(d.DataDir, "backup-of-monday.tar.gz")} {
		if err := os.WriteFile(path, []byte("records"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.Restart()
	if left := copies(t, d); len(left) != 1 || left[0] != "backup-of-monday.tar.gz" {
		t.Errorf("%v is left", left)
	}
}

// copies are the names in the data directory that speak of backups.
func copies(t *testing.T, d *apptest.Desk) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(d.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "backup") {
			names = append(names, e.Name())
		}
	}
	return names
}

// operator is who takes the backups of these tests.
var operator = actor.Actor{Kind: actor.System, ID: "operator", Name: "Olga Operator"}

func TestWhoTakesABackupIsOnTheLedgerBeforeTheFirstByteLeaves(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Call(http.MethodPost, "/api/v1/system/backup", nil).Status(200)
	d.Call(http.MethodPost, "/api/v1/system/backup?without_key=true", nil).Status(200)
	if err := d.Backup(t.Context(), operator, failing{}, true); err == nil {
		t.Fatal("a writer that fails is no error")
	}
	if err := d.Backup(t.Context(), actor.Actor{Kind: actor.User, ID: "x", Role: actor.SupportManager}, io.Discard, false); !errs.Is(err, errs.Forbidden) {
		t.Errorf("by a support manager: %v", err)
	}
	want := []string{
		`backup.started token bootstrap {"with_key":true}`, `backup.finished token bootstrap`,
		`backup.started token bootstrap {"with_key":false}`, `backup.finished token bootstrap`,
		`backup.started Olga Operator {"with_key":true}`, `backup.failed Olga Operator {"bytes":0,"reason":`,
	}
	got := backupsTold(t, d)
	if len(got) != len(want) {
		t.Fatalf("told %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("told %q, want %q", got[i], want[i])
		}
	}
}

func TestABackupOfAStoppedServerIsOnItsLedgerAndInTheBackup(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Stop()
	var file bytes.Buffer
	if err := app.BackupDir(t.Context(), app.Options{DataDir: d.DataDir}, operator, &file, true); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(file.Bytes()))
	dir := filepath.Join(t.TempDir(), "restored")
	if _, err := app.Restore(t.Context(), &file, app.Options{DataDir: dir}); err != nil {
		t.Fatal(err)
	}
	copied := apptest.Open(t, "sqlite", func(o *app.Options) { o.DataDir = dir })
	if got := backupsTold(t, copied); len(got) != 1 || !strings.HasPrefix(got[0], "backup.started Olga Operator") {
		t.Errorf("the backup says %q", got)
	}
	d.Restart()
	if got := backupsTold(t, d); len(got) != 2 || !strings.Contains(got[1], sum) {
		t.Errorf("the desk says %q, the hash is %s", got, sum)
	}
}

// backupsTold are the events of backups.
func backupsTold(t *testing.T, d *apptest.Desk) []string {
	t.Helper()
	return recorded(t, d, "backup")
}

// recorded are the events of records of a kind: kind, actor and payload.
func recorded(t *testing.T, d *apptest.Desk, of string) (told []string) {
	t.Helper()
	d.Settle()
	err := d.DB.View(t.Context(), func(tx *db.Tx) error {
		events, err := ledger.After(tx, 0, 1000)
		for _, e := range events {
			if e.Record.Kind == of {
				told = append(told, fmt.Sprintf("%s %s %s", e.Kind, e.Actor.Name, e.Payload))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return told
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

type part struct {
	name string
	data []byte
}

func unpacked(t *testing.T, file []byte) (parts []part) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part{h.Name, data})
	}
}

func packed(t *testing.T, parts []part) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, p := range parts {
		err := w.WriteHeader(&tar.Header{Name: p.name, Mode: 0o600, Size: int64(len(p.data))})
		if err == nil {
			_, err = w.Write(p.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// forged has another database and a manifest that fits it.
func forged(t *testing.T, parts []part, database []byte) []part {
	t.Helper()
	out := slices.Clone(parts)
	out[0].data = database
	var m map[string]any
	if err := json.Unmarshal(parts[3].data, &m); err != nil {
		t.Fatal(err)
	}
	files, _ := m["files"].(map[string]any)
	files["mainstay.db"] = fmt.Sprintf("%x", sha256.Sum256(database))
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out[3].data = text
	return out
}
