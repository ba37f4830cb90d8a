// Package page is the shape of every list: up to Limit items and a cursor to the next.
package page

import (
	"encoding/base64"
	"encoding/json"

	"mainstay/internal/base/errs"
)

// MaxLimit is the largest page that is served; DefaultLimit applies when none is asked for.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Request asks for one page.
type Request struct {
	Limit int
	// Cursor is the Next of the page before; empty asks for the first page.
	Cursor string
}

// Size returns the limit within 1..MaxLimit.
func (r Request) Size() int {
	switch {
	case r.Limit <= 0:
		return DefaultLimit
	case r.Limit > MaxLimit:
		return MaxLimit
	}
	return r.Limit
}

// List is one page. Next is nil on the last one.
type List[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// Of cuts rows, fetched with one more than the limit, to a page; key gives the cursor of a row.
func Of[T any](rows []T, r Request, key func(T) any) List[T] {
	l := List[T]{Items: rows}
	if l.Items == nil {
		l.Items = []T{}
	}
	if n := r.Size(); len(rows) > n {
		l.Items = rows[:n]
		next := Encode(key(rows[n-1]))
		l.Next = &next
	}
	return l
}

// Encode makes a cursor from the sort key of the last row shown.
func Encode(key any) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic(err) // keys are strings and numbers of our own
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Decode reads a cursor into key; an empty cursor leaves key as it is and reports false. Only
// what Encode writes is one of ours: whatever else may be read into key, such as {} or null,
// would begin the list somewhere without saying so.
func Decode(cursor string, key any) (bool, error) {
	if cursor == "" {
		return false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, key)
	}
	if err != nil || Encode(key) != cursor {
		return false, &errs.E{Kind: errs.Invalid, Message: "the cursor is not one of ours",
			Fields: []errs.Field{{Path: "cursor", Message: `must be the "next" of the page before`}}}
	}
	return true, nil
}
