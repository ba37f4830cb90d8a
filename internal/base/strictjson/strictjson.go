// Package strictjson looks at JSON that strangers send before anybody believes it, and says
// where it is wrong.
//
// encoding/json is kind to its input: the last of two equal names wins, broken UTF-8 becomes
// U+FFFD, and an object may have a million members. Here all of these are refused, with the
// path of the value at fault, and so is NUL in text, which PostgreSQL cannot store.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"mainstay/internal/base/errs"
)

// Limits on what is taken; they are far above what people and their tools send.
const (
	MaxDepth   = 32     // arrays and objects within each other
	MaxMembers = 10_000 // members of one object, elements of one array
)

// Syntax returns an Invalid error with line and column when body is not one JSON value
// (RFC 8259).
func Syntax(body []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	if err == nil {
		return nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return refuse("body", "must be JSON, but it is empty")
	}
	at := int64(len(body))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = syntax.Offset
	}
	line, column := position(body, at)
	return refuse("body", fmt.Sprintf("is not JSON: %s at line %d, column %d (byte %d)", err, line, column, at))
}

// position turns an offset, which counts the bytes up to and with the one at fault, into a
// line and a column, both counted from 1.
func position(body []byte, offset int64) (line, column int) {
	before := body[:max(0, min(offset-1, int64(len(body))))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}

// Check returns nil when body is one JSON value that can be believed, otherwise an Invalid
// error. Paths in it begin with at, which leads to the value and may be empty.
func Check(body []byte, at string) error {
	if err := Syntax(body); err != nil {
		return err
	}
	w := walk{dec: json.NewDecoder(bytes.NewReader(body))}
	w.dec.UseNumber()
	return w.value(at, 0, utf8.Valid(body), body)
}

// walk reads a value whose syntax is known to be right.
type walk struct{ dec *json.Decoder }

// value checks the next value; sound says that the whole body is valid UTF-8.
func (w walk) value(at string, depth int, sound bool, body []byte) error {
	start := w.dec.InputOffset()
	token, err := w.dec.Token()
	if err != nil {
		return refuse(at, "is not JSON: "+err.Error())
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == MaxDepth {
			return refuse(at, fmt.Sprintf("is nested more than %d levels deep", MaxDepth))
		}
		if t == '{' {
			return w.object(at, depth+1, sound, body)
		}
		return w.array(at, depth+1, sound, body)
	case string:
		return text(at, t, sound || utf8.Valid(body[start:w.dec.InputOffset()]))
	}
	return nil
}

func (w walk) object(at string, depth int, sound bool, body []byte) error {
	seen := map[string]bool{}
	for w.dec.More() {
		start := w.dec.InputOffset()
		token, err := w.dec.Token()
		if err != nil {
			return refuse(at, "is not JSON: "+err.Error())
		}
		name, _ := token.(string) // the syntax is right, so it is one
		path := member(at, name)
		if err := text(path, name, sound || utf8.Valid(body[start:w.dec.InputOffset()])); err != nil {
			return err
		}
		if seen[name] {
			return refuse(path, "stands there twice")
		}
		seen[name] = true
		if len(seen) > MaxMembers {
			return refuse(at, fmt.Sprintf("has more than %d members", MaxMembers))
		}
		if err := w.value(path, depth, sound, body); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

func (w walk) array(at string, depth int, sound bool, body []byte) error {
	for i := 0; w.dec.More(); i++ {
		if i == MaxMembers {
			return refuse(at, fmt.Sprintf("has more than %d elements", MaxMembers))
		}
		if err := w.value(at+"["+strconv.Itoa(i)+"]", depth, sound, body); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

func text(at, s string, sound bool) error {
	switch {
	case !sound:
		return refuse(at, "is not valid UTF-8")
	case strings.ContainsRune(s, 0):
		return refuse(at, "must not contain NUL")
	}
	return nil
}

// maxShown is how much of a name is shown in a path, in characters.
const maxShown = 60

// member is the path of a member: what a sender calls it is shown on one line, not too long.
func member(at, name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' {
			return utf8.RuneError
		}
		return r
	}, name)
	if utf8.RuneCountInString(name) > maxShown {
		name = string([]rune(name)[:maxShown]) + "…"
	}
	if at == "" {
		return name
	}
	return at + "." + name
}

func refuse(at, why string) error {
	if at == "" {
		at = "body"
	}
	return &errs.E{Kind: errs.Invalid, Message: "the body cannot be used", Fields: []errs.Field{{Path: at, Message: why}}}
}
