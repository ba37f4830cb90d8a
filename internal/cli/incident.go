package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type incidents struct {
	List     incidentList     `cmd:"" help:"List incidents, the worst first; those that are not restored unless asked otherwise."`
	Show     incidentShow     `cmd:"" help:"Show one incident."`
	Timeline incidentTimeline `cmd:"" help:"Show all that happened to an incident."`
	Open     incidentOpen     `cmd:"" help:"Open an incident."`
	Ack      incidentAck      `cmd:"" aliases:"acknowledge" help:"Say that you have an incident in hand."`
	Comment  incidentComment  `cmd:"" help:"Add a note to the timeline."`
	Escalate incidentEscalate `cmd:"" help:"Ask for help now."`
	Restore  incidentRestore  `cmd:"" help:"Say that users can do their business again."`
	Close    incidentClose    `cmd:"" help:"Say that the paperwork is done."`
}

type incidentList struct {
	shown    `embed:""`
	Status   []string `help:"Only these: open, acknowledged, investigating, restored, closed."`
	Severity []string `help:"Only these severities: 1 (worst) to 4."`
	Service  string   `help:"Only those of this service."`
	Assignee string   `help:"Only those of this person (login)."`
	Words    string   `short:"q" help:"Only those with these words."`
	All      bool     `help:"Restored and closed ones too."`
	Limit    int      `help:"At most so many." default:"50"`
}

func (c *incidentList) Run(ctx context.Context, env Env) error {
	f := client.IncidentFilter{Status: c.Status, Severity: c.Severity, Service: c.Service, Assignee: c.Assignee,
		Words: c.Words, Active: !c.All && len(c.Status) == 0, Limit: c.Limit}
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.Incident], error) {
		return s.Incidents(ctx, f)
	}, func(t *table, list page.List[client.Incident]) {
		t.row("KEY", "SEV", "STATUS", "SERVICE", "OPENED", "ASSIGNEE", "TITLE")
		for _, i := range list.Items {
			t.row(i.Key, fmt.Sprint(i.Severity), i.Status, i.Service, t.when(i.Opened), or(i.Assignee), i.Title)
		}
		more(t, list.Next)
	})
}

func more(t *table, next *string) {
	if next != nil {
		t.row("… and more: use --limit")
	}
}

// one is a command on one incident.
type one struct {
	shown `embed:""`
	Key   string `arg:"" help:"Key of the incident, such as INC-12."`
}

func (c one) do(ctx context.Context, env Env, act func(context.Context, *client.Client) (client.Incident, error)) error {
	return call(ctx, c.shown, env.Out, act, draw)
}

func draw(t *table, i client.Incident) {
	t.row(i.Key, i.Title)
	for _, line := range [][2]string{
		{"service", i.Service}, {"severity", fmt.Sprint(i.Severity)}, {"status", i.Status}, {"assignee", or(i.Assignee)},
		{"detected", t.when(i.Detected)}, {"opened", t.when(i.Opened)}, {"acknowledged", acknowledged(t, i)},
		{"snoozed until", t.whenever(i.SnoozedUntil)}, {"restored", t.whenever(i.Restored)}, {"closed", t.whenever(i.Closed)},
		{"merged into", or(i.MergedInto)}, {"page", i.URL},
	} {
		if line[1] != "" {
			t.row("  "+line[0], line[1])
		}
	}
}

func acknowledged(t *table, i client.Incident) string {
	if i.Acknowledged == nil {
		return ""
	}
	return t.when(*i.Acknowledged) + " by " + or(i.AcknowledgedBy)
}

type incidentShow struct {
	one `embed:""`
}

func (c *incidentShow) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, s *client.Client) (client.Incident, error) { return s.Incident(ctx, c.Key) })
}

type incidentTimeline struct {
	one `embed:""`
}

func (c *incidentTimeline) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) ([]client.Event, error) {
		return s.Timeline(ctx, c.Key)
	}, func(t *table, list []client.Event) {
		for _, e := range list {
			t.row(e.At.In(t.zone).Format(toSecond), e.Text+entered(t, e))
		}
	})
}

// entered says so of what was written down later than it happened.
func entered(t *table, e client.Event) string {
	if e.Entered == nil {
		return ""
	}
	return " (entered later, " + t.when(*e.Entered) + ")"
}

