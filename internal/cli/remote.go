package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"mainstay/internal/client"
)

// remote is the server that a command calls.
type remote struct {
	Server string `help:"Server to call." default:"http://127.0.0.1:8484" env:"MAINSTAY_SERVER" placeholder:"URL"`
	Token  string `help:"API token." env:"MAINSTAY_TOKEN"`
}

func (r remote) client() (*client.Client, error) {
	return client.New(client.Config{Server: r.Server, Token: r.Token})
}

// shown is a remote whose answer is shown to a person or a script.
type shown struct {
	remote `embed:""`
	Output string `short:"o" help:"How to write the answer: table or json." enum:"table,json" default:"table"`
}

// call makes a client and writes what do returns: as JSON, or as the table that draw makes.
func call[T any](ctx context.Context, s shown, out io.Writer, do func(context.Context, *client.Client) (T, error), draw func(*table, T)) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	answer, err := do(ctx, c)
	if err != nil {
		return err
	}
	if s.Output == "json" {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(answer)
	}
	t := newTable(out)
	draw(t, answer)
	return t.flush()
}

// table aligns columns.
type table struct{ w *tabwriter.Writer }

func newTable(out io.Writer) *table { return &table{tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)} }

// row writes one line; what strangers wrote cannot break it or move the terminal's cursor.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = plain(c)
	}
	fmt.Fprintln(t.w, strings.TrimRight(strings.Join(cells, "\t"), "\t "))
}

func (t *table) flush() error { return t.w.Flush() }

func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s
}

// when writes an instant for a table, in UTC to the minute.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func whenever(t *time.Time) string {
	if t == nil {
		return ""
	}
	return when(*t)
}

func or(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
