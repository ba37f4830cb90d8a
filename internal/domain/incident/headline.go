package incident

import (
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// headline is what an alert says of itself.
type headline struct {
	title, description string
	severity           int
}

func headlineOf(a alert.Alert) headline {
	return headline{a.Title, a.Annotations["description"], a.Severity}
}

// HeadlineChanged is the payload of incident.headline: the incident has the title of a worse alert now.
type HeadlineChanged struct {
	Title    string `json:"title"`
	Was      string `json:"was"`
	Severity int    `json:"severity"` // of the alert
}

// takeHeadlineIn gives the incident the title and description of an alert. A title that a person
// wrote stays, and so do pages that have left.
func (s *Service) takeHeadlineIn(tx *db.Tx, i *Incident, of headline) error {
	description := cut(of.description, text.MaxBlock)
	if i.Source != FromAlert || i.Title == of.title && i.Description == description {
		return nil
	}
	if written, err := namedByPeople(tx, i.ID); err != nil || written {
		return err
	}
	note := HeadlineChanged{Title: of.title, Was: i.Title, Severity: of.severity}
	i.Title, i.Description = of.title, description
	if err := update(tx, i); err != nil {
		return err
	}
	if note.Title != note.Was {
		if err := ledger.Append(tx, actor.Mainstay, i.Record(), "incident.headline", note); err != nil {
			return err
		}
	}
	c := s.content(*i)
	c.Severity = min(i.Severity, of.severity)
	return s.Notify.RewordIn(tx, i.Record(), c)
}

// worseThanAllIn reports whether an alert that is about to join is worse than every alert that the
// incident has had: of equals the earliest gives it its title.
func worseThanAllIn(tx *db.Tx, i ID, severity int) (bool, error) {
	worst, found, err := alert.WorstOf(tx, string(i))
	return found && severity < worst.Severity, err
}

func namedByPeople(tx *db.Tx, i ID) (bool, error) {
	events, err := ledger.Timeline(tx, Record(i))
	return slices.ContainsFunc(events, func(e ledger.Event) bool {
		return e.Record == Record(i) && e.Kind == "incident.renamed"
	}), err
}
