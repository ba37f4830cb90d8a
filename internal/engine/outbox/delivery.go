package outbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Delivery is one or more messages that leave together to one address.
type Delivery struct {
	ID       string // of this attempt
	Channel  Channel
	Address  string
	Method   string
	Kind     Kind
	Messages []Message // in the order in which they were claimed, never empty
	// Repeat says that an earlier attempt at any of them may have arrived.
	Repeat bool
}

// Key names what is delivered, so that receivers can tell a repeat: the id of the only
// message, or for a bundle a digest of the ids in it.
func (v Delivery) Key() string {
	if len(v.Messages) == 1 {
		return string(v.Messages[0].ID)
	}
	ids := make([]string, len(v.Messages))
	for i, m := range v.Messages {
		ids[i] = string(m.ID)
	}
	slices.Sort(ids)
	h := sha256.New()
	for _, id := range ids {
		h.Write([]byte(id))
	}
	return "bundle-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// WorstFirst returns the messages by severity, within one the oldest first. Messages that
// have no severity come last.
func (v Delivery) WorstFirst() []Message {
	out := slices.Clone(v.Messages)
	slices.SortStableFunc(out, func(a, b Message) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func rank(m Message) int {
	if m.Content.Severity < 1 {
		return 9
	}
	return m.Content.Severity
}
