package demo

import (
	"context"
	"reflect"
	"sync"

	"mainstay/internal/client"
)

// watch looks at the desk as any program outside would.
type watch struct {
	desk   *client.Client
	people map[string]client.User // by login

	mu   sync.Mutex
	last sight
}

// sight is what there was to see.
type sight struct {
	incidents []client.Incident // newest first
	onCall    []client.OnCall
}

const watched = 30 // incidents

func newWatch(c *client.Client, people []client.User) *watch {
	w := &watch{desk: c, people: map[string]client.User{}}
	for _, u := range people {
		w.people[u.Name] = u
	}
	return w
}

// look asks the desk how it stands.
func (w *watch) look(ctx context.Context) error {
	incidents, err := w.desk.Incidents(ctx, client.IncidentFilter{Newest: true, Limit: watched})
	if err != nil {
		return err
	}
	onCall, err := w.desk.OnCall(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = sight{incidents.Items, onCall}
	return nil
}

func (w *watch) seen() sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func (s sight) equal(o sight) bool { return reflect.DeepEqual(s, o) }

// onDuty returns the login of who is on call on a roster, empty when nobody is.
func (s sight) onDuty(roster string) string {
	for _, r := range s.onCall {
		if r.Roster == roster && len(r.People) > 0 {
			return r.People[0].Login
		}
	}
	return ""
}
