package source

import (
	"context"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/signal"
)

// Wait is an Unavailable error that says when to send again.
type Wait struct {
	errs.E
	// For is how long the sender should wait.
	For time.Duration
}

// Unwrap gives the kind and the sentence.
func (w *Wait) Unwrap() error { return &w.E }

// Receive stores lines durably: nil means that every one is safe. It changes the rows. A *Wait
// says that none was stored (the disk limit is reached, the source's day is full) and when to
// send them again.
func (s *Service) Receive(ctx context.Context, from Sender, rows []signal.Row) error {
	if err := people.Allow(from.By, people.LogSend, people.Target{}); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	now := s.Clock.Now()
	size := sizeOf(rows)
	if err := s.admit(from.Source, size, now); err != nil {
		return err
	}
	treat, err := s.treatmentOf(from.Source)
	if err != nil {
		return err
	}
	in := newIntake(from.Source, treat, now, s.OldestAge)
	in.take(rows)
	if err := s.Store.Append(ctx, in.rows); err != nil {
		if errs.Is(err, errs.Unavailable) {
			return &Wait{errs.E{Kind: errs.Unavailable, Message: err.Error(), Err: err}, waitWhenFull}
		}
		return err
	}
	s.tally.add(from.Source.ID, now, count{lines: int64(len(rows)), bytes: size, unparsed: in.unparsed, quarantined: in.quarantined})
	return nil
}

const waitWhenFull = 5 * time.Second

// shares of the disk limit from which sources of a priority have to wait.
const (
	lowWaits    = 0.5
	normalWaits = 0.8
)

// admit refuses lines for which there is no room, today or on the disk.
func (s *Service) admit(src Source, size int64, now time.Time) error {
	if src.Limit > 0 && s.tally.today(src.ID, now)+size > src.Limit {
		tomorrow := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		s.tally.add(src.ID, now, count{refused: 1})
		return &Wait{errs.E{Kind: errs.Unavailable, Message: "source " + src.Name + " has sent what it may in a day (" + src.Spec.DailyLimit +
			"): it may send again from 00:00 UTC, or raise its daily_limit"}, tomorrow.Sub(now)}
	}
	full := s.Store.Pressure()
	if src.Spec.Priority == Low && full > lowWaits || src.Spec.Priority == "" && full > normalWaits {
		return &Wait{errs.E{Kind: errs.Unavailable, Message: "the disk for lines on their way is getting short, and more important sources go first: send again later"}, waitWhenFull}
	}
	return nil
}

func sizeOf(rows []signal.Row) (n int64) {
	for _, r := range rows {
		for _, f := range r.Fields {
			n += int64(len(f.Name) + len(f.Value))
		}
	}
	return n
}

// intake prepares the lines of one delivery.
type intake struct {
	source   Source
	treat    *treatment
	received time.Time
	oldest   time.Time // zero: any
	set      []signal.Field
	rows     []signal.Row
	before   lastRow

	unparsed, quarantined int64
}

func newIntake(src Source, treat *treatment, received time.Time, oldestAge time.Duration) *intake {
	in := &intake{source: src, treat: treat, received: received, set: []signal.Field{{Name: signal.Source, Value: src.Name}}}
	if oldestAge > 0 {
		in.oldest = received.Add(-oldestAge)
	}
	for _, f := range []signal.Field{
		{Name: signal.Service, Value: src.Spec.Service},
		{Name: signal.Component, Value: src.Spec.Component},
		{Name: signal.Environment, Value: src.Spec.Environment},
	} {
		if f.Value != "" {
			in.set = append(in.set, f)
		}
	}
	return in
}

// sentPrefix begins the name under which a sender's own value of a field is kept that the
// server sets.
const sentPrefix = "sent_"

// take prepares rows. A row takes the place of what it was made of.
func (in *intake) take(rows []signal.Row) {
	in.rows = rows[:0]
	for i := range rows {
		in.prepare(rows[i])
	}
}

// maxOwn is how long a sender's own value of a server field may be: names are shorter, and the
// engine loses streams whose fields are long.
const maxOwn = 200

// dismiss takes the server's fields away from values that are no names. They are kept beside.
func dismiss(r *signal.Row) {
	for i := range r.Fields {
		switch f := &r.Fields[i]; f.Name {
		case signal.Source, signal.Service, signal.Component, signal.Environment:
			if len(f.Value) > maxOwn {
				f.Name = sentPrefix + f.Name
			}
		}
	}
}

// prepare makes of a line what is stored of it: one row, or several where it is too large. What
// the server sets comes after the masks: permission rests on it, so nothing may change it.
func (in *intake) prepare(r signal.Row) {
	if r.Get(signal.ParseError) != "" {
		in.unparsed++
	}
	in.treat.row(&r, &in.before)
	dismiss(&r)
	for _, f := range in.set {
		if had := r.Get(f.Name); had != "" && had != f.Value {
			r.Fields = append(r.Fields, signal.Field{Name: sentPrefix + f.Name, Value: had})
		}
		r.Set(f.Name, f.Value)
	}
	in.fit(r)
}
