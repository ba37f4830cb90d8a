package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type rules struct {
	List ruleList `cmd:"" help:"List log rules and how it stands with them."`
	Test ruleTest `cmd:"" help:"Say when the rules in a file would have fired over the lines that are stored."`
}

type ruleList struct {
	shown `embed:""`
	Limit int `help:"At most so many." default:"100"`
}

func (c *ruleList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.RuleStatus], error) {
		return s.Rules(ctx, c.Limit, "")
	}, func(t *table, list page.List[client.RuleStatus]) {
		t.row("NAME", "STATE", "SEV", "SERVICE", "LAST FIRED", "MATCHES TODAY", "TITLE")
		for _, r := range list.Items {
			t.row(r.Name, r.State, fmt.Sprint(r.Severity), or(r.Service), t.whenever(r.Fired), fmt.Sprint(r.Today), r.Title)
		}
		more(t, list.Next)
	})
}

type ruleTest struct {
	shown `embed:""`
	Files []string  `arg:"" optional:"" help:"YAML files with documents of the kind LogRule; - is standard input." placeholder:"FILE"`
	File  []string  `short:"f" help:"The same, as apply takes them: YAML file, directory, or - for standard input; may be repeated." placeholder:"FILE|DIR"`
	From  time.Time `help:"From when (RFC 3339); a day before the end when left out."`
	To    time.Time `help:"Until when (RFC 3339); now when left out."`
}

// tested is a rule and how it would have fired.
type tested struct {
	Name string `json:"name"`
	client.RulePreview
}

func (c *ruleTest) Run(ctx context.Context, env Env) error {
	c.File = append(c.File, c.Files...)
	if len(c.File) == 0 {
		return errs.Invalidf("name a file with the rules to try: mainstay rule test -f FILE")
	}
	files, err := readDocuments(c.File, env.In)
	if err != nil {
		return err
	}
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (out []tested, err error) {
		for _, f := range files {
			found, err := rulesIn(f)
			if err != nil {
				return nil, err
			}
			for _, r := range found {
				p, err := s.PreviewRule(ctx, r.spec, c.From, c.To)
				if err != nil {
					return nil, fmt.Errorf("%s: log rule %q: %w", f.File, r.name, err)
				}
				out = append(out, tested{r.name, p})
			}
		}
		if len(out) == 0 {
			return nil, errs.Invalidf("no document of the kind LogRule is in %s", strings.Join(c.File, ", "))
		}
		return out, nil
	}, drawTested)
}

func drawTested(t *table, list []tested) {
	for i, r := range list {
		if i > 0 {
			fmt.Fprintln(t.w)
		}
		t.row(fmt.Sprintf("%s: would have fired %s for %s; %s matched, %s to %s", r.Name, times(r.Fired), counted(r.Groups, "group"),
			counted(int(r.Matches), "line"), t.when(r.From), t.when(r.To)))
		if r.Note != "" {
			t.row(strings.TrimSpace(r.Note))
		}
		for n, f := range r.Firings {
			if n == 0 {
				t.row("AT", "UNTIL", "SERVICE", "GROUP", "LINES", "SUCH AS")
			}
			line := f.Line
			if line == "" {
				line = f.Why
			}
			t.row(f.At.In(t.zone).Format(toSecond), t.whenever(f.Until), or(f.Service), strings.Join(slices.DeleteFunc(f.Group, func(v string) bool { return v == "" }), ", "), fmt.Sprint(f.Count), line)
		}
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return counted(n, "time")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

type ruleDocument struct {
	name string
	spec json.RawMessage
}

// rulesIn reads the rules of a file; other kinds of documents may stand between them.
func rulesIn(f client.Document) (out []ruleDocument, err error) {
	docs := yaml.NewDecoder(strings.NewReader(f.Text))
	for {
		var fields map[string]any
		if err := docs.Decode(&fields); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, errs.Invalidf("%s is not YAML: %v", f.File, err)
		}
		if fields["kind"] != "LogRule" {
			continue
		}
		name, _ := fields["name"].(string)
		delete(fields, "kind")
		delete(fields, "name")
		spec, err := json.Marshal(fields)
		if err != nil {
			return nil, errs.Invalidf("%s: log rule %q: %v", f.File, name, err)
		}
		out = append(out, ruleDocument{name, spec})
	}
}
