package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"mainstay/internal/base/clock"
)

// news tells the pages that something on them has changed.
type news struct {
	mu       sync.Mutex
	position int64
	next     chan struct{} // closed by the next news
}

// newNews starts at a position that no earlier run had, so that pages which outlive the demo
// fetch everything again.
func newNews() *news {
	return &news{position: clock.Wall().Now().UnixMilli(), next: make(chan struct{})}
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.position++
	close(n.next)
	n.next = make(chan struct{})
}

// now returns the position and what is closed when there is another.
func (n *news) now() (position int64, next <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.position, n.next
}

const (
	beatEvery = 10 * time.Second       // pages call themselves stale after 25 s without one
	gather    = 100 * time.Millisecond // news that come together
)

// topic is what the live elements of the page listen to.
const topic = "demo"

// feed is the page's live feed; its words are those of the desk's own (see web/ui).
func (d *Demo) feed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	wall := clock.Wall()
	out := stream{w: w, demo: d}
	position, next := d.news.now()
	out.beat(position)
	for out.err == nil {
		select {
		case <-r.Context().Done():
			return
		case <-d.closed:
			return
		case <-wall.After(beatEvery):
			out.beat(position)
			continue
		case <-next:
		}
		select {
		case <-r.Context().Done():
			return
		case <-wall.After(gather):
		}
		position, next = d.news.now()
		out.send("change", position, change{topic, position})
		out.beat(position) // the speed may be another
	}
}

type change struct {
	Topic   string `json:"topic"`
	Version int64  `json:"version"`
}

type beat struct {
	Now      time.Time `json:"now"`
	Position int64     `json:"position"`
	Rate     float64   `json:"rate"`
}

// stream writes Server-Sent Events until one fails.
type stream struct {
	w    http.ResponseWriter
	demo *Demo
	err  error
}

func (s *stream) beat(position int64) {
	s.send("beat", position, beat{s.demo.Clock.Now(), position, s.demo.Clock.Factor()})
}

func (s *stream) send(event string, position int64, data any) {
	if s.err != nil {
		return
	}
	body, err := json.Marshal(data)
	if err == nil {
		_, err = fmt.Fprintf(s.w, "event: %s\nid: %d\ndata: %s\n\n", event, position, body)
	}
	if err == nil {
		err = http.NewResponseController(s.w).Flush()
	}
	s.err = err
}
