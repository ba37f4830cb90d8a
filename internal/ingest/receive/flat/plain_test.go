package flat

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/engine/signal"
)

// parsed is what the parser makes of an object, which is what counts.
func parsed(b []byte) (fields []signal.Field, ok bool) {
	var f Flattener
	v, err := f.Parse(b)
	if err != nil {
		return nil, false
	}
	o, err := v.Object()
	if err != nil {
		return nil, false
	}
	return f.Fields(o), true
}

// check compares what is read without the parser with what the parser reads.
func check(t interface{ Errorf(string, ...any) }, text string) {
	var f Flattener
	if !f.plain([]byte(text)) {
		return
	}
	got := f.end()
	if want, ok := parsed([]byte(text)); !ok || !slices.Equal(got, want) {
		t.Errorf("%s is read as %q, not %q", text, got, want)
	}
}

var samples = []string{
	`{"_msg":"a \"b\" \\ \/ \n\t\r\b\f \u003c\u00E9\u0000","host":"h1"}`, ` { "a" : -12 , "b" : null , "c":true,"d":false } `, `{"a":""}`, `{"":"x","":"y"}`,
	`{"a":1.5}`, `{"a":1e3}`, `{"a":-}`, `{"a":007}`, `{"a":{"b":"c"}}`, `{"a":["x"]}`, `{}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\x"}`,
	`{"a":"\u12"}`, `{"a\"b":"c"}`, `{"a":"b",}`, `{"a":"b"}x`, `{"a":"b"`, `{"a":"b\"}`, `{"a":"b\\"}`, `{"a":nul}`, `{"a":nullx}`, `{"a" "b"}`, `{"a":truefalse}`, `[1]`, ``,
}

func TestAPlainObjectIsReadAsTheParserReadsIt(t *testing.T) {
	for _, text := range samples {
		check(t, text)
	}
	pieces := []string{`{`, `}`, `"`, `"`, `\`, `:`, `,`, `a`, `_msg`, `é`, "\xff", ` `, "\n", "\x00", `1`, `-`, `.`, `e`, `null`, `true`, `false`, `[`, `]`,
		`\"`, `\\`, `\n`, `\u003c`, `\ud83d`, `\u12`, `"a":`, `"b":"`, `","`, `":"`, `"}`, `,"c":7`}
	rapid.Check(t, func(t *rapid.T) {
		inside := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), "")
		check(t, inside)
		check(t, `{"_msg":"`+inside+`"}`)
		check(t, `{"_msg":`+inside+`}`)
		check(t, `{"`+inside+`":"x"}`)
	})
}

func TestUsualLinesAreReadWithoutTheParser(t *testing.T) {
	for _, text := range samples[:3] {
		if !new(Flattener).plain([]byte(text)) {
			t.Errorf("%s", text)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, text := range samples {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}
