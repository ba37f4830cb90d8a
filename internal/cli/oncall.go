package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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
				t.row(r.Roster, map[string]string{"gap": "NOBODY", "nobody": "nobody, as intended"}[r.State], r.State, t.whenever(r.Next))
			}
			for _, p := range r.People {
				t.row(r.Roster, p.Name+" ("+p.Login+")", p.Why, t.whenever(p.Until))
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
			t.row(t.when(shift.From), t.when(shift.To), strings.Join(names, ", "), why)
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
		drawHoles(t, list)
	})
}

// hole is a stretch without anybody of a roster, and how often one like it comes.
type hole struct {
	client.Hole
	roster string
	times  int
}

// urgency orders holes: what must be closed first, what is intended last.
var urgency = map[string]int{"gap": 0, "fallback": 1, "nobody": 2}

func drawHoles(t *table, list []client.Coverage) {
	holes := alike(list, t.zone)
	if len(holes) == 0 {
		t.row("somebody is on call at all times in the next 60 days")
		return
	}
	slices.SortStableFunc(holes, func(a, b hole) int { return urgency[a.State] - urgency[b.State] })
	t.row("ROSTER", "ON CALL", "FIRST FROM", "TO", "TIMES")
	for _, h := range holes {
		to := t.when(h.To)
		if h.Endless {
			to = "no end in sight"
		}
		t.row(h.roster, standsIn(h.Hole), t.when(h.From), to, strconv.Itoa(h.times))
	}
	if holes[0].State == "gap" {
		t.row("Close what says NOBODY: add a person or a fallback person to the roster.")
	}
}

func standsIn(h client.Hole) string {
	switch h.State {
	case "gap":
		return "NOBODY"
	case "fallback":
		return "only the fallback, " + strings.Join(h.People, " and ")
	}
	return "nobody, as intended"
}

// alike counts the holes of a roster that begin and end at the same time of day, such as every
// night, as one.
func alike(list []client.Coverage, zone *time.Location) []hole {
	var out []hole
	for _, r := range list {
		first := map[string]int{} // pattern → place in out
		for _, h := range r.Holes {
			from, to := h.From.In(zone), h.To.In(zone)
			pattern := fmt.Sprint(h.State, h.People, h.Endless, from.Format("15:04"), to.Format("15:04"), days(from, to))
			if at, again := first[pattern]; again {
				out[at].times++
				continue
			}
			first[pattern] = len(out)
			out = append(out, hole{h, r.Roster, 1})
		}
	}
	return out
}

// days is how many midnights lie between two instants.
func days(from, to time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}
