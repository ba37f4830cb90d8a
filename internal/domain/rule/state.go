package rule

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// state is a watch as it is stored.
type state struct {
	Groups []storedGroup `json:"groups,omitempty"` // the one that matched last is last
}

type storedGroup struct {
	Service   string   `json:"service,omitempty"`
	Values    []string `json:"values,omitempty"`
	Component string   `json:"component,omitempty"`
	Live      instants `json:"live,omitempty"`
	Late      instants `json:"late,omitempty"`
	Episode   *episode `json:"episode,omitempty"`
}

// instants are written as the first and the steps between them, which takes a few bytes each.
type instants []int64

// MarshalJSON writes them as base64 of varints.
func (s instants) MarshalJSON() ([]byte, error) {
	var b []byte
	last := int64(0)
	for _, at := range s {
		b = binary.AppendVarint(b, at-last)
		last = at
	}
	return json.Marshal(base64.RawStdEncoding.EncodeToString(b))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *instants) UnmarshalJSON(text []byte) error {
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return err
	}
	b, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	at := int64(0)
	for len(b) > 0 {
		step, n := binary.Varint(b)
		if n <= 0 {
			return fmt.Errorf("the instants of a window end too early")
		}
		at, b = at+step, b[n:]
		*s = append(*s, at)
	}
	return nil
}

// state returns what of the watch must survive.
func (w *watch) state() state {
	var s state
	open := 0
	for e := w.order.Back(); e != nil; e = e.Prev() {
		if g := e.Value.(*group); g.episode != nil && g.episode.Open {
			if open++; open > maxOpen {
				g.episode = nil // nobody remembers it but its alert
			}
		}
	}
	for e := w.order.Front(); e != nil; e = e.Next() {
		g := e.Value.(*group)
		if len(g.live.at)+len(g.late.at) == 0 && g.episode == nil {
			continue
		}
		s.Groups = append(s.Groups, storedGroup{g.service, g.values, g.component, g.live.at, g.late.at, g.episode})
	}
	return s
}

// resume gives a new watch the state of an older one.
func (w *watch) resume(s state, seen time.Time, dropped int64) {
	for _, g := range s.Groups {
		w.keep(&group{service: g.Service, values: g.Values, component: g.Component, live: window{g.Live}, late: window{g.Late}, episode: g.Episode})
	}
	w.seen, w.dropped = seen, dropped
}

// shift moves what goes by arrival, because time in which nothing could arrive does not count.
func (w *watch) shift(by time.Duration) {
	if w.kind == Absent && !w.seen.IsZero() {
		w.seen = w.seen.Add(by)
		w.dirty = true
	}
}

// stored notes that everything so far is safe.
func (w *watch) stored() {
	w.dirty, w.told, w.skipped = false, nil, 0
	w.fired, w.trouble = time.Time{}, ""
	clear(w.days)
}
