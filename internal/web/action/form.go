package action

import (
	"net/http"
	"strings"
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
