package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// Into decodes sound JSON into what v points to. What does not fit its Go type is refused by
// path, in words for people who never saw that type, and so are times that nobody can mean
// (clock.Check): decoded, the year 1 would look like no time at all.
func Into(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var sent any
	if err := dec.Decode(&sent); err != nil {
		return Syntax(body)
	}
	var c errs.Check
	fit(&c, "", reflect.TypeOf(v).Elem(), sent)
	if err := c.Err("the body"); err != nil {
		return err
	}
	err := json.Unmarshal(body, v)
	if _, ours := errors.AsType[*errs.E](err); err != nil && !ours {
		return refuse("", "does not have the form that is expected here")
	}
	return err
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// fit refuses what cannot become a t. null fits everywhere: it leaves out.
func fit(c *errs.Check, at string, t reflect.Type, sent any) {
	switch {
	case sent == nil:
	case t.Kind() == reflect.Pointer:
		fit(c, at, t.Elem(), sent)
	case t == timeType:
		fitTime(c, at, sent)
	case reflect.PointerTo(t).Implements(unmarshalerType): // it speaks for itself
	case reflect.PointerTo(t).Implements(textType):
		fitText(c, at, t, sent)
	default:
		fitKind(c, at, t, sent)
	}
}

func fitTime(c *errs.Check, at string, sent any) {
	s, _ := sent.(string)
	var t time.Time
	if err := t.UnmarshalText([]byte(s)); err != nil { // as json does
		c.Add(here(at), "must be a time such as 2026-03-28T22:15:00Z")
		return
	}
	clock.Check(c, here(at), t)
}

func fitText(c *errs.Check, at string, t reflect.Type, sent any) {
	s, ok := sent.(string)
	if !ok {
		c.Add(here(at), "must be a text")
		return
	}
	if err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		c.Add(here(at), "%s", strings.TrimPrefix(err.Error(), strconv.Quote(s)+" "))
	}
}

func fitKind(c *errs.Check, at string, t reflect.Type, sent any) {
	switch t.Kind() {
	case reflect.Bool:
		_, ok := sent.(bool)
		c.Require(ok, here(at), "must be true or false")
	case reflect.String:
		_, ok := sent.(string)
		c.Require(ok, here(at), "must be a text")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, _ := sent.(json.Number)
		_, err := strconv.ParseInt(n.String(), 10, t.Bits())
		c.Require(err == nil, here(at), "must be a whole number in plain digits, such as 3")
	case reflect.Float32, reflect.Float64:
		fitNumber(c, at, sent)
	case reflect.Slice:
		fitList(c, at, t, sent)
	case reflect.Map:
		members, ok := sent.(map[string]any)
		c.Require(ok, here(at), "must be an object with names and values")
		for _, name := range slices.Sorted(maps.Keys(members)) {
			fit(c, member(at, name), t.Elem(), members[name])
		}
	case reflect.Struct:
		members, ok := sent.(map[string]any)
		c.Require(ok, here(at), "must be an object with fields")
		fitFields(c, at, t, members)
	case reflect.Interface:
		fitAny(c, at, sent)
	}
}

func fitNumber(c *errs.Check, at string, sent any) {
	n, ok := sent.(json.Number)
	_, err := n.Float64()
	c.Require(ok && err == nil, here(at), "must be a number of ordinary size, such as 99.95")
}

func fitList(c *errs.Check, at string, t reflect.Type, sent any) {
	list, ok := sent.([]any)
	c.Require(ok, here(at), "must be a list")
	for i, v := range list {
		fit(c, at+"["+strconv.Itoa(i)+"]", t.Elem(), v)
	}
}

// fitFields looks at the members that t has a field for; embedded structs lend theirs.
func fitFields(c *errs.Check, at string, t reflect.Type, members map[string]any) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			fitFields(c, at, f.Type, members)
		case f.IsExported() && name != "" && name != "-":
			fit(c, member(at, name), f.Type, members[name])
		}
	}
}

// fitAny looks for numbers that no number of ours can hold.
func fitAny(c *errs.Check, at string, sent any) {
	switch v := sent.(type) {
	case json.Number:
		fitNumber(c, at, v)
	case []any:
		for i, element := range v {
			fitAny(c, at+"["+strconv.Itoa(i)+"]", element)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fitAny(c, member(at, name), v[name])
		}
	}
}

// here is a path for people; the body itself has none.
func here(at string) string {
	if at == "" {
		return "body"
	}
	return at
}
