package metricrule

import (
	"maps"
	"net/url"
	"time"
	"unicode/utf8"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/metricrule/firing"
	"mainstay/internal/domain/metricrule/group"
	"mainstay/internal/engine/db"
)

// tellIn raises, repeats or resolves an alert. One that the alert room cannot take is kept in its quarantine, and
// somebody is told of that instead: it must not keep the others out.
func (s *Service) tellIn(tx *db.Tx, it Item, t firing.Telling, now time.Time) error {
	in := s.alertOf(tx, it, t, now)
	wrong := in.Validate("alert", tx.Now())
	if wrong == nil {
		return s.Alerts.ReceiveIn(tx, actor.Mainstay, in)
	}
	if t.What != firing.Begins {
		return nil
	}
	if err := s.Alerts.QuarantineIn(tx, actor.Mainstay, in, wrong); err != nil {
		return err
	}
	return s.Alerts.ReceiveIn(tx, actor.Mainstay, alert.In{
		Labels: serviceLabels(t.Terms.Service, map[string]string{labelName: "MetricRuleAlertLost", labelGroup: it.Name, labelSeverity: "2"}),
		Annotations: map[string]string{
			"summary":     cut("A metric rule of "+it.Title()+" has fired and its alert cannot be stored", text.MaxLine),
			"description": cut("It is kept in the quarantine of alerts. The reason: "+wrong.Error(), group.MaxText),
		},
		Link: s.link(it),
	})
}

// alertOf is what the alert room is told. Records have their own clock; series keep the time on the wall.
func (s *Service) alertOf(tx *db.Tx, it Item, t firing.Telling, now time.Time) alert.In {
	in := alert.In{Labels: shortened(t.Labels), Link: s.link(it)}
	if t.What == firing.Ends {
		in.Ends = tx.Now()
		return in
	}
	if t.What == firing.Begins {
		in.Starts = tx.Now().Add(-max(0, now.Sub(t.Row.Active)))
	}
	in.Annotations = shortened(t.Row.Annotations)
	for name, value := range map[string]string{annotationSOP: t.Terms.SOP, annotationTeam: t.Terms.Owner, "value": t.Row.Value} {
		if _, own := in.Annotations[name]; value != "" && (!own || name == annotationSOP) {
			in.Annotations[name] = value
		}
	}
	return in
}

// shortened is a copy in which everything can be stored.
func shortened(pairs map[string]string) map[string]string {
	out := make(map[string]string, len(pairs))
	for k, v := range pairs {
		out[k] = cut(v, group.MaxText)
	}
	return out
}

// cut shortens s to at most n bytes at a character's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n -= len("…"); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:n] + "…"
}

func (s *Service) link(it Item) string {
	if s.BaseURL == "" {
		return ""
	}
	return s.BaseURL + "/metric-rules/" + url.PathEscape(it.Name)
}

func serviceLabels(service string, labels map[string]string) map[string]string {
	out := maps.Clone(labels)
	if service != "" {
		out["service"] = service
	}
	return out
}

// failingAlert says that rules cannot be evaluated.
func (s *Service) failingAlert(it Item, why string) alert.In {
	service := it.Spec.Service
	if it.Kind == Anomaly {
		service = it.Anomaly.Service
	}
	return alert.In{
		Labels: serviceLabels(service, map[string]string{labelName: "MetricRuleFailing", labelGroup: it.Name, labelSeverity: "3"}),
		Annotations: map[string]string{
			"summary":     cut("Metric rules "+it.Title()+" cannot be evaluated", text.MaxLine),
			"description": cut(why, group.MaxText),
		},
		Link: s.link(it),
	}
}

// forgetIn resolves what fires of an item and drops what is known of it.
func (s *Service) forgetIn(tx *db.Tx, it Item) error {
	rows, err := rowsOf(tx, it.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Sent == nil {
			continue
		}
		if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, alert.In{Labels: shortened(r.Sent), Ends: tx.Now()}); err != nil && !errs.Is(err, errs.Invalid) {
			return err
		}
	}
	if _, err := tx.Exec(`DELETE FROM metricrule_alert WHERE rule = ?`, string(it.ID)); err != nil {
		return err
	}
	run, err := runningOf(tx, it.ID)
	if err != nil {
		return err
	}
	if run.failing {
		in := s.failingAlert(it, "")
		in.Ends = tx.Now()
		if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, in); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`UPDATE metricrule_run SET node = '', health = '[]', failing = FALSE WHERE rule = ?`, string(it.ID))
	return err
}
