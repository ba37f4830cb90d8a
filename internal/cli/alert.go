package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type alerts struct {
	List alertList `cmd:"" help:"List alerts, those that started last first; those that have not resolved unless asked otherwise."`
	Send alertSend `cmd:"" help:"Send an alert as Prometheus would."`
}

type alertList struct {
	shown   `embed:""`
	State   string `help:"Only this state: firing, stale, resolved."`
	Service string `help:"Only those of this service."`
	Words   string `short:"q" help:"Only those with these words."`
	All     bool   `help:"Resolved ones too."`
	Limit   int    `help:"At most so many." default:"50"`
}

func (c *alertList) Run(ctx context.Context, env Env) error {
	f := client.AlertFilter{State: c.State, Service: c.Service, Words: c.Words, Active: !c.All && c.State == "", Limit: c.Limit}
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.Alert], error) {
		return s.Alerts(ctx, f)
	}, func(t *table, list page.List[client.Alert]) {
		t.row("STATE", "SEV", "SERVICE", "STARTED", "COUNT", "INCIDENT", "TITLE")
		for _, a := range list.Items {
			t.row(a.State, fmt.Sprint(a.Severity), a.Service, t.when(a.Starts), fmt.Sprint(a.Count), or(a.Incident), a.Title)
		}
		more(t, list.Next)
	})
}

type alertSend struct {
	remote     `embed:""`
	Label      map[string]string `short:"l" help:"Label, such as alertname=QueueDepth; may be repeated."`
	Annotation map[string]string `short:"a" help:"Annotation, such as summary=\"Queue is full\"; may be repeated."`
	Resolved   bool              `help:"Say that it has ended."`
	For        time.Duration     `help:"Count as stale when not repeated within this time."`
	File       string            `short:"f" type:"existingfile" help:"Send the alerts in this JSON file instead."`
	Link       string            `help:"Address that explains the alert."`
}

func (c *alertSend) Run(ctx context.Context, env Env) error {
	list, err := c.alerts()
	if err != nil {
		return err
	}
	s, err := c.client()
	if err != nil {
		return err
	}
	if err := c.end(ctx, s, list); err != nil {
		return err
	}
	if err := s.SendAlerts(ctx, list); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%d sent\n", len(list))
	return nil
}

// end says when the alerts end, by the server's time: that of this machine may differ.
func (c *alertSend) end(ctx context.Context, s *client.Client, list []client.PostableAlert) error {
	if !c.Resolved && c.For == 0 {
		return nil
	}
	server, err := s.System(ctx)
	if err != nil {
		return err
	}
	ends := server.Now
	if !c.Resolved {
		ends = ends.Add(c.For)
	}
	for i := range list {
		list[i].EndsAt = &ends
	}
	return nil
}

func (c *alertSend) alerts() ([]client.PostableAlert, error) {
	if c.File != "" {
		text, err := os.ReadFile(c.File)
		if err != nil {
			return nil, errs.Invalidf("%v", err)
		}
		var list []client.PostableAlert
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, errs.Invalidf("%s: %v", c.File, err)
		}
		return list, nil
	}
	if len(c.Label) == 0 {
		return nil, errs.Invalidf("give the alert a label, such as --label alertname=QueueDepth")
	}
	a := client.PostableAlert{Labels: c.Label, Annotations: c.Annotation, GeneratorURL: c.Link}
	return []client.PostableAlert{a}, nil
}
