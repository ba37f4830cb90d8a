package incident

import (
	"cmp"
	"slices"
	"time"

	"mainstay/internal/domain/notify"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/ui"
)

// fold is what became of a step that paged: a line for the reader, and all of it for who asks.
type fold struct {
	step   string // the step as its pages name it, "response clock, step 2 of 3"; empty for other entries
	brief  string // the step without the people, who stand in the line below
	people []reached
	parts  []entry
}

// reached is how far the pages of a step to one person are.
type reached struct {
	name string
	ways []way
	end  string // why nobody tries further
}

// way is one address of a person.
type way struct {
	notify.Address
	state ui.State // OK delivered, Bad failed, Inactive under way or taken back
	after time.Duration
}

// folding finds for each page the step that it belongs to, by its place among the entries.
type folding map[ledger.Record]int

// take puts what is told of a page into the entry of its step and reports whether it could.
func (f folding) take(list []entry, told entry, e ledger.Event) (bool, error) {
	if e.Kind == "page.started" {
		var p notify.Started
		if err := e.Into(&p); err != nil {
			return false, err
		}
		f.begin(list, e, cmp.Or(p.Step, p.Reason))
	}
	at, ok := f[e.Record]
	if !ok {
		return false, nil
	}
	list[at].parts = append(list[at].parts, told)
	return true, list[at].learn(e)
}

// begin remembers the step of a page: the one of that name in the same instant.
func (f folding) begin(list []entry, e ledger.Event, step string) {
	for i, told := range slices.Backward(list) {
		if !told.At.Equal(e.At) {
			return
		}
		if told.step == step {
			f[e.Record] = i
			list[i].What = told.brief
			return
		}
	}
}

// learn adds to the line what an event says.
func (t *entry) learn(e ledger.Event) error {
	switch e.Kind {
	case "page.started":
		var p notify.Started
		err := e.Into(&p)
		who := t.person(p.Name)
		for _, to := range p.To {
			who.on(to)
		}
		return err
	case "page.fallback":
		var p notify.Fallback
		err := e.Into(&p)
		t.person(p.Name).on(p.Address)
		return err
	case "message.sent", "message.failed":
		var p notify.Told
		err := e.Into(&p)
		w := t.person(p.Name).on(p.Address)
		w.state, w.after = ui.OK, e.At.Sub(t.At)
		if e.Kind == "message.failed" {
			w.state = ui.Bad
		}
		return err
	case "page.exhausted", "page.stopped":
		var p notify.Ended
		err := e.Into(&p)
		t.person(p.Name).end = p.Reason
		return err
	}
	return nil
}

func (t *entry) person(name string) *reached {
	i := slices.IndexFunc(t.people, func(r reached) bool { return r.name == name })
	if i < 0 {
		i, t.people = len(t.people), append(t.people, reached{name: name})
	}
	return &t.people[i]
}

func (r *reached) on(a notify.Address) *way {
	i := slices.IndexFunc(r.ways, func(w way) bool { return w.Address == a })
	if i < 0 {
		i, r.ways = len(r.ways), append(r.ways, way{Address: a, state: ui.Inactive})
	}
	return &r.ways[i]
}

// words say how far one way is.
func (r reached) words(w way) string {
	switch {
	case w.state == ui.OK:
		return "after " + ui.Words(w.after)
	case w.state == ui.Bad:
		return "failed"
	case r.end != "":
		return "not needed"
	}
	return "under way"
}
