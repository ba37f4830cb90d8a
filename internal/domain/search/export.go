package search

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/signal"
)

// sortable is how many lines the engine is asked to put in order for an export.
const sortable = 50_000

// Export returns all that the question finds as the engine writes it, one JSON object on each
// line: oldest first up to 50,000 lines, in no order beyond. The caller closes it.
func (s *Service) Export(ctx context.Context, by actor.Actor, q Question) (io.ReadCloser, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return nil, err
	}
	parsed := cut(q.LogsQL)
	if parsed.paged() {
		n, err := a.count(ctx, parsed.filter)
		if err != nil {
			return nil, err
		}
		if n <= sortable {
			parsed.pipes = append(parsed.pipes, "sort by (_time)")
		}
	}
	answer, err := a.ask(ctx, "query", parsed.text(), q.Start, q.End)
	return answer.Body, err
}

func (a asker) count(ctx context.Context, filter string) (int64, error) {
	rows, err := a.rows(ctx, filter+" | stats count() lines", a.q.Start, a.q.End)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return strconv.ParseInt(rows[0].Get("lines"), 10, 64)
}

// ExportCSV is Export as CSV whose first line names all fields. The engine is asked twice: for
// the fields, and for the lines.
func (s *Service) ExportCSV(ctx context.Context, by actor.Actor, q Question) (io.ReadCloser, error) {
	header, err := s.header(ctx, by, q)
	if err != nil {
		return nil, err
	}
	body, err := s.Export(ctx, by, q)
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	go func() {
		defer body.Close()
		err := writeCSV(in, header, body)
		if err != nil {
			err = broken(ctx, err)
		}
		in.CloseWithError(err) // its error is always nil
	}()
	return out, nil
}

// header names the fields of an export: those of the engine first.
func (s *Service) header(ctx context.Context, by actor.Actor, q Question) ([]string, error) {
	body, err := s.Export(ctx, by, q)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	in, seen, rest := newReader(body), map[string]bool{}, []string{}
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, broken(ctx, err)
		}
		in.seen = map[string]int{} // rows need not be told apart here
		seen[signal.TimeField] = seen[signal.TimeField] || !row.Time.IsZero()
		seen[signal.Message] = seen[signal.Message] || row.Mark != ""
		for _, f := range row.Fields {
			if !seen[f.Name] {
				seen[f.Name] = true
				rest = append(rest, f.Name)
			}
		}
	}
	var out []string
	for _, name := range []string{signal.TimeField, signal.Message} {
		if seen[name] {
			out = append(out, name)
		}
	}
	return append(out, rest...), nil
}

func writeCSV(w io.Writer, header []string, body io.Reader) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(header))
	for i, name := range header {
		cells[i] = cell(name)
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	in := newReader(body)
	in.whole = true
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			out.Flush()
			return out.Error()
		}
		if err != nil {
			return err
		}
		in.seen = map[string]int{}
		for i, name := range header {
			cells[i] = cell(row.Get(name))
			if name == signal.TimeField && !row.Time.IsZero() {
				cells[i] = row.Time.UTC().Format(time.RFC3339Nano)
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
}

// cell keeps spreadsheets from taking what a stranger logged for a formula (OWASP, CSV Injection).
// Numbers stay numbers.
func cell(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
