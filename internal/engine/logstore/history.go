package logstore

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// History keeps samples of the disk in a file, one an hour for as long as a forecast looks back.
type History struct {
	path    string
	samples []Sample
}

const (
	sampleEvery = time.Hour
	sampleKept  = (forecastOver + 1) * day
)

// OpenHistory reads what was kept. Lines that cannot be read are left out: a forecast can do without.
func OpenHistory(dir string) (*History, error) {
	h := &History{path: filepath.Join(dir, "disk.ndjson")}
	text, err := os.ReadFile(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var s Sample
		if json.Unmarshal(lines.Bytes(), &s) == nil && !s.At.IsZero() {
			h.samples = append(h.samples, s)
		}
	}
	return h, lines.Err()
}

// Add keeps a sample, unless the last one is less than an hour old, and reports the samples.
func (h *History) Add(s Sample) ([]Sample, error) {
	if n := len(h.samples); n > 0 && s.At.Sub(h.samples[n-1].At) < sampleEvery {
		return h.samples, nil
	}
	for len(h.samples) > 0 && s.At.Sub(h.samples[0].At) > sampleKept {
		h.samples = h.samples[1:]
	}
	h.samples = append(h.samples, s)
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	for _, s := range h.samples {
		if err := out.Encode(s); err != nil {
			return h.samples, err
		}
	}
	temp := h.path + ".new"
	if err := os.WriteFile(temp, text.Bytes(), 0o600); err != nil {
		return h.samples, err
	}
	return h.samples, os.Rename(temp, h.path)
}

// Since is when the disk was first looked at, as far as that is kept; zero before.
func (h *History) Since() time.Time {
	if len(h.samples) == 0 {
		return time.Time{}
	}
	return h.samples[0].At
}
