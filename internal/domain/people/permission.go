package people

import (
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
)

// Action is something that an actor may or may not do. Token scopes are actions too, or a
// noun with a star: "incident.*".
type Action string

// The actions. A room that adds one adds a row to the matrix below.
const (
	UserRead       Action = "user.read"
	UserWrite      Action = "user.write"
	TeamRead       Action = "team.read"
	TeamWrite      Action = "team.write"
	TokenRead      Action = "token.read"
	TokenWrite     Action = "token.write"
	CalendarRead   Action = "calendar.read"
	CalendarWrite  Action = "calendar.write"
	ServiceRead    Action = "service.read"
	ServiceWrite   Action = "service.write"
	CustomerRead   Action = "customer.read"
	CustomerWrite  Action = "customer.write"
	RosterRead     Action = "roster.read"
	RosterWrite    Action = "roster.write"
	RosterOverride Action = "roster.override"
	PolicyRead     Action = "policy.read"
	PolicyWrite    Action = "policy.write"
	ContactRead    Action = "contact.read"
	ContactWrite   Action = "contact.write"
	MessageRead    Action = "message.read"
	AlertRead      Action = "alert.read"
	AlertSend      Action = "alert.send"
	AlertWrite     Action = "alert.write"

	IncidentRead        Action = "incident.read"
	IncidentOpen        Action = "incident.open"
	IncidentAcknowledge Action = "incident.acknowledge" // and snooze, which silences as much
	IncidentWork        Action = "incident.work"        // comment, assign, link, attach
	IncidentRestore     Action = "incident.restore"     // and merge, which ends it
	IncidentClose       Action = "incident.close"
	IncidentEscalate    Action = "incident.escalate"
	IncidentStopClock   Action = "incident.stop-clock"

	LogRead     Action = "log.read"
	LogSend     Action = "log.send"
	SeriesRead  Action = "series.read" // samples of time series, and questions about them
	SeriesSend  Action = "series.send"
	SourceRead  Action = "source.read"
	SourceWrite Action = "source.write"
	RuleRead    Action = "rule.read"
	RuleWrite   Action = "rule.write"
	CheckRead   Action = "check.read"
	CheckWrite  Action = "check.write"
	CheckRun    Action = "check.run"    // look at once, without waiting for the next time
	CheckReport Action = "check.report" // agents: fetch checks, with the secrets that they need, and tell what they found
	SearchRead  Action = "search.read"  // saved searches, dashboards, scheduled reports
	SearchWrite Action = "search.write"

	MaintenanceRead  Action = "maintenance.read"
	MaintenanceWrite Action = "maintenance.write"

	HostRead  Action = "host.read"  // what files lie on hosts, and code rolls
	HostWrite Action = "host.write" // code rolls, and forgetting hosts that are gone

	FollowUpRead  Action = "follow-up.read"
	FollowUpWrite Action = "follow-up.write"
	ConfigApply   Action = "config.apply"
	ConfigExport  Action = "config.export"
	SystemRead    Action = "system.read"  // administration pages, auditor, ledger
	SystemWrite   Action = "system.write" // settings, backup
	MetricsRead   Action = "metrics.read" // how the process is: /metrics
)

// reach is how far a permission goes.
type reach int

const (
	never    reach = iota
	self           // on what is the actor's own
	customer       // on what concerns the actor's customer
	team           // on what the actor's teams own or support
	anywhere
)

// Target says what an action is done to, as far as permission depends on it. The zero
// Target is "anything": only actors whose reach is anywhere may act on it.
type Target struct {
	Owner     string   // the user whose own it is
	Teams     []string // teams that own or support it
	Customers []string // customers whom it concerns
	Service   string   // the service that it belongs to, for integration keys
}

// row gives the reach of each role in the order of the header of the matrix.
type row [7]reach

