// Package errs is the one error type that crosses rooms and edges.
//
// A room returns an *E; each edge (API, page, command line) maps its Kind once.
// Anything else that reaches an edge is Internal: it is logged in full and shown as
// "something went wrong on our side", never with its text.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what the caller can do about an error.
type Kind int

// The kinds, with the HTTP status and CLI exit code that edges give them.
const (
	Internal        Kind = iota // 500, exit 1: ours to fix
	NotFound                    // 404, exit 4
	Invalid                     // 422, exit 2: the caller must change the input
	Conflict                    // 409, exit 5: the record is in another state
	Forbidden                   // 403, exit 3
	Unauthenticated             // 401, exit 3
	Unavailable                 // 503, exit 6: try again later
)

var kindNames = [...]string{"internal", "not found", "invalid", "conflict", "forbidden", "unauthenticated", "unavailable"}

// String returns the kind in words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "unknown"
	}
	return kindNames[k]
}

// Field is one input value that was refused: where it stood and why.
type Field struct {
	// Path leads to the value, such as "name", "rules[2].after" or "bank.yaml:14 spec.zone".
	Path string `json:"path"`
	// Message is a sentence without the path, such as "must be a whole number of minutes".
	Message string `json:"message"`
}

// E is an error with a kind, a sentence for people, and the fields at fault.
type E struct {
	Kind    Kind
	Message string
	Fields  []Field
	Err     error
}

// Error joins the message, the fields and the cause.
func (e *E) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for i, f := range e.Fields {
		if i == 0 && b.Len() > 0 {
			b.WriteString(": ")
		} else if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.Path + " " + f.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause, if there is one.
func (e *E) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *E in the chain, Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*E](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err carries the given kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// FieldsOf returns the refused fields of the first *E in the chain.
func FieldsOf(err error) []Field {
	if e, ok := errors.AsType[*E](err); ok {
		return e.Fields
	}
	return nil
}

// NotFoundf says that a record does not exist, or not for this caller.
func NotFoundf(format string, args ...any) error { return newf(NotFound, format, args) }

// Invalidf says that the input as a whole cannot be used.
func Invalidf(format string, args ...any) error { return newf(Invalid, format, args) }

// Conflictf says that the record's state does not allow the act.
func Conflictf(format string, args ...any) error { return newf(Conflict, format, args) }

// Forbiddenf says that the caller may not do this.
func Forbiddenf(format string, args ...any) error { return newf(Forbidden, format, args) }

// Unauthenticatedf says that the caller is not known.
func Unauthenticatedf(format string, args ...any) error { return newf(Unauthenticated, format, args) }

// Unavailablef says that something needed is down; the same call may succeed later.
func Unavailablef(format string, args ...any) error { return newf(Unavailable, format, args) }

func newf(kind Kind, format string, args []any) error {
	err := fmt.Errorf(format, args...)
	return &E{Kind: kind, Message: err.Error(), Err: nil}
}

// Check collects refused fields while an input is validated.
// The zero value is ready to use.
type Check struct{ fields []Field }

// Add records one refused field.
func (c *Check) Add(path, format string, args ...any) {
	c.fields = append(c.fields, Field{Path: path, Message: fmt.Sprintf(format, args...)})
}

// Require records the field when ok is false.
func (c *Check) Require(ok bool, path, format string, args ...any) {
	if !ok {
		c.Add(path, format, args...)
	}
}

// Err returns nil when nothing was refused, otherwise an Invalid error naming every field.
func (c *Check) Err(what string) error {
	if len(c.fields) == 0 {
		return nil
	}
	return &E{Kind: Invalid, Message: what + " is not valid", Fields: c.fields}
}
