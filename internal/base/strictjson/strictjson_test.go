package strictjson_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
)

func TestWhatIsWrongIsNamedWhereItStands(t *testing.T) {
	for _, c := range []struct{ name, body, path, says string }{
		{"empty", " ", "body", "is empty"},
		{"cut off", "[{\"a\":1}", "body", "line 1"},
		{"stray brace on the third line", "{\n \"a\": 1,\n }", "body", "at line 3, column 2 (byte 13)"},
		{"two values", "{} {}", "body", "line 1, column 4"},
		{"a name twice", `{"a":{"b":1,"b":2}}`, "a.b", "twice"},
		{"a name twice in disguise", `{"a":1,"\u0061":2}`, "a", "twice"},
		{"NUL in text", `[{"labels":{"x":"a\u0000b"}}]`, "[0].labels.x", "NUL"},
		{"NUL in a name", "{\"a\\u0000\":1}", "a\uFFFD", "NUL"},
		{"broken UTF-8", "[1,{\"a\":\"\xff\"}]", "[1].a", "not valid UTF-8"},
		{"broken UTF-8 in a name", "{\"\xff\":1}", "\uFFFD", "not valid UTF-8"},
		{"too deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), strings.Repeat("[0]", 32), "more than 32 levels"},
		{"far too deep", strings.Repeat("[", 100_000), "body", "line 1"},
		{"a million members", `{"a":` + manyMembers(1_000_000) + "}", "a", "more than 10000 members"},
		{"too many elements", "[" + strings.Repeat("1,", 20_000) + "1]", "body", "more than 10000 elements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := strictjson.Check([]byte(c.body), "")
			fields := errs.FieldsOf(err)
			if !errs.Is(err, errs.Invalid) || len(fields) != 1 {
				t.Fatalf("want one refused field, got %v", err)
			}
			if fields[0].Path != c.path || !strings.Contains(fields[0].Message, c.says) {
				t.Errorf("got %q %q, want path %q and a message with %q", fields[0].Path, fields[0].Message, c.path, c.says)
			}
		})
	}
}

func TestPathsBeginWhereTheCallerSays(t *testing.T) {
	err := strictjson.Check([]byte(`{"a":[1,{"b":1,"b":1}]}`), "[7]")
	if f := errs.FieldsOf(err); len(f) != 1 || f[0].Path != "[7].a[1].b" {
		t.Errorf("got %v", err)
	}
}

func TestSoundJSONPasses(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, `null`, `1e400`, `"é\ud83d\ude00"`, ` {"a":{"b":[1,2,"x"]},"b":{"b":null}} `,
		strings.Repeat("[", 32) + strings.Repeat("]", 32)} {
		if err := strictjson.Check([]byte(body), ""); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strconv.Itoa(i) + `":1`)
	}
	return b.String() + "}"
}

// FuzzCheck: whatever passes is JSON in valid UTF-8, whatever does not is refused as Invalid
// with a field, and nothing panics.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{}`, `[{"labels":{"a":"b"}}]`, "{\"\xff\":1}", `{"a":1,"a":1}`, "[[[", `"\u0000"`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := strictjson.Check(body, "")
		if err == nil {
			if !json.Valid(body) || !utf8.Valid(body) {
				t.Fatalf("passed: %q", body)
			}
			return
		}
		fields := errs.FieldsOf(err)
		if !errs.Is(err, errs.Invalid) || len(fields) != 1 || !utf8.ValidString(fields[0].Path) {
			t.Fatalf("refused without a field: %v", err)
		}
	})
}