// matrix says who may do what: the only place that does.
//
// Log lines hold what a business writes about its customers, so a team reads those of its own
// services, whatever its level. Time series hold figures, and a cause is often in another team's: all staff reads
// them, whatever service they are of; clients never do.
//
// Responders may act on every incident, not only on those of their teams: at 3 am whoever
// is awake restores. What shapes the desk (services, rosters, policies) belongs to managers,
// and to back-line people for their own teams.
var matrix = map[Action]row{
	//                    admin     support-manager back-line first-line client-services observer client
	UserRead:       {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, self},
	UserWrite:      {anywhere, self, self, self, self, self, self},
	TeamRead:       {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	TeamWrite:      {anywhere, anywhere, never, never, never, never, never},
	TokenRead:      {anywhere, self, self, self, self, self, never},
	TokenWrite:     {anywhere, self, self, self, self, never, never},
	CalendarRead:   {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	CalendarWrite:  {anywhere, anywhere, never, never, never, never, never},
	ServiceRead:    {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	ServiceWrite:   {anywhere, anywhere, team, never, never, never, never},
	CustomerRead:   {anywhere, anywhere, anywhere, anywhere, anywhere, never, customer},
	CustomerWrite:  {anywhere, anywhere, never, never, anywhere, never, never},
	RosterRead:     {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	RosterWrite:    {anywhere, anywhere, team, never, never, never, never},
	RosterOverride: {anywhere, anywhere, team, team, never, never, never},
	PolicyRead:     {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	PolicyWrite:    {anywhere, anywhere, never, never, never, never, never},
	ContactRead:    {anywhere, anywhere, self, self, self, self, self},
	ContactWrite:   {anywhere, self, self, self, self, self, self},
	MessageRead:    {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	AlertRead:      {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	AlertSend:      {anywhere, anywhere, anywhere, anywhere, never, never, never},
	AlertWrite:     {anywhere, anywhere, anywhere, anywhere, never, never, never},

	IncidentRead:        {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	IncidentOpen:        {anywhere, anywhere, anywhere, anywhere, anywhere, never, never},
	IncidentAcknowledge: {anywhere, anywhere, anywhere, anywhere, never, never, never},
	IncidentWork:        {anywhere, anywhere, anywhere, anywhere, anywhere, never, never},
	IncidentRestore:     {anywhere, anywhere, anywhere, anywhere, never, never, never},
	IncidentClose:       {anywhere, anywhere, anywhere, anywhere, never, never, never},
	IncidentEscalate:    {anywhere, anywhere, anywhere, anywhere, anywhere, never, never},
	IncidentStopClock:   {anywhere, anywhere, never, never, never, never, never},

	LogRead:     {anywhere, anywhere, team, team, team, team, never},
	LogSend:     {anywhere, anywhere, anywhere, anywhere, never, never, never},
	SeriesRead:  {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	SeriesSend:  {anywhere, anywhere, anywhere, anywhere, never, never, never},
	SourceRead:  {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	SourceWrite: {anywhere, anywhere, team, never, never, never, never},
	RuleRead:    {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	RuleWrite:   {anywhere, anywhere, team, team, never, never, never},
	CheckRead:   {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	CheckWrite:  {anywhere, anywhere, team, team, never, never, never},
	CheckRun:    {anywhere, anywhere, anywhere, anywhere, never, never, never},
	CheckReport: {anywhere, never, never, never, never, never, never},
	SearchRead:  {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	SearchWrite: {anywhere, anywhere, anywhere, anywhere, anywhere, self, never},

	MaintenanceRead:  {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	MaintenanceWrite: {anywhere, anywhere, team, team, never, never, never},

	HostRead:  {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	HostWrite: {anywhere, anywhere, team, never, never, never, never},

	FollowUpRead:  {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
	FollowUpWrite: {anywhere, anywhere, anywhere, anywhere, anywhere, never, never},
	ConfigApply:   {anywhere, never, never, never, never, never, never},
	ConfigExport:  {anywhere, anywhere, never, never, never, never, never},
	SystemRead:    {anywhere, anywhere, never, never, never, never, never},
	SystemWrite:   {anywhere, never, never, never, never, never, never},
	MetricsRead:   {anywhere, anywhere, anywhere, anywhere, anywhere, anywhere, never},
}

// Allow returns nil when a may do act on the target, otherwise a Forbidden error that says
// what is missing, or Unauthenticated for nobody.
func Allow(a actor.Actor, act Action, on Target) error {
	if a.Kind == "" {
		return errs.Unauthenticatedf("sign in first")
	}
	if Can(a, act, on) {
		return nil
	}
	who := string(a.Role)
	if who == "" {
		who = string(a.Kind)
	}
	if a.Kind == actor.Token {
		return errs.Forbiddenf("%s (%s) may not %s here: that needs %s", a.Name, who, act.Words(), act)
	}
	return errs.Forbiddenf("%s (%s) may not %s here", a.Name, who, act.Words())
}

// Can reports whether a may do act on the target.
func Can(a actor.Actor, act Action, on Target) bool {
	switch a.Kind {
	case actor.System:
		return true
	case actor.Integration:
		return act == AlertSend && a.Service != "" && on.Service == a.Service
	case actor.Source:
		return act == LogSend || act == SeriesSend || act == CheckReport
	case actor.User, actor.Token, actor.Link:
		return scoped(a, act) && reaches(a, reachOf(a.Role, act), on)
	}
	return false
}

// Somewhere reports whether there is anything to which a role may do act.
func Somewhere(role actor.Role, act Action) bool { return reachOf(role, act) != never }

// reachOf returns how far a role may do act.
func reachOf(role actor.Role, act Action) reach {
	i := slices.Index(actor.Roles, role)
	if i < 0 {
		return never
	}
	return matrix[act][i]
}

// Actions lists every action of the matrix, sorted.
func Actions() []Action {
	out := make([]Action, 0, len(matrix))
	for act := range matrix {
		out = append(out, act)
	}
	slices.Sort(out)
	return out
}

func scoped(a actor.Actor, act Action) bool {
	if len(a.Scopes) == 0 {
		return a.Kind != actor.Link // a link carries exactly what it is for
	}
	noun, _, _ := strings.Cut(string(act), ".")
	return slices.Contains(a.Scopes, string(act)) || slices.Contains(a.Scopes, noun+".*")
}

func reaches(a actor.Actor, r reach, on Target) bool {
	switch r {
	case never:
		return false
	case anywhere:
		return true
	case team:
		return a.In(on.Teams...)
	case customer:
		return a.Customer != "" && slices.Contains(on.Customers, a.Customer)
	case self:
		return a.ID != "" && a.ID == on.Owner
	}
	return false
}
