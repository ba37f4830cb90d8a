package ship

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mainstay/internal/agent/keep"
	"mainstay/internal/base/errs"
)

// Quarantine is a directory with what the server refused: one file for each body, NDJSON after a
// first line that says why. People look at them, mend what is wrong and delete them; the agent
// never does.
type Quarantine struct {
	Dir string
	// Limit bounds the directory, in bytes.
	Limit int64
}

// Keep writes one body down, durably. An Unavailable error says that the directory is full.
func (q Quarantine) Keep(now time.Time, why string, body []byte) (name string, err error) {
	if err := keep.Dir(q.Dir); err != nil {
		return "", err
	}
	used, err := used(q.Dir)
	if err != nil {
		return "", err
	}
	if used+int64(len(body)) > q.Limit {
		return "", errs.Unavailablef("the quarantine %s is full: look at what the server refused, and delete it", q.Dir)
	}
	text := fmt.Appendf(nil, "# %s refused: %s\n", now.Format(time.RFC3339), strings.Join(strings.Fields(why), " "))
	for n := 1; ; n++ {
		name = filepath.Join(q.Dir, fmt.Sprintf("%s-%d.ndjson", now.Format("20060102T150405"), n))
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, keep.Write(name, append(text, body...))
		}
	}
}

func used(dir string) (n int64, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n, err
}
