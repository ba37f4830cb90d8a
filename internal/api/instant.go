package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/clock"
)

// moment is a time in an address. In bodies a time.Time will do: strictjson looks at it.
type moment struct{ time.Time }

// UnmarshalText reads RFC 3339, and only times that somebody can mean.
func (m *moment) UnmarshalText(text []byte) error {
	var t time.Time
	if err := t.UnmarshalText(text); err != nil {
		return errors.New(aTime)
	}
	if !clock.Plausible(t) {
		return fmt.Errorf("must be a time from %d to %d", clock.FirstYear, clock.LastYear)
	}
	m.Time = t
	return nil
}

// Schema describes it as what it is in JSON.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// instant is a time for JSON; the zero time is null.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// text is a word for JSON; the empty word is null.
func text[T ~string](s T) *string {
	if s == "" {
		return nil
	}
	out := string(s)
	return &out
}

// assign stores a word in a field of another type.
func assign[T ~string](field *T, s string) { *field = T(s) }

// orEmpty keeps a list from being null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
