package match

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/sharedtest"
	"mainstay/internal/engine/signal"
)

// realRows are the real logs, each line as it would arrive.
func realRows(t testing.TB) (rows []signal.Row) {
	t.Helper()
	for _, file := range sharedtest.TextLogs(t, "apache_access.log", "linux_auth.log", "nginx_plus.ndjson", "kafka/*") {
		rows = append(rows, rowsOf(t, file)...)
	}
	return rows
}

// rowsOf reads a file: JSON as fields, other lines as messages, with the lines that go on from them.
func rowsOf(t testing.TB, file string) []signal.Row {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []signal.Row
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if len(rows) > 0 && bytes.ContainsAny(line[:min(1, len(line))], "\tjC") { // of a stack trace
			r := &rows[len(rows)-1]
			r.Set(signal.Message, r.Get(signal.Message)+"\n"+string(line))
			continue
		}
		r := signal.Row{Time: time.Unix(1_482_000_000+int64(len(rows)), 0).UTC(), Stream: []string{"host"}}
		if len(line) > 0 && line[0] == '{' {
			var values map[string]any
			if err := json.Unmarshal(line, &values); err != nil {
				t.Fatal(err)
			}
			flatten(&r, "", values)
		} else {
			r.Set(signal.Message, string(line))
		}
		r.Set(signal.Source, strings.SplitN(filepath.Base(file), ".", 2)[0])
		r.Set(signal.Service, "payments")
		r.Set("host", fmt.Sprintf("host-%d", len(rows)%7))
		rows = append(rows, r)
	}
	return rows
}

func flatten(r *signal.Row, prefix string, values map[string]any) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if inner, ok := values[name].(map[string]any); ok {
			flatten(r, prefix+name+".", inner)
			continue
		}
		r.Fields = append(r.Fields, signal.Field{Name: prefix + name, Value: fmt.Sprint(values[name])})
	}
}

// sample takes about n rows, evenly, so that all files are in it.
func sample(rows []signal.Row, n int) []signal.Row {
	var some []signal.Row
	step := max(1, len(rows)/n)
	for i := 0; i < len(rows); i += step {
		some = append(some, rows[i])
	}
	return some
}
