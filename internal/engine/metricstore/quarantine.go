package metricstore

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

// Refused is a sample that was not stored.
type Refused struct {
	signal.Refusal
	Seen time.Time // when it came
	Via  string    // how
}

// quarantine keeps the samples that were refused: the last ones in memory, where they are listed, and all in a file
// of JSON lines until that is full. When it is, it becomes the older of two, and the one that was it goes.
type quarantine struct {
	path  string
	clock clock.Clock

	mu    sync.Mutex
	file  *os.File
	size  int64
	list  []Refused // oldest first
	total int64     // since the start
	last  time.Time // when the last one came
}

const (
	maxListed = 500
	maxFile   = 16 << 20
)

// kept is a line of the file.
type kept struct {
	Seen   time.Time         `json:"seen"`
	Via    string            `json:"via"`
	Why    string            `json:"why"`
	At     time.Time         `json:"at"`
	Value  string            `json:"value"` // as text: JSON has neither NaN nor Inf
	Labels map[string]string `json:"labels"`
}

func openQuarantine(path string, c clock.Clock) (*quarantine, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	q := &quarantine{path: path, clock: c}
	if err := q.load(); err != nil {
		return nil, err
	}
	return q, q.reopen()
}

func (q *quarantine) reopen() (err error) {
	if q.file, err = os.OpenFile(q.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	info, err := q.file.Stat()
	if err == nil {
		q.size = info.Size()
	}
	return err
}

// load lists what an earlier process refused.
func (q *quarantine) load() error {
	f, err := os.Open(q.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var k kept
		if json.Unmarshal(lines.Bytes(), &k) == nil { // the last line may have been cut off by a crash
			q.add(k.refused())
		}
	}
	return nil
}

func (q *quarantine) add(r Refused) {
	q.list = append(q.list, r)
	if len(q.list) > 2*maxListed {
		q.list = slices.Clone(q.list[len(q.list)-maxListed:])
	}
}

// keep takes in refused samples, and how many there were. What cannot be written is listed all the same.
func (q *quarantine) keep(refused []Refused, count int) {
	if len(refused) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	var text []byte
	for _, r := range refused {
		r.Seen = now
		q.add(r)
		line, _ := json.Marshal(keptOf(r)) // of texts and times: it cannot fail
		text = append(append(text, line...), '\n')
	}
	q.total += int64(count)
	q.last = now
	q.write(text)
}

func (q *quarantine) write(text []byte) {
	if q.file == nil {
		return
	}
	if q.size+int64(len(text)) > maxFile && q.size > 0 {
		_ = q.file.Close()
		q.file, q.size = nil, 0
		if os.Rename(q.path, q.path+".1") != nil || q.reopen() != nil {
			return
		}
	}
	n, _ := q.file.Write(text)
	q.size += int64(n)
}

// Close lets go of the file.
func (q *quarantine) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.file == nil {
		return nil
	}
	err := q.file.Close()
	q.file = nil
	return err
}

// Refused lists samples that were refused, the newest first, and how many were since the start.
func (s *Store) Refused() (list []Refused, total int64) {
	q := s.quarantine
	q.mu.Lock()
	defer q.mu.Unlock()
	list = slices.Clone(q.list[max(0, len(q.list)-maxListed):])
	slices.Reverse(list)
	return list, q.total
}

func keptOf(r Refused) kept {
	k := kept{Seen: r.Seen, Via: r.Via, Why: r.Why, At: r.Point.At, Value: strconv.FormatFloat(r.Point.Value, 'g', -1, 64), Labels: map[string]string{}}
	for _, f := range r.Labels {
		k.Labels[f.Name] = f.Value
	}
	return k
}

func (k kept) refused() Refused {
	r := Refused{Seen: k.Seen, Via: k.Via, Refusal: signal.Refusal{Why: k.Why, Point: signal.Point{At: k.At}}}
	r.Point.Value, _ = strconv.ParseFloat(k.Value, 64) // as keptOf wrote it
	for name, value := range k.Labels {
		r.Labels = append(r.Labels, signal.Field{Name: name, Value: value})
	}
	slices.SortFunc(r.Labels, func(a, b signal.Field) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return r
}

// RefuseScraped keeps in mind that a target exposed a sample that is too far ahead. Its value and instant are not known:
// the library tells only the series, as the target wrote it.
func (s *Store) RefuseScraped(series, job, target string) {
	ls, err := s.parser.ParseMetric(series)
	if err != nil {
		ls = labels.FromStrings(labels.MetricName, series)
	}
	b := labels.NewBuilder(ls)
	b.Set("job", job)
	b.Set("instance", target)
	s.quarantine.keep([]Refused{{Via: "scrape", Refusal: signal.Refusal{Labels: plain(b.Labels()),
		Why: "it is more than ten minutes ahead of this server's clock, by the instant that the target gave it", Point: signal.Point{Value: math.NaN()}}}}, 1)
}
