package admin

import (
	"net/http"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type overviewPage struct {
	version, database string
	started           time.Time
	workers           []Worker
	findings          []Finding
	checked           time.Time
	queues            Queues
	head              ledger.Seal
	report            *ledger.Report // of a check that was asked for
	quarantined       int            // first page of the quarantine
	moreQuarantined   bool
	mute              []string // who is on call and cannot be paged
	gaps              int      // rosters with gaps ahead
	mayBackup         bool
	baseURL           string
	now               time.Time
}

// overview shows whether the desk keeps its promises.
func (p pages) overview(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.load(r, by)
	return action.Show(overview(in)), err
}

// verify checks the whole ledger and shows what it found.
func (p pages) verify(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	report, err := p.System.Verify(r.Context())
	if err != nil {
		return action.Answer{}, err
	}
	in, err := p.load(r, by)
	in.report = report
	return action.Show(overview(in)), err
}

func (p pages) load(r *http.Request, by actor.Actor) (in overviewPage, err error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return in, err
	}
	in = overviewPage{version: p.System.Version, database: p.System.Database, started: p.System.Started, workers: p.System.Workers(),
		baseURL: p.BaseURL, now: p.Clock.Now(), mayBackup: p.System.Backup != nil && people.Can(by, people.SystemWrite, people.Target{})}
	in.findings, in.checked = p.System.Findings()
	if in.queues, err = p.System.Queues(r.Context()); err != nil {
		return in, err
	}
	if in.head, err = p.System.Head(r.Context()); err != nil {
		return in, err
	}
	quarantine, err := p.Alerts.ListQuarantine(r.Context(), by, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return in, err
	}
	in.quarantined, in.moreQuarantined = len(quarantine.Items), quarantine.Next != nil
	return in, p.readiness(r, by, &in)
}

// readiness looks for people on call who cannot be paged, and for rosters with gaps.
func (p pages) readiness(r *http.Request, by actor.Actor, in *overviewPage) error {
	standings, err := p.Rosters.OnCallNow(r.Context(), by)
	if err != nil {
		return err
	}
	ways, err := p.Contacts.Reachable(r.Context(), by)
	if err != nil {
		return err
	}
	for _, s := range standings {
		for _, one := range s.People {
			if len(ways[one.ID]) == 0 && !slices.Contains(in.mute, one.Name) {
				in.mute = append(in.mute, one.Name)
			}
		}
	}
	coverage, err := p.Rosters.CoverageAhead(r.Context(), by)
	for _, c := range coverage {
		if len(oncall.Gaps(c.Holes)) > 0 {
			in.gaps++
		}
	}
	return err
}

// failing is how long background work may be without a good step before it counts as broken.
const failing = 30 * time.Second

// badge is how a worker does.
func (w Worker) badge(now time.Time) ui.Badge {
	switch {
	case w.LastOK.IsZero() && w.Err == "":
		return ui.Badge{State: ui.Unknown, Word: "Not yet"}
	case w.Err != "" && now.Sub(w.LastOK) > failing:
		return ui.Badge{State: ui.Bad, Word: "Failing"}
	case w.Err != "":
		return ui.Badge{State: ui.Warn, Word: "Trying again"}
	}
	return ui.Badge{State: ui.OK, Word: "Works"}
}

// verdict is how the auditor's findings stand.
func (in overviewPage) verdict() ui.Badge {
	late := !slices.ContainsFunc(in.findings, func(f Finding) bool { return !f.Late })
	switch {
	case in.checked.IsZero() && len(in.findings) == 0:
		return ui.Badge{State: ui.Unknown, Word: "Not checked yet"}
	case len(in.findings) == 0:
		return ui.Badge{State: ui.OK, Word: "Every promise is kept"}
	case late:
		return ui.Badge{State: ui.Warn, Word: "Behind"}
	}
	return ui.Badge{State: ui.Bad, Word: "Broken"}
}

// slow is how far timers and messages may be behind before it is shown as wrong.
const slow = time.Minute

func lateness(d time.Duration) ui.State {
	switch {
	case d > slow:
		return ui.Bad
	case d > slow/6:
		return ui.Warn
	}
	return ui.OK
}
