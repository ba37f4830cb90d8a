package hec

import (
	"sync"

	"github.com/google/uuid"
)

// maxChannels is how many channels are remembered; the oldest is forgotten. Its acknowledgements are
// then false, and the sender sends again.
const maxChannels = 10_000

// channels counts the requests of each channel.
type channels struct {
	mu    sync.Mutex
	next  map[string]int64
	order []string
}

// take gives a request of a channel its number.
func (c *channels) take(name string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = map[string]int64{}
	}
	n, known := c.next[name]
	if !known {
		if len(c.order) >= maxChannels {
			delete(c.next, c.order[0])
			c.order = c.order[1:]
		}
		c.order = append(c.order, name)
	}
	c.next[name] = n + 1
	return n
}

// given reports whether a number was given out: what has one is safe.
func (c *channels) given(name string, n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return n >= 0 && n < c.next[name]
}

// validChannel reports whether a name is a GUID, as HEC wants it.
func validChannel(name string) bool {
	_, err := uuid.Parse(name)
	return err == nil
}
