package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/ledger"
)

// ID identifies one firing of an alert.
type ID string

// State is how an alert stands.
type State string

// The states.
const (
	Firing   State = "firing"
	Stale    State = "stale" // the sender stopped saying that it fires, and never said that it ended
	Resolved State = "resolved"
)

// Verdict is what people said of an alert afterwards.
type Verdict string

// The verdicts; "" is none yet.
const (
	Useful Verdict = "useful"
	Noise  Verdict = "noise"
	Wrong  Verdict = "wrong"
)

// Alert is one firing of one condition.
type Alert struct {
	ID          ID
	Fingerprint string
	Service     catalogue.ServiceID
	ServiceName string
	Component   catalogue.ComponentID // empty when none is known
	// ComponentName is empty when none is known.
	ComponentName string
	Name          string
	Title         string
	Severity      int // 1 (worst) to 4
	Labels        map[string]string
	Annotations   map[string]string
	Link          string // where the sender explains it; empty unless it is http or https
	State         State
	Starts        time.Time
	Ends          time.Time // zero until resolved
	Received      time.Time // last time the sender said that it fires
	Count         int64
	Incident      string // empty while it is held back
	IncidentKey   string // what people call the incident; only lists have it
	Verdict       Verdict
	// Held says why it has no incident; the zero Hold when it has one.
	Held      Hold
	heldUntil time.Time // see afterCause
	// Flapping says that it comes and goes; Quiet is since when it does not fire, zero while it does.
	Flapping bool
	Quiet    time.Time
}

// Record is the ledger record of an alert.
func Record(a ID) ledger.Record { return ledger.Record{Kind: "alert", ID: string(a)} }

// In is an alert as a sender gives it.
type In struct {
	Labels      map[string]string
	Annotations map[string]string
	Starts      time.Time // zero means now
	Ends        time.Time // past: resolved; future: stale from then on unless repeated; zero: no expiry
	Link        string
	// Group keeps the alert apart from others of its service: it shares an incident with those of the
	// same group alone. Only Mainstay's own alerts have one.
	Group string

	// Unreadable says what was wrong with the sender's text when no alert could be made of
	// it; nil when one could. Sent is that text, for the quarantine.
	Unreadable error
	Sent       string
}

// Limits on what one alert may carry. They are far above what senders use and keep one
// bad sender from filling the records.
const (
	maxLabels   = 100
	maxName     = 200
	maxValue    = 4096
	maxTitle    = 200 // as for titles that people write
	futureLimit = 366 * 24 * time.Hour
)

// The labels and annotations that have a meaning here.
const (
	labelName      = "alertname"
	labelService   = "service"
	labelComponent = "component"
	labelSeverity  = "severity"
)

// Validate returns an Invalid error that names every field at fault; path leads to the
// alert, such as "[3]".
func (in In) Validate(path string, now time.Time) error {
	if in.Unreadable != nil {
		return in.Unreadable
	}
	var c errs.Check
	c.Require(len(in.Labels) > 0, path+".labels", "must have at least one label")
	validateMap(&c, path+".labels", in.Labels)
	validateMap(&c, path+".annotations", in.Annotations)
	validateTime(&c, path+".startsAt", in.Starts, now)
	validateTime(&c, path+".endsAt", in.Ends, now)
	c.Require(in.Ends.IsZero() || !in.Ends.Before(in.Starts), path+".endsAt", "must not be before startsAt")
	c.Require(len(in.Link) <= maxValue && clean(in.Link), path+".generatorURL", "must be clean UTF-8 of at most %d bytes", maxValue)
	return c.Err("the alert")
}

func validateMap(c *errs.Check, path string, m map[string]string) {
	if len(m) > maxLabels {
		c.Add(path, "has %d entries, at most %d are taken", len(m), maxLabels)
		return
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		at := fmt.Sprintf("%s.%.60s", path, strings.ToValidUTF8(k, "?"))
		c.Require(k != "" && len(k) <= maxName && clean(k), at, "must have a name of 1 to %d bytes of clean UTF-8", maxName)
		c.Require(len(m[k]) <= maxValue, at, "is %d bytes long, at most %d are taken", len(m[k]), maxValue)
		c.Require(clean(m[k]), at, "must be valid UTF-8 without NUL")
	}
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func validateTime(c *errs.Check, path string, t, now time.Time) {
	switch {
	case t.IsZero():
	case t.After(now.Add(futureLimit)):
		c.Add(path, "must not be more than a year ahead")
	default:
		clock.Check(c, path, t)
	}
}

// fingerprint identifies the condition: SHA-256 over the sorted labels and, for what came with
// an integration key, its service. Integrations do not know of each other, and what one says
// must not count as another's repeat or end.
func fingerprint(service string, labels map[string]string) string {
	h := sha256.New()
	if service != "" {
		fmt.Fprintf(h, "%d:%s;", len(service), service)
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(h, "%d:%s%d:%s", len(k), k, len(labels[k]), labels[k])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// severities are the words that senders use, lower case.
var severities = map[string]int{
	"1": 1, "sev1": 1, "p1": 1, "critical": 1, "crit": 1, "emergency": 1, "emerg": 1, "fatal": 1, "page": 1, "disaster": 1,
	"2": 2, "sev2": 2, "p2": 2, "error": 2, "err": 2, "high": 2, "major": 2, "alert": 2,
	"3": 3, "sev3": 3, "p3": 3, "warning": 3, "warn": 3, "minor": 3, "medium": 3, "average": 3,
	"4": 4, "sev4": 4, "p4": 4, "info": 4, "information": 4, "informational": 4, "notice": 4, "low": 4, "none": 4,
}

// severityOf reads the severity label. Without one that we know the alert is taken for
// severity 2: one page too many is better than one too few.
func severityOf(labels map[string]string) int {
	if s, ok := severities[strings.ToLower(strings.TrimSpace(labels[labelSeverity]))]; ok {
		return s
	}
	return 2
}

// SeverityOf is the severity that an alert with these labels has.
func SeverityOf(labels map[string]string) int { return severityOf(labels) }

// titleOf says in a line what is wrong.
func titleOf(in In) string {
	for _, k := range []string{"summary", "title", "message", "description"} {
		if v := oneLine(in.Annotations[k]); !text.Blank(v) {
			return cut(v, maxTitle)
		}
	}
	title := nameOf(in)
	for _, k := range []string{labelComponent, "instance", "host"} {
		if v := in.Labels[k]; !text.Blank(v) {
			return cut(oneLine(title+" on "+v), maxTitle)
		}
	}
	return cut(oneLine(title), maxTitle)
}

func nameOf(in In) string {
	if n := in.Labels[labelName]; !text.Blank(n) {
		return n
	}
	return "Alert"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens s to at most n bytes at a character's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n -= len("…"); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:n] + "…"
}

// groupKey says which alerts share an incident: the service and the values of the labels
// that it groups by; or the service and the group that the sender names.
func groupKey(s catalogue.Service, group string, labels map[string]string) string {
	h := sha256.New()
	by := s.GroupBy
	if group != "" {
		fmt.Fprintf(h, "group %d:%s", len(group), group)
		by = nil
	}
	for _, k := range by {
		fmt.Fprintf(h, "%d:%s%d:%s", len(k), k, len(labels[k]), labels[k])
	}
	return string(s.ID) + "/" + hex.EncodeToString(h.Sum(nil))[:16]
}
