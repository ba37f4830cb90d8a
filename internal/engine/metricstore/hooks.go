package metricstore

import (
	"slices"
	"sync"
	"time"
)

// hooks tell others what appends did.
type hooks struct {
	mu        sync.Mutex
	listeners []func(names []string)
	failure   string // why the last append failed, "" when it did not
	since     time.Time
}

// Arrived registers a listener that hears, after each commit, the names of the metrics that got samples: sorted,
// each once. It is called by whoever appends, so it must be quick. Register before Start.
func (s *Store) Arrived(listener func(names []string)) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.listeners = append(s.hooks.listeners, listener)
}

func (h *hooks) arrived(set map[string]struct{}) {
	h.mu.Lock()
	listeners := h.listeners
	h.mu.Unlock()
	if len(listeners) == 0 {
		return
	}
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, listener := range listeners {
		listener(names)
	}
}

func (h *hooks) failed(now time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failure == "" {
		h.since = now
	}
	h.failure = err.Error()
}

func (h *hooks) worked() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure = ""
}

// failing says why appends fail, and since when.
func (h *hooks) failing() (string, time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failure, h.since
}
