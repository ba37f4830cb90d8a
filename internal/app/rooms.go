package app

import (
	"context"
	"maps"

	"mainstay/internal/audit"
	"mainstay/internal/config"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/domain/saved"
	"mainstay/internal/domain/search"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// Rooms are the domain's services, ready to use.
type Rooms struct {
	People      *people.Service
	Calendars   *calendar.Service
	Catalogue   *catalogue.Catalogue
	Drawings    *drawing.Service
	Customers   *customer.Service
	Maintenance *maintenance.Service
	Notify      *notify.Service
	Rosters     *oncall.Service
	FollowUps   *followup.Service
	Alerts      *alert.Service
	Sources     *source.Service
	Patterns    *pattern.Service
	Rules       *rule.Service
	MetricRules *metricrule.Service
	Checks      *check.Service
	Search      *search.Service
	Saved       *saved.Service
	Hosts       *host.Service
	Escalation  *escalation.Service
	Health      *health.Service
	Incidents   *incident.Service
	Config      *config.Service
}

// wire builds everything from the bottom up; the last lines of wireRooms hand rooms what
// they need from above.
func (a *App) wire() error {
	a.wireRooms()
	a.Feed = ledger.NewFeed(a.DB)
	if err := a.wireDelivery(); err != nil {
		return err
	}
	a.timers = timer.NewRunner(timer.Config{
		DB: a.DB, Handlers: a.timerHandlers(), Log: a.Log, Metrics: a.Metrics, CheckSkew: a.onTheWall(),
	})
	a.Auditor = audit.New(audit.Config{DB: a.DB, Alarm: a.alarm(), Log: a.Log, Metrics: a.Metrics,
		Lines: a.linesOnTheirWay, Sample: a.sample.find})
	a.wireWorkers()
	return a.wireHTTP()
}

func (a *App) wireRooms() {
	r := &a.Rooms
	r.People = people.New(people.Config{DB: a.DB, Above: above{}, Log: a.Log})
	r.Calendars = calendar.New(calendar.Config{DB: a.DB, Uses: []calendar.Uses{catalogue.UsesCalendar, escalation.UsesCalendar, metricrule.UsesCalendar, rule.UsesCalendar, check.UsesCalendar}})
	r.Catalogue = catalogue.New(catalogue.Config{DB: a.DB, Policies: policies{}})
	r.Drawings = drawing.New(drawing.Config{DB: a.DB, Catalogue: r.Catalogue})
	r.Customers = customer.New(customer.Config{DB: a.DB, Services: r.Catalogue})
	r.Maintenance = maintenance.New(maintenance.Config{DB: a.DB})
	r.Notify = notify.New(notify.Config{DB: a.DB, Box: a.box, BaseURL: a.BaseURL, FallbackAfter: a.FallbackAfter, Egress: a.egress(),
		Channels: a.channels()})
	r.Rosters = oncall.New(oncall.Config{
		DB: a.DB, Notices: shiftNotices{r.Notify}, Uses: []oncall.Uses{escalation.UsesRoster},
	})
	r.FollowUps = followup.New(followup.Config{DB: a.DB, Reminders: reminders{r.Notify}})
	r.Alerts = alert.New(alert.Config{DB: a.DB, Log: a.Log})
	r.Escalation = escalation.New(escalation.Config{DB: a.DB, Notify: r.Notify})
	r.Incidents = incident.New(incident.Config{
		DB: a.DB, Notify: r.Notify, Escalation: r.Escalation, Files: a.files, BaseURL: a.BaseURL,
	})
	r.Health = health.New(health.Config{DB: a.DB, Incidents: troubles{}})
	a.wireSources()
	r.Hosts = host.New(host.Config{DB: a.DB})
	r.Saved = saved.New(saved.Config{DB: a.DB, Search: r.Search, Notify: r.Notify, BaseURL: a.BaseURL, Log: a.Log})
	a.wirePatterns()
	a.wireRules()
	a.wireMetricRules()
	a.wireChecks()
	r.Health.Watchers = []health.Watcher{lookouts{r.Checks}}
	r.Config = config.New(config.Config{DB: a.DB, Rooms: config.Rooms{
		People: r.People, Calendars: r.Calendars, Catalogue: r.Catalogue, Drawings: r.Drawings, Customers: r.Customers,
		Rosters: r.Rosters, Policies: r.Escalation, Contacts: r.Notify, Sources: r.Sources,
		Rules: r.Rules, MetricRules: r.MetricRules, Checks: r.Checks, Saved: r.Saved, Maintenance: r.Maintenance,
	}})

	r.Alerts.Incidents = r.Incidents
	r.Escalation.Subjects = r.Incidents
	r.Notify.Exhausted = r.Escalation.Exhausted
	r.People.Left = r.Rosters.UserLeftIn
}

func (a *App) timerHandlers() map[timer.Kind]timer.Handler {
	all := map[timer.Kind]timer.Handler{headTimer: a.sendHead}
	r := a.Rooms
	for _, room := range []map[timer.Kind]timer.Handler{
		r.Maintenance.Timers(), r.Notify.Timers(), r.Rosters.Timers(), r.FollowUps.Timers(), r.Alerts.Timers(), r.Escalation.Timers(),
		r.Incidents.Timers(), r.Saved.Timers(), r.Checks.Timers(),
	} {
		maps.Copy(all, room)
	}
	return all
}

func (a *App) wireDelivery() error {
	senders, err := a.senders()
	if err != nil {
		return err
	}
	a.dispatcher = outbox.NewDispatcher(outbox.Config{
		DB: a.DB, Hooks: a.Rooms.Notify.Hooks(), Timeout: a.DeliveryTimeout, Log: a.Log, Metrics: a.Metrics,
		Senders:     senders,
		Concurrency: map[outbox.Channel]int{outbox.Mail: 4, outbox.Webhook: 16},
	})
	return nil
}

// prepare stores what must exist before anything runs.
func (a *App) prepare(ctx context.Context) error {
	if err := a.freeLeases(ctx); err != nil {
		return err
	}
	if err := a.checkKey(ctx); err != nil {
		return err
	}
	if err := a.DB.Do(ctx, func(tx *db.Tx) error {
		if err := catalogue.EnsureUnassigned(tx); err != nil {
			return err
		}
		if err := a.Rooms.Sources.EnsureDirect(tx); err != nil {
			return err
		}
		if err := a.Rooms.Incidents.WatchIn(tx); err != nil {
			return err
		}
		if err := a.Rooms.Rosters.WatchIn(tx); err != nil {
			return err
		}
		if err := a.Rooms.FollowUps.WatchIn(tx); err != nil {
			return err
		}
		return a.scheduleHead(tx)
	}); err != nil {
		return err
	}
	if err := a.Rooms.Sources.Load(ctx); err != nil {
		return err
	}
	if err := a.Rooms.Patterns.Load(ctx); err != nil {
		return err
	}
	if err := a.openRules(ctx); err != nil {
		return err
	}
	if a.BootstrapToken == "" {
		return nil
	}
	return a.Rooms.People.BootstrapToken(ctx, a.BootstrapToken)
}
