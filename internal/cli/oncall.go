package cli

import (
	"context"
	"strings"
	"time"

	"mainstay/internal/client"
)

type oncall struct {
	Now      onCallNow      `cmd:"" help:"Say who is on call now."`
	Schedule onCallSchedule `cmd:"" help:"Show the plan of a roster."`
	Gaps     onCallGaps     `cmd:"" help:"Say when nobody is on call in the next 60 days."`
}

type onCallNow struct {
	shown `embed:""`
}

func (c *onCallNow) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) ([]client.OnCall, error) {
		return s.OnCall(ctx)
	}, func(t *table, list []client.OnCall) {
		t.row("ROSTER", "ON CALL", "WHY", "UNTIL")
		for _, r := range list {
			if len(r.People) == 0 {
				t.row(r.Roster, map[string]string{"gap": "NOBODY", "nobody": "nobody, as intended"}[r.State], r.State, whenever(r.Next))
			}
			for _, p := range r.People {
				t.row(r.Roster, p.Name+" ("+p.Login+")", p.Why, whenever(p.Until))
			}
		}
	})
}

type onCallSchedule struct {
	shown  `embed:""`
	Roster string    `arg:"" help:"Name of the roster."`
	From   time.Time `help:"From when (RFC 3339); now when left out."`
	To     time.Time `help:"Until when (RFC 3339); a week when left out."`
}

func (c *onCallSchedule) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.Timetable, error) {
		return s.Schedule(ctx, c.Roster, c.From, c.To)
	}, func(t *table, plan client.Timetable) {
		t.row("FROM", "TO", "ON CALL", "WHY")
		for _, shift := range plan.Shifts {
			names, why := []string{}, shift.State
			for _, p := range shift.People {
				names = append(names, p.Name)
				why = p.Why
			}
			t.row(when(shift.From), when(shift.To), strings.Join(names, ", "), why)
		}
	})
}

type onCallGaps struct {
	shown  `embed:""`
	Roster string `arg:"" optional:"" help:"Name of the roster; all of them when left out."`
}

func (c *onCallGaps) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) ([]client.Coverage, error) {
		return s.Gaps(ctx, c.Roster)
	}, func(t *table, list []client.Coverage) {
		told := false
		for _, r := range list {
			for _, sentence := range r.Report {
				t.row(sentence)
				told = true
			}
		}
		if !told {
			t.row("somebody is on call at all times in the next 60 days")
		}
	})
}
