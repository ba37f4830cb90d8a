package app_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"mainstay/internal/app"
)

func TestWhatIsStoredIsForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	start := func() {
		a, err := app.New(context.Background(), app.Options{DataDir: dir, Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]os.FileMode{".": 0o700, "mainstay.db": 0o600, "mainstay.db-wal": 0o600, "key": 0o600, "lock": 0o600} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v %v, want %v", name, info.Mode().Perm(), err, want)
			}
		}
		if err := a.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	start()
	// One that was made when the mode was left to SQLite.
	if err := os.Chmod(filepath.Join(dir, "mainstay.db"), 0o644); err != nil {
		t.Fatal(err)
	}
	start()
}
