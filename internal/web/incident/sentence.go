package incident

import (
	"strings"

	"mainstay/internal/domain/incident"
	"mainstay/internal/engine/ledger"
)

// Sentence tells an event on the timeline of an incident in the words of its page, who did it
// first: for readers who have no page.
func Sentence(key string, own ledger.Record, e incident.Entry) (string, error) {
	told, err := tell(key, own, e.Event)
	if err != nil {
		return "", err
	}
	out := told.Who + " " + told.What
	if told.label != "" {
		out += " " + told.label
	}
	switch {
	case told.text == "":
	case strings.Contains(told.What, ":"): // one colon in a sentence
		out += " — " + told.text
	default:
		out += ": " + told.text
	}
	return out, nil
}
