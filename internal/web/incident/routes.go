package incident

import (
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what these pages need.
type Config struct {
	Incidents *incident.Service
	Catalogue *catalogue.Catalogue
	Customers *customer.Service
	OnCall    *oncall.Service
	People    *people.Service
	Clock     clock.Clock
}

type pages struct{ Config }

// Routes are the pages and acts of incidents.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/incidents", people.IncidentRead, p.list),
		action.Get("/incidents/rows", people.IncidentRead, p.listRows),
		action.Post("/incidents/bulk", people.IncidentAcknowledge, p.bulk),
		action.Get("/incidents/new", people.IncidentOpen, p.form),
		action.Post("/incidents/new", people.IncidentOpen, p.open),

		action.Get("/incidents/{key}", people.IncidentRead, p.show),
		action.Get("/incidents/{key}/head", people.IncidentRead, p.showHead),
		action.Get("/incidents/{key}/side", people.IncidentRead, p.showSide),
		action.Get("/incidents/{key}/still-firing", people.IncidentRead, p.showStillFiring),
		action.Get("/incidents/{key}/call", people.IncidentRead, p.showCall),
		action.Get("/incidents/{key}/timeline", people.IncidentRead, p.showTimeline),
		action.Get("/incidents/{key}/files/{file}", people.IncidentRead, p.download),

		action.Post("/incidents/{key}/acknowledge", people.IncidentAcknowledge, p.acknowledge),
		action.Post("/incidents/{key}/investigate", people.IncidentAcknowledge, p.investigate),
		action.Post("/incidents/{key}/restore", people.IncidentRestore, p.restore),
		action.Post("/incidents/{key}/reopen", people.IncidentOpen, p.reopen),
		action.Post("/incidents/{key}/close", people.IncidentClose, p.close),
		action.Post("/incidents/{key}/escalate", people.IncidentEscalate, p.escalate),
		action.Post("/incidents/{key}/stop-clock", people.IncidentStopClock, p.stopClock),
		action.Post("/incidents/{key}/comment", people.IncidentWork, p.comment),
		action.Post("/incidents/{key}/take", people.IncidentWork, p.take),
		action.Post("/incidents/{key}/people", people.IncidentWork, p.assign),
		action.Post("/incidents/{key}/snooze", people.IncidentAcknowledge, p.snooze),
		action.Post("/incidents/{key}/severity", people.IncidentWork, p.severity),
		action.Post("/incidents/{key}/rename", people.IncidentWork, p.rename),
		action.Post("/incidents/{key}/link", people.IncidentWork, p.link),
		action.Post("/incidents/{key}/merge", people.IncidentRestore, p.merge),
		action.Post("/incidents/{key}/attach", people.IncidentWork, p.attach),
	}
}
