package action

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
)

// Line is a field of a posted form, without the blanks around it.
func Line(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// Block is a field of several lines. Browsers end them with CR LF; here they end with LF.
func Block(r *http.Request, name string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.PostFormValue(name), "\r\n", "\n"))
}

// Lines are the lines of a field that hold anything.
func Lines(r *http.Request, name string) []string {
	var out []string
	for line := range strings.SplitSeq(Block(r, name), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Words are the values of a field that stand between commas, blanks or line ends.
func Words(r *http.Request, name string) []string {
	return strings.FieldsFunc(r.PostFormValue(name), func(c rune) bool {
		return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r'
	})
}

// Picked are the values of the ticked boxes of a name.
func Picked(r *http.Request, name string) []string {
	if r.PostForm == nil && r.ParseForm() != nil {
		return nil
	}
	return r.PostForm[name]
}

// Fold gives what a room refused of one entry of a list ("functions[0].percent") to the field
// of the form that holds the whole list, and says which entry it was. Other errors stay as
// they are.
func Fold(err error) error {
	fields := slices.Clone(errs.FieldsOf(err))
	if len(fields) == 0 {
		return err
	}
	for i, f := range fields {
		list, rest, ok := strings.Cut(f.Path, "[")
		if !ok {
			continue
		}
		number, rest, _ := strings.Cut(rest, "]")
		if n, err := strconv.Atoi(number); err == nil {
			number = strconv.Itoa(n + 1)
		}
		fields[i].Path = list
		fields[i].Message = strings.TrimSpace("entry "+number+strings.ReplaceAll(rest, ".", " ")) + " " + f.Message
	}
	return &errs.E{Kind: errs.KindOf(err), Message: messageOf(err), Fields: fields}
}

// messageOf is what an error says without its fields.
func messageOf(err error) string {
	if e, ok := errors.AsType[*errs.E](err); ok {
		return e.Message
	}
	return err.Error()
}