type incidentOpen struct {
	shown       `embed:""`
	Title       string    `arg:"" help:"What is wrong, in a line."`
	Service     string    `help:"Name of the service." required:""`
	Severity    int       `help:"1 (worst) to 4." default:"2"`
	Description string    `help:"More about it."`
	Detected    time.Time `help:"When it was first seen (RFC 3339); now when left out."`
}

func (c *incidentOpen) Run(ctx context.Context, env Env) error {
	in := client.Opening{Service: c.Service, Title: c.Title, Description: c.Description, Severity: c.Severity}
	if !c.Detected.IsZero() {
		in.Detected = &c.Detected
	}
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.Incident, error) { return s.Open(ctx, in) }, draw)
}

type incidentAck struct {
	one `embed:""`
}

func (c *incidentAck) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, s *client.Client) (client.Incident, error) { return s.Acknowledge(ctx, c.Key) })
}

type incidentComment struct {
	one  `embed:""`
	At   time.Time `help:"When it happened (RFC 3339), of what you write down later; now when left out."`
	Text []string  `arg:"" help:"The note."`
}

func (c *incidentComment) Run(ctx context.Context, env Env) error {
	text := strings.Join(c.Text, " ")
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.Incident, error) {
		return s.Comment(ctx, c.Key, text, c.At)
	}, func(t *table, i client.Incident) {
		t.row(i.Key+": your comment is on the timeline", text)
	})
}

type incidentRestore struct {
	one    `embed:""`
	Reason string `short:"r" help:"What helped."`
	Ended  bool   `name:"alerts-ended" help:"Its alerts are over too, though their sender will not say so."`
}

func (c *incidentRestore) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.Restoration, error) {
		return s.Restore(ctx, c.Key, c.Reason, c.Ended)
	}, func(t *table, r client.Restoration) {
		draw(t, r.Incident)
		if len(r.StillFiring) > 0 {
			t.row("Still firing: " + strings.Join(r.StillFiring, "; "))
			t.row("If that is so " + t.whenever(r.Reopens) + ", the incident reopens and pages again.")
		}
	})
}

type incidentClose struct {
	one `embed:""`
}

func (c *incidentClose) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, s *client.Client) (client.Incident, error) { return s.Close(ctx, c.Key) })
}

type incidentEscalate struct {
	one    `embed:""`
	To     string `help:"Whom to page: person/ana, roster/payments-l2, team/network or level/L3; the clock's next step when left out."`
	Reason string `short:"r" help:"Why."`
}

func (c *incidentEscalate) Run(ctx context.Context, env Env) error {
	to, err := target(c.To)
	if err != nil {
		return err
	}
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (escalated, error) {
		i, err := s.Escalate(ctx, c.Key, to, c.Reason)
		if err != nil {
			return escalated{}, err
		}
		return escalated{i, whoIsPaged(ctx, s, i.Key)}, nil
	}, func(t *table, e escalated) {
		draw(t, e.Incident)
		for _, sentence := range e.Paged {
			t.row(sentence)
		}
	})
}

// escalated is an incident after somebody asked for help, with what came of it in sentences.
type escalated struct {
	client.Incident
	Paged []string `json:"paged"`
}

// whoIsPaged tells what came of the last call for help. The call itself is done: a token that may
// not read the timeline is told where it stands.
func whoIsPaged(ctx context.Context, s *client.Client, key string) []string {
	events, err := s.Timeline(ctx, key)
	if err != nil {
		return []string{"whom it pages is on the timeline, which cannot be shown: " + err.Error()}
	}
	people, ways := []string{}, []string{} // whom, and then by which ways
	for _, e := range slices.Backward(events) {
		switch {
		case e.Kind == "incident.escalated":
			slices.Reverse(people)
			slices.Reverse(ways)
			return append(people, ways...)
		case e.Kind == "page.started":
			ways = append(ways, e.Text)
		case strings.HasPrefix(e.Kind, "escalation."):
			people = append(people, e.Text)
		}
	}
	return []string{}
}

func target(s string) (*client.Target, error) {
	kind, name, _ := strings.Cut(s, "/")
	switch {
	case s == "":
		return nil, nil
	case name == "":
	case kind == "person":
		return &client.Target{Person: name}, nil
	case kind == "roster":
		return &client.Target{Roster: name}, nil
	case kind == "team":
		return &client.Target{Team: name}, nil
	case kind == "level":
		return &client.Target{Level: name}, nil
	}
	return nil, errs.Invalidf("--to must be like person/ana, roster/payments-l2, team/network or level/L3, not %q", s)
}
