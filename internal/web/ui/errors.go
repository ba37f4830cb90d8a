package ui

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/base/errs"
)

// formErrors is what the server refused in one form, for the fields inside it.
type formErrors struct {
	message string
	fields  []errs.Field
}

type errorsKey struct{}

// withErrors gives the fields of a form their messages. Errors of kind Internal show no text of
// their own: they are logged where they happened.
func withErrors(ctx context.Context, err error) context.Context {
	return context.WithValue(ctx, errorsKey{}, formErrorsOf(err))
}

func formErrorsOf(err error) formErrors {
	if err == nil {
		return formErrors{}
	}
	return formErrors{message: Sentence(err), fields: errs.FieldsOf(err)}
}

func errorsIn(ctx context.Context) formErrors {
	e, _ := ctx.Value(errorsKey{}).(formErrors)
	return e
}

// of returns the messages for one field, joined.
func (e formErrors) of(path string) string {
	var found []string
	for _, f := range e.fields {
		if f.Path == path {
			found = append(found, f.Message)
		}
	}
	return strings.Join(found, "; ")
}

// Sentence is what a person is told about err: its message, or that it is ours to fix.
func Sentence(err error) string {
	if e, ok := errors.AsType[*errs.E](err); ok && e.Kind != errs.Internal {
		return sentence(e.Message)
	}
	return "Something went wrong on our side: nothing was changed. Try again; if it stays, tell the administrator."
}

// sentence begins with a capital, unless it begins with a name such as payments-l1, and ends with
// a full stop.
func sentence(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if strings.IndexFunc(first, func(r rune) bool { return !unicode.IsLower(r) }) < 0 {
		r, size := utf8.DecodeRuneInString(s)
		s = string(unicode.ToUpper(r)) + s[size:]
	}
	if s != "" && !strings.ContainsAny(s[len(s)-1:], ".!?:") {
		s += "."
	}
	return s
}
