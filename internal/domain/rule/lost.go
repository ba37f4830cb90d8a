package rule

import (
	"context"
	"errors"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// lost is what could not be told, and why.
type lost struct {
	toTell
	why error
}

// storeOneByOne stores alerts that cannot be stored together. One that cannot be at all is kept in the
// quarantine, and somebody is told of that instead, in the transaction that moves the cursor: no alert
// goes without a word, and the others do not wait for it.
func (s *Service) storeOneByOne(ctx context.Context, r *run, now time.Time) error {
	var list []lost
	for _, t := range r.tellings() {
		err := s.DB.Do(ctx, func(tx *db.Tx) error { return s.tellIn(tx, t, now) })
		switch {
		case err == nil:
		case ctx.Err() != nil || errs.Is(err, errs.Unavailable):
			return err
		default:
			s.Log.ErrorContext(ctx, "an alert of a log rule cannot be stored and goes to the quarantine", "rule", t.watch.Name, "err", err)
			t.watch.skip("an alert could not be stored: " + err.Error())
			list = append(list, lost{t, err})
		}
	}
	var failed error
	for _, how := range []noticeOf{lostOfService, lostOfNobody, lostUntold} {
		err := s.DB.Do(ctx, func(tx *db.Tx) error {
			return errors.Join(s.storeIn(tx, r, now, nil), s.lostIn(tx, list, now, how))
		})
		if err == nil || errors.Is(err, errStale) || ctx.Err() != nil || errs.Is(err, errs.Unavailable) {
			return err
		}
		failed = err
	}
	return failed
}

// noticeOf makes the alert that says that one was lost. What kept that one out may keep out this one,
// too, so there are several, each of which needs less to be well.
type noticeOf func(lost) (in alert.In, tell bool)

// lostOfService tells whom the lost one would have told.
func lostOfService(l lost) (in alert.In, tell bool) {
	in, tell = lostOfNobody(l)
	in.Annotations["summary"] += ": " + cut(l.summary(l.telling), maxExample)
	if l.group.service != "" {
		in.Labels[signal.Service] = labelValue(l.group.service)
	}
	return in, tell
}

// lostOfNobody tells those who get what belongs to no service. That the end or a repeat of what they
// know is not there is not told: the next one is.
func lostOfNobody(l lost) (in alert.In, tell bool) {
	return alert.In{
		Labels: map[string]string{labelName: "log-rule-alert-lost", labelRule: l.Name, labelLevel: strconv.Itoa(l.Spec.severity())},
		Annotations: map[string]string{
			"summary":     "Log rule " + clean(l.Title()) + " has fired and its alert cannot be stored",
			"description": "It is kept in the quarantine of alerts. The reason: " + cut(clean(l.why.Error()), maxExample),
		},
	}, l.what == fires
}

func lostUntold(lost) (in alert.In, tell bool) { return in, false }

func (s *Service) lostIn(tx *db.Tx, list []lost, now time.Time, how noticeOf) error {
	for _, l := range list {
		if err := s.Alerts.QuarantineIn(tx, actor.Mainstay, s.inOf(tx, l.toTell, now), l.why); err != nil {
			return err
		}
		if in, tell := how(l); tell {
			if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, in); err != nil {
				return err
			}
		}
	}
	return nil
}
