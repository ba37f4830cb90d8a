package archtest

// module is the module path of the house; folders are named below internal/, except cmd/….
const module = "mainstay"

// A row says what the packages of one folder may import from the house.
//
// "base/*" is every room below base, "engine/db" that room alone; a room includes its
// subfolders and may always import itself. The first row whose folder fits a package counts.
type row struct{ folder, may, note string }

const everything = "cmd/* base/* engine/* domain/* deliver/* probe ingest/* edge config api web " +
	"client cli agent audit demo app apptest examples"

var table = []row{
	{"cmd/*", "app cli agent base/*", "parse, run, exit code"},
	{"base/*", "base/*", "otherwise the standard library only"},
	{"engine/db", "base/*", ""},
	{"engine/outbox", "base/* engine/db engine/ledger", "a message names the record that it is about"},
	{"engine/*", "base/* engine/db engine/signal", ""},
	{"domain/check", "base/* engine/db engine/ledger engine/timer engine/outbox engine/files engine/signal probe",
		"a check is a probe and its history; and domains of a lower rank"},
	{"domain/*", "base/* engine/db engine/ledger engine/timer engine/outbox engine/files engine/signal",
		"and domains of a lower rank; never logstore or metricstore, which they see through signal"},
	{"deliver/*", "base/* engine/outbox domain/notify", "the message that they carry"},
	{"probe", "base/* engine/signal", "the check that they make; also part of the agent, so no database"},
	{"ingest/receive/receivetest", "base/* edge engine/* domain/people domain/source ingest/receive", "test harness"},
	{"ingest/receive", "base/* edge engine/signal", "what the protocols of logs share; and the domain that they feed"},
	{"ingest/*", "base/* edge engine/signal ingest/receive", "and the domains that the protocol feeds"},
	{"edge", "base/* engine/ledger domain/people", ""},
	{"config", "base/* engine/db domain/*", "configuration as code"},
	{"api", "base/* edge engine/signal engine/ledger config domain/* probe", "never db"},
	{"web/ui", "base/* edge", "components know no nouns"},
	{"web/action", "base/* edge domain/people web/ui", "the shape of a page action: its gate is an action of the matrix"},
	{"web/look", "base/* engine/ledger domain/* web/ui", "how a record of each noun looks"},
	{"web/*", "base/* edge engine/signal engine/ledger config domain/* probe web/ui web/action web/look", "never db, never each other"},
	{"web", "base/* edge engine/ledger config domain/* web/*", "the frame around the pages, and which services each room gets"},
	{"client", "base/*", ""},
	{"cli", "base/* client probe config app demo", "app and demo for what runs on this machine: serve, demo, backup, restore, verify-ledger"},
	{"agent", "base/* client probe", "no database, no engines"},
	{"audit", "base/* engine/db", "reads"},
	{"demo", "base/* client web/ui examples", "an outside world: it has only the public endpoints; its page looks like the others"},
	{"examples", "", "configuration to start from, embedded"},
	{"app", everything, "the wiring: the only room that knows all the others"},
	{"apptest", everything, "test harness"},
	{"crashtest", everything, "test harness for kill -9"},
	{"archtest", "", "reads source, imports nothing"},
}

// feeds names the domains into which each wire protocol delivers.
var feeds = map[string]string{
	"ingest/alertmanager": "domain/alert",
	"ingest/datadog":      "domain/source",
	"ingest/elastic":      "domain/source",
	"ingest/hec":          "domain/source",
	"ingest/journald":     "domain/source",
	"ingest/jsonline":     "domain/source",
	"ingest/loki":         "domain/source",
	"ingest/otlp":         "domain/source",
	"ingest/promtext":     "domain/source",
	"ingest/promwrite":    "domain/source",
	"ingest/receive":      "domain/source",
	"ingest/syslog":       "domain/source",
	"ingest/text":         "domain/source",
}

// testsMay is what test files may import beyond the row of their folder. Packages whose name
// ends in "test" are harness: test files and other harness may import them, nothing else.
const testsMay = "engine/*"

// ranks are the floors of the domain, lowest first. A room may import rooms of the floors
// below its own, and those to its left on its own floor: calendar asks people who may change
// it. For one above or to its right it declares an interface, and app wires the two together.
const ranks = `
	people calendar |
	catalogue drawing customer host maintenance |
	notify |
	oncall approval followup |
	sop |
	alert |
	source search saved pattern rule metricrule check flow recovery |
	escalation health |
	incident request |
	command inform |
	change problem postmortem worklog opsday |
	availability capacity |
	report
`

// foreign lists what the ground floor imports from outside the standard library, and why.
var foreign = map[string]string{
	"base/id github.com/google/uuid": "UUIDv7 is not in the standard library",
}

// wallTime lists who may ask the package time what time it is, or to wait, and why.
// "*" stands for every such function.
var wallTime = map[string]string{
	"base/clock *":    "it is the clock",
	"engine/db After": "the pause before a conflicting transaction is tried again passes on the wall, not in the records",
}

// nameless are names that say nothing about what a package does.
const nameless = "util utils common helper helpers manager managers impl misc"

// Limits: mainLines is kept, the other two only make the list of TestLongFilesAndFunctions.
const (
	mainLines     = 80
	fileLines     = 400
	functionLines = 50
)
