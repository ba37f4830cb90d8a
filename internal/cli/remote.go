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

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/client"
)

// remote is the server that a command calls.
type remote struct {
	Server string `help:"Server to call; ${default} when left out." default:"http://127.0.0.1:8484" env:"MAINSTAY_SERVER" placeholder:"URL"`
	Token  string `help:"API token, or an integration key to send alerts." env:"MAINSTAY_TOKEN"`
}

func (r remote) client() (*client.Client, error) {
	c, err := client.New(client.Config{Server: r.Server, Token: r.Token})
	if err == nil && r.Token == "" {
		err = errs.Unauthenticatedf("no token: give --token or set MAINSTAY_TOKEN (server %s)", r.Server)
	}
	return c, err
}

// shown is a remote whose answer is shown to a person or a script.
type shown struct {
	remote `embed:""`
	Output string `short:"o" help:"How to write the answer: table or json." enum:"table,json" default:"table"`
	Zone   string `help:"IANA time zone of the times in tables, such as Europe/London." default:"UTC"`
}

// show writes an answer: as JSON, or as the table that draw makes.
func show[T any](s shown, out io.Writer, answer T, draw func(*table, T)) error {
	if s.Output == "json" {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(answer)
	}
	zone, err := s.zone()
	if err != nil {
		return err
	}
	t := newTable(out, zone)
	draw(t, answer)
	return t.flush()
}

func (s shown) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil || s.Zone == "" || s.Zone == "Local" {
		return nil, errs.Invalidf("--zone must be an IANA time zone such as Europe/London, not %q", s.Zone)
	}
	return zone, nil
}

// call makes a client and shows what do returns.
func call[T any](ctx context.Context, s shown, out io.Writer, do func(context.Context, *client.Client) (T, error), draw func(*table, T)) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	if _, err := s.zone(); err != nil { // before anything is done
		return err
	}
	answer, err := do(ctx, c)
	if err != nil {
		return err
	}
	return show(s, out, answer, draw)
}

// table aligns columns and shows instants in one zone.
type table struct {
	w    *tabwriter.Writer
	zone *time.Location
}

func newTable(out io.Writer, zone *time.Location) *table {
	return &table{tabwriter.NewWriter(out, 0, 8, 2, ' ', 0), zone}
}

// row writes one line; what strangers wrote cannot break it or move the terminal's cursor.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = plain(c)
	}
	fmt.Fprintln(t.w, strings.TrimRight(strings.Join(cells, "\t"), "\t "))
}

func (t *table) flush() error { return t.w.Flush() }

func plain(s string) string {
	s = text.Shown(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s))
	if s == "" {
		return "-"
	}
	return s
}

// How instants are written, to the minute and to the second: RFC 3339 with a space, so "Z" in UTC
// and the offset elsewhere.
const (
	toMinute = "2006-01-02 15:04Z07:00"
	toSecond = "2006-01-02 15:04:05Z07:00"
)

// when writes an instant to the minute; nothing for none.
func (t *table) when(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(t.zone).Format(toMinute)
}

func (t *table) whenever(at *time.Time) string {
	if at == nil {
		return ""
	}
	return t.when(*at)
}

func or(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
