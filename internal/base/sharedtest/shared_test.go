package sharedtest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// witness notes how a test would end.
type witness struct {
	testing.TB
	skipped, failed bool
}

func (w *witness) Helper()               {}
func (w *witness) Skipf(string, ...any)  { w.skipped = true; runtime.Goexit() }
func (w *witness) Fatalf(string, ...any) { w.failed = true; runtime.Goexit() }

func end(t *testing.T) *witness {
	w := &witness{TB: t}
	done := make(chan struct{})
	go func() { defer close(done); Path(w, "data/logs") }()
	<-done
	return w
}

func TestANamedFolderThatLacksItsFilesFailsAndNoneAtAllSkips(t *testing.T) {
	named := t.TempDir()
	t.Setenv("MAINSTAY_SHARED", named)
	if w := end(t); !w.failed || w.skipped {
		t.Errorf("a named folder without logs: %+v", w)
	}
	if err := os.MkdirAll(filepath.Join(named, "data", "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if w := end(t); w.failed || w.skipped {
		t.Errorf("a named folder with logs: %+v", w)
	}
	clone := filepath.Join(t.TempDir(), "clone")
	if err := os.MkdirAll(clone, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(clone, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAINSTAY_SHARED", "")
	t.Chdir(clone)
	if w := end(t); w.failed || !w.skipped {
		t.Errorf("a fresh clone: %+v", w)
	}
}
