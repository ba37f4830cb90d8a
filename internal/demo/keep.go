package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// keep is what a later run of the demo on the same data has to know.
type keep struct {
	Token     string         `json:"token"`
	Now       time.Time      `json:"now"` // the desk's clock, which must not go back
	Furnished bool           `json:"furnished"`
	Runs      map[string]Run `json:"runs,omitempty"` // of failures, by name
}

const keepFile = "demo.json"

// load reads what an earlier run has kept; nothing, for new data.
func load(dir string) (k keep, err error) {
	text, err := os.ReadFile(filepath.Join(dir, keepFile))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		return k, fmt.Errorf("what the demo has kept: %w", err)
	}
	return k, nil
}

// keep writes it; a file that is half written never takes the place of a whole one.
func (d *Demo) keep() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := keep{Token: d.Token, Now: d.Clock.Now(), Furnished: d.kept.Furnished, Runs: d.world.Runs()}
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	path := filepath.Join(d.Dir, keepFile)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
