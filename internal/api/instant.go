package api

import "time"

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
