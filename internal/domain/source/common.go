package source

import (
	"strings"

	"mainstay/internal/engine/signal"
)

// Every protocol has its own names for where a line comes from and how bad it is. Searches, rules and pages
// know one for each: host, service and level. They are filled from the others, which stay beside.

// hostField and levelField are the common names that signal has no constant for.
const (
	hostField  = "host"
	levelField = "level"
)

// The other names, the ones that count more first.
var (
	hostNames  = []string{"host.name", "hostname", "host.hostname", "_HOSTNAME", "agent.hostname"}
	levelNames = []string{"log.level", "severity", "severity_text", "levelname", "loglevel", "log_level", "lvl", "detected_level"}
)

const serviceName = "service.name"

// common gives a row the names that every protocol has in common. The service of a source goes before that of a
// line, so that without wantService it is not looked for.
func common(r *signal.Row, wantService bool) {
	found := others{}
	for i := range r.Fields {
		found.see(&r.Fields[i])
	}
	add := func(name, value string) {
		if value != "" {
			r.Fields = append(r.Fields, signal.Field{Name: name, Value: value})
		}
	}
	if !found.host {
		add(hostField, found.hosts.best)
	}
	if !found.service && wantService {
		add(signal.Service, found.serviceName)
	}
	if found.level == nil {
		add(levelField, signal.ReadLevel(found.levels.best))
		return
	}
	if named := signal.ReadLevel(found.level.Value); named != "" && named != found.level.Value {
		said := found.level.Value
		found.level.Value = named
		if lower := strings.ToLower(said); !strings.HasPrefix(lower, named) && !strings.HasPrefix(named, lower) {
			add(sentPrefix+levelField, said) // "notice" is more than info
		}
	}
}

// others is what a row has of the common names and of those that stand for them.
type others struct {
	host, service bool
	level         *signal.Field
	hosts, levels choice
	serviceName   string
}

func (o *others) see(f *signal.Field) {
	if f.Value == "" {
		return
	}
	switch f.Name {
	case hostField:
		o.host = true
	case signal.Service:
		o.service = true
	case levelField:
		o.level = f
	case serviceName:
		o.serviceName = f.Value
	case "host.name", "hostname", "host.hostname", "_HOSTNAME", "agent.hostname":
		o.hosts.offer(hostNames, f)
	case "log.level", "severity", "severity_text", "levelname", "loglevel", "log_level", "lvl", "detected_level":
		if signal.ReadLevel(f.Value) != "" {
			o.levels.offer(levelNames, f)
		}
	}
}

// choice is the value of the name that counts most.
type choice struct {
	best string
	rank int
}

func (c *choice) offer(names []string, f *signal.Field) {
	for rank, name := range names {
		if name == f.Name && (c.best == "" || rank < c.rank) {
			c.best, c.rank = f.Value, rank
		}
	}
}
