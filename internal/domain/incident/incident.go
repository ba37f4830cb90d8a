package incident

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// ID identifies an incident. People use its Key.
type ID string

// Source says what opened an incident.
type Source string

// The sources.
const (
	FromAlert  Source = "alert"
	FromPerson Source = "person"
)

// Role is a part that somebody plays in an incident.
type Role string

// The roles.
const (
	Coordinator Role = "coordinator" // decides and keeps the whole in view
	Comms       Role = "comms"       // speaks to clients
	Scribe      Role = "scribe"      // writes down what happens
)

// Roles lists the roles in the order in which pages show them.
var Roles = []Role{Coordinator, Comms, Scribe}

// Incident is one incident as it stands now.
type Incident struct {
	ID          ID
	Number      int64
	Title       string
	Description string
	Service     catalogue.ServiceID
	ServiceName string
	ServiceFull string // the service's title
	Severity    int    // 1 (worst) to 4
	State       State
	Source      Source
	Assignee    people.UserID // empty when nobody
	// AssigneeLogin and AssigneeName are what people call the assignee.
	AssigneeLogin, AssigneeName string

	// HolderBefore is the name of who had it before it was reopened; empty when nobody did.
	HolderBefore string

	Detected time.Time // when the trouble began, as far as we know
	Opened   time.Time // when we heard of it
	// Resumed is when the outage of this opening began, and Past is how long the outages of
	// earlier openings lasted together.
	Resumed time.Time
	Past    time.Duration
	// Acknowledged is when somebody last took the incident; zero while nobody has.
	Acknowledged     time.Time
	Acknowledger     string // user or token
	AcknowledgerName string
	Progress         time.Time // last sign of work
	SnoozedUntil     time.Time
	Restored         time.Time
	Closed           time.Time
	MergedInto       ID
	MergedNumber     int64 // of the incident that it was merged into, otherwise 0
	Opening          int64 // 1, and one more with every reopening
	Version          int64 // grows with every change
}

// Ended is when users could do their business again; zero while they cannot.
func (i Incident) Ended() time.Time {
	switch {
	case i.State.Active():
		return time.Time{}
	case i.Restored.IsZero(): // merged before it was restored
		return i.Closed
	}
	return i.Restored
}

// Outage is how long the incident was not restored, over all its openings, as of now.
func (i Incident) Outage(now time.Time) time.Duration {
	if end := i.Ended(); !end.IsZero() {
		now = end
	}
	return i.Past + max(0, now.Sub(i.Resumed))
}

// Since is when the outage would have begun had it never been interrupted: what counts from
// then on shows Outage.
func (i Incident) Since() time.Time { return i.Resumed.Add(-i.Past) }

// Holder is the name of who has the incident; empty when nobody does.
func (i Incident) Holder() string {
	if i.AssigneeName != "" {
		return i.AssigneeName
	}
	return i.AcknowledgerName
}

// Key is what people call the incident: INC-2041.
func (i Incident) Key() string { return Key(i.Number) }

// Key makes the key of an incident's number.
func Key(number int64) string { return "INC-" + strconv.FormatInt(number, 10) }

// ParseKey reads "INC-2041", in any case, or "2041".
func ParseKey(key string) (int64, error) {
	digits := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(key)), "INC-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 {
		return 0, errs.NotFoundf("%q is not the key of an incident; keys look like INC-12", cut(key, 40))
	}
	return n, nil
}

// Record is the ledger record of an incident.
func Record(i ID) ledger.Record { return ledger.Record{Kind: "incident", ID: string(i)} }

// Record is the ledger record of the incident.
func (i Incident) Record() ledger.Record { return Record(i.ID) }

func required(c *errs.Check, path, s string) {
	c.Require(!text.Blank(s), path, "must not be empty")
}

func validateSeverity(c *errs.Check, severity int) {
	c.Require(severity >= 1 && severity <= 4, "severity", "must be 1 (worst) to 4")
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// Headline is one line for pages and messages: "Payments: Queue depth over 10,000".
func (i Incident) Headline() string { return fmt.Sprintf("%s: %s", i.ServiceFull, i.Title) }
