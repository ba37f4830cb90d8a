package incident

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Outlook is how a service stands, as a customer who uses it is told: no title, text, person or
// number of an incident, because these are written for us.
type Outlook struct {
	Service  string // title
	Severity int    // of the worst active incident; 0 when there is none
	// Since is when the trouble began; zero when there is none.
	Since time.Time
	// InHand says that somebody works on all of it.
	InHand bool
	// Known says that monitoring reports on the service, and all of it does.
	Known bool
}

// Outlooks returns how the services of a customer stand, in the order in which the customer
// names them. Clients read those of their own customer.
func (s *Service) Outlooks(ctx context.Context, by actor.Actor, customerName string) (out []Outlook, err error) {
	if err := people.Allow(by, people.CustomerRead, people.Target{Customers: []string{customerName}}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := customer.ByName(tx, customerName)
		if err != nil {
			return err
		}
		active, err := activeByService(tx)
		if err != nil {
			return err
		}
		inputs, err := alert.Inputs(tx)
		if err != nil {
			return err
		}
		out = make([]Outlook, 0, len(c.Services))
		for _, name := range c.Services {
			service, err := catalogue.ServiceByName(tx, name)
			if errs.Is(err, errs.NotFound) {
				continue // has gone since
			}
			if err != nil {
				return err
			}
			in, heard := inputs[name]
			o := outlook(service.Title, active[name])
			o.Known = heard && in.Stale == 0
			out = append(out, o)
		}
		return nil
	})
	return out, err
}

// activeByService are the incidents that are not restored, by name of the service.
func activeByService(tx *db.Tx) (map[string][]Incident, error) {
	list, err := db.All(tx, scan, `SELECT `+columns+from+`WHERE i.state IN ('open', 'acknowledged', 'investigating')`)
	out := map[string][]Incident{}
	for _, i := range list {
		out[i.ServiceName] = append(out[i.ServiceName], i)
	}
	return out, err
}

// outlook is as bad as the worst of the incidents, as old as the oldest, and in hand when all are.
func outlook(service string, active []Incident) Outlook {
	o := Outlook{Service: service, InHand: len(active) > 0}
	for _, i := range active {
		if o.Severity == 0 || i.Severity < o.Severity {
			o.Severity = i.Severity
		}
		if o.Since.IsZero() || i.Resumed.Before(o.Since) {
			o.Since = i.Resumed
		}
		o.InHand = o.InHand && i.State != Open
	}
	return o
}
