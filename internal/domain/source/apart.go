package source

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// deepest is how far objects within objects are taken apart; what is deeper stays JSON text.
const deepest = 20

// eachOfJSON takes an object apart: objects within become a.b.c, arrays stay JSON text, null
// is left out. What is no object has nothing.
func eachOfJSON(s string, found func(name, value string)) {
	if s = strings.TrimSpace(s); s == "" || s[0] != '{' {
		return
	}
	var p fastjson.Parser
	v, err := p.Parse(s)
	if err != nil {
		return
	}
	if o, err := v.Object(); err == nil {
		visit(o, "", 0, found)
	}
}

func visit(o *fastjson.Object, prefix string, depth int, found func(name, value string)) {
	o.Visit(func(key []byte, v *fastjson.Value) {
		name := prefix + string(key)
		switch v.Type() {
		case fastjson.TypeNull:
		case fastjson.TypeString:
			found(name, string(v.GetStringBytes()))
		case fastjson.TypeObject:
			if depth < deepest {
				visit(v.GetObject(), name+".", depth+1, found)
				return
			}
			found(name, string(v.MarshalTo(nil)))
		default:
			found(name, string(v.MarshalTo(nil)))
		}
	})
}

// eachOfLogfmt finds the name=value pairs of a text; a value with spaces is in quotes. Words
// that are no pair are passed over.
func eachOfLogfmt(s string, found func(name, value string)) {
	for s != "" {
		s = strings.TrimLeft(s, " \t\r\n")
		end := strings.IndexAny(s, "= \t\r\n\"")
		if end < 0 {
			return
		}
		if end == 0 || s[end] != '=' {
			s = s[end+1:]
			continue
		}
		name, rest := s[:end], s[end+1:]
		value := ""
		if value, s = logfmtValue(rest); value != "" {
			found(name, value)
		}
	}
}

func logfmtValue(s string) (value, rest string) {
	if strings.HasPrefix(s, `"`) {
		if quoted, err := strconv.QuotedPrefix(s); err == nil {
			value, err = strconv.Unquote(quoted)
			if err == nil {
				return value, s[len(quoted):]
			}
		}
	}
	end := strings.IndexAny(s, " \t\r\n")
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}
