package source

import (
	"context"
	"errors"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source/mask"
	"mainstay/internal/engine/signal"
)

// Wait is an Unavailable error that says when to send again.
type Wait struct {
	errs.E
	// For is how long the sender should wait.
	For time.Duration
	// Own says that this source alone has to: lines of others can be stored meanwhile.
	Own bool
}

// Unwrap gives the kind and the sentence.
func (w *Wait) Unwrap() error { return &w.E }

// OfOne reports whether an error of Receive is about the one source or its lines, so that it says nothing
// about the lines of others.
func OfOne(err error) bool {
	if w, ok := errors.AsType[*Wait](err); ok {
		return w.Own
	}
	return errs.Is(err, errs.Forbidden) || errs.Is(err, errs.Invalid)
}

// Receipt says what became of lines that are safe.
type Receipt struct {
	First, Last time.Time // under which the first and the last of them are stored, UTC; zero for none
	// Misdated lines have an instant that cannot be stored: they are under that of their arrival, for the
	// reason Why, and their own is in the field original_time.
	Misdated int64
	Why      string
}

// Add takes in what became of further lines.
func (r *Receipt) Add(more Receipt) {
	if r.First.IsZero() || more.First.Before(r.First) && !more.First.IsZero() {
		r.First = more.First
	}
	if more.Last.After(r.Last) {
		r.Last = more.Last
	}
	if r.Why == "" {
		r.Why = more.Why
	}
	r.Misdated += more.Misdated
}

// Receive stores lines durably: nil means that every one is safe. It changes the rows. A *Wait
// says that none was stored (the disk limit is reached, the source's day is full) and when to
// send them again.
func (s *Service) Receive(ctx context.Context, from Sender, rows []signal.Row) (Receipt, error) {
	if err := people.Allow(from.By, people.LogSend, people.Target{}); err != nil {
		return Receipt{}, err
	}
	if len(rows) == 0 {
		return Receipt{}, nil
	}
	now := s.Clock.Now()
	size := sizeOf(rows)
	if err := s.admit(from.Source, size, now); err != nil {
		return Receipt{}, err
	}
	treat, err := s.treatmentOf(from.Source)
	if err != nil {
		return Receipt{}, err
	}
	in := newIntake(from.Source, treat, now, s.Ages[s.classOf(from.Source.Spec)])
	in.upload(from.Past)
	in.take(rows)
	receipt := in.receipt()
	if err := s.Store.AppendAs(ctx, s.classOf(from.Source.Spec), in.rows); err != nil {
		if errs.Is(err, errs.Unavailable) {
			return Receipt{}, &Wait{errs.E{Kind: errs.Unavailable, Message: err.Error(), Err: err}, waitWhenFull, false}
		}
		return Receipt{}, err
	}
	sent := count{lines: int64(len(rows)), bytes: size, unparsed: in.unparsed, misdated: in.misdated}
	if !from.Past.IsZero() {
		sent.lines, sent.uploaded = 0, sent.lines // or a source would seem to send far more than usual
	}
	s.tally.add(from.Source.ID, now, sent)
	return receipt, nil
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
			"): it may send again from 00:00 UTC, or raise its daily_limit"}, tomorrow.Sub(now), true}
	}
	full := s.Store.Pressure()
	if src.Spec.Priority == Low && full > lowWaits || src.Spec.Priority == "" && full > normalWaits {
		return &Wait{errs.E{Kind: errs.Unavailable, Message: "the disk for lines on their way is getting short, and more important sources go first: send again later"}, waitWhenFull, true}
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
	before   mask.LastRow
	sound    []string // names of a row that are all different

	unparsed, misdated int64
	why                string // the first is misdated
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

// upload marks all lines as ones of the past, when they are.
func (in *intake) upload(at time.Time) {
	if !at.IsZero() {
		in.set = append(in.set, signal.Field{Name: signal.Uploaded, Value: UploadedAt(at)})
	}
}

func (in *intake) receipt() Receipt {
	out := Receipt{Misdated: in.misdated, Why: in.why}
	for _, r := range in.rows {
		if out.First.IsZero() || r.Time.Before(out.First) {
			out.First = r.Time
		}
		if r.Time.After(out.Last) {
			out.Last = r.Time
		}
	}
	return out
}

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
		switch f := r.Fields[i]; f.Name {
		case signal.Source, signal.Service, signal.Component, signal.Environment:
			if len(f.Value) > maxOwn {
				aside(r, i)
			}
		}
	}
}

// prepare makes of a line what is stored of it: one row, or several where it is too large. What
// the server sets comes after the masks: permission rests on it, so nothing may change it.
func (in *intake) prepare(r signal.Row) {
	disown(&r)
	if r.Fault != "" {
		in.unparsed++
		r.Set(signal.ParseError, r.Fault)
		r.Fault = ""
	}
	in.treat.row(&r, &in.before)
	common(&r, in.source.Spec.Service == "")
	dismiss(&r)
	for _, f := range in.set {
		claim(&r, f.Name, f.Value)
	}
	in.distinct(&r)
	in.fit(r)
}
