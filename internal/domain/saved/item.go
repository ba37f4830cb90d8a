package saved

import (
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// ID identifies something saved.
type ID string

// Item is something saved.
type Item[S spec[S]] struct {
	ID   ID
	Name string
	Spec S // as people write it, with its owner
	// Owner is empty where it is nobody's.
	Owner   people.UserID
	Private bool
	Uses    int64     // how often it was opened
	Used    time.Time // last time
	// Stopped says why its report is not made any more; "" while it is.
	Stopped string
	Version int64 // grows with every change
	Created time.Time
	Changed time.Time

	OwnerName string // as it is now
}

// Search is a saved search.
type Search = Item[SearchSpec]

// Dashboard is a saved dashboard.
type Dashboard = Item[DashboardSpec]

// Named is something saved as configuration has it.
type Named[S SearchSpec | DashboardSpec] struct {
	Name string
	Spec S
}

// The kinds of records.
const (
	searchKind    = "saved-search"
	dashboardKind = "dashboard"
)

// SearchRecord names a saved search in the ledger.
func SearchRecord(id ID) ledger.Record { return ledger.Record{Kind: searchKind, ID: string(id)} }

// whose says whose a spec is, and for whom.
type whose struct {
	owner   string // login
	private bool
}

// spec is what both kinds of specs can do.
type spec[S any] interface {
	SearchSpec | DashboardSpec
	Validate(*errs.Check)
	whose() whose
	of(whose) S
	normal(name string) S
	title() string
	// essence is what a report does in its owner's name; "" without a report.
	essence() string
}

// In is something to save as a page or a client of the API sends it.
type In[S any] struct {
	Name string
	Spec S
	// New refuses when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now. 0
	// makes it in any case.
	Version int64
}

// Changed is the payload of events such as saved-search.created, dashboard.changed or
// dashboard.deleted.
type Changed[S any] struct {
	Name string `json:"name"`
	Was  *S     `json:"was,omitempty"`
	Is   *S     `json:"is,omitempty"`
}
