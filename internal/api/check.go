package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/people"
	"mainstay/internal/probe"
)

func (a *API) checks() {
	configure(a, noun[check.Spec]{
		path: "checks", one: "a check", read: people.CheckRead, write: people.CheckWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[check.Spec]], error) {
			list, err := a.Checks.List(ctx, by, s.Request)
			return each(list, func(c check.Status) document[check.Spec] { return document[check.Spec]{c.Name, c.Spec} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (check.Spec, error) {
			c, err := a.Checks.Get(ctx, by, name)
			return c.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec check.Spec) error {
			_, err := a.Checks.Put(ctx, by, check.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error { return a.Checks.Delete(ctx, by, name) },
	})
	add(a, get("/check-status", people.CheckRead, "List how it stands with checks, by name"), a.listCheckStatus)
	add(a, get("/checks/{name}/status", people.CheckRead, "Get how it stands with a check"), a.getCheckStatus)
	add(a, get("/checks/{name}/history", people.CheckRead, "List the changes of the state of a check, the latest first"), a.checkHistory)
	add(a, post("/checks/{name}/run", people.CheckRun, "Make a check at once, without waiting for its next time"), a.runCheck)
	add(a, post("/checks/{name}/heartbeat", people.CheckWrite, "Get the address at which the job of a heartbeat calls in"), a.heartbeatOf)
	add(a, get("/check-agents", people.CheckRead, "List the hosts whose agents make checks"), a.checkAgents)
	add(a, post("/agent/checks", people.CheckReport, "Fetch the checks that the agent of a host makes"), a.agentChecks)
	add(a, post("/agent/results", people.CheckReport, "Tell what the agent of a host has found"), a.agentResults)
}

// CheckStatus is how it stands with a check.
type CheckStatus struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Kind     string       `json:"kind"`
	Target   string       `json:"target" doc:"What is looked at: an address, a path, a name."`
	State    string       `json:"state" enum:"ok,degraded,failed,unknown,waiting,disabled"`
	Message  string       `json:"message"`
	Since    *time.Time   `json:"since" doc:"Since when it is in this state."`
	Alerting bool         `json:"alerting" doc:"Its alert is open."`
	Held     bool         `json:"held" doc:"Its alert waits for its hours."`
	Severity int          `json:"severity"`
	Service  *string      `json:"service"`
	Places   []CheckPlace `json:"locations"`
}

// CheckPlace is a location of a check and its last result.
type CheckPlace struct {
	Name     string        `json:"name"`
	State    string        `json:"state" enum:"ok,degraded,failed,unknown,waiting" doc:"The state that counts, after retries."`
	Since    *time.Time    `json:"since"`
	At       *time.Time    `json:"at" doc:"When the last result came."`
	Result   string        `json:"result" doc:"State of the last result."`
	Message  string        `json:"message"`
	Seconds  float64       `json:"seconds" doc:"How long it took."`
	Retrying int           `json:"retrying" doc:"Results in a row that are not ok."`
	Figures  []CheckFigure `json:"figures"`
}

// CheckFigure is a number that was measured.
type CheckFigure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

func showCheck(s check.Status) CheckStatus {
	out := CheckStatus{Name: s.Name, Title: s.Title(), Kind: string(s.Spec.Probe.Kind()), Target: s.Spec.Probe.Target(), State: string(s.State),
		Message: s.Message, Since: instant(s.Since), Alerting: s.Alerting != "", Held: s.Held, Severity: s.Spec.Level(),
		Service: text(s.Spec.Service), Places: []CheckPlace{}}
	for _, p := range s.Places {
		one := CheckPlace{Name: p.Name, State: string(p.State), Since: instant(p.Since), At: instant(p.At), Result: string(p.Result.State),
			Message: p.Result.Message, Seconds: p.Result.Duration.Seconds(), Retrying: p.Tries, Figures: []CheckFigure{}}
		for _, f := range p.Result.Figures {
			one.Figures = append(one.Figures, CheckFigure(f))
		}
		out.Places = append(out.Places, one)
	}
	return out
}

func (a *API) listCheckStatus(ctx context.Context, by actor.Actor, in *Paging) (page.List[CheckStatus], error) {
	list, err := a.Checks.List(ctx, by, in.request())
	return each(list, showCheck), err
}

func (a *API) getCheckStatus(ctx context.Context, by actor.Actor, in *Named) (CheckStatus, error) {
	s, err := a.Checks.Get(ctx, by, in.Name)
	return showCheck(s), err
}

func (a *API) runCheck(ctx context.Context, by actor.Actor, in *Named) (CheckStatus, error) {
	s, err := a.Checks.RunNow(ctx, by, in.Name)
	return showCheck(s), err
}

// CheckChange is a change of the state of a check.
type CheckChange struct {
	At      time.Time `json:"at"`
	State   string    `json:"state"`
	Was     string    `json:"was"`
	Message string    `json:"message"`
}

func (a *API) checkHistory(ctx context.Context, by actor.Actor, in *Named) (page.List[CheckChange], error) {
	list, err := a.Checks.History(ctx, by, in.Name)
	return whole(list, func(c check.Change) CheckChange {
		return CheckChange{c.At, string(c.State), string(c.Was), c.Message}
	}), err
}

// HeartbeatAddress is where the job of a heartbeat calls in.
type HeartbeatAddress struct {
	URL string `json:"url" doc:"Called at the end of the job; with /start at its beginning, with /fail when it failed. Who knows it can call in."`
}

func (a *API) heartbeatOf(ctx context.Context, by actor.Actor, in *Named) (HeartbeatAddress, error) {
	key, err := a.Checks.Key(ctx, by, in.Name)
	return HeartbeatAddress{a.BaseURL + "/heartbeat/" + key}, err
}

// CheckAgent is a host whose agent makes checks.
type CheckAgent struct {
	Host   string    `json:"host"`
	Source string    `json:"source" doc:"Source whose key it has."`
	Every  string    `json:"every" doc:"How often it calls."`
	Heard  time.Time `json:"heard" doc:"When it last called."`
	Silent bool      `json:"silent"`
}

func (a *API) checkAgents(ctx context.Context, by actor.Actor, _ *struct{}) (page.List[CheckAgent], error) {
	list, err := a.Checks.Agents(ctx, by)
	return whole(list, func(g check.Agent) CheckAgent {
		return CheckAgent{g.Host, g.Source, probe.Span(g.Every).String(), g.Heard, g.Silent}
	}), err
}

// AgentCall is who calls.
type AgentCall struct {
	Host  string `query:"host" maxLength:"200" doc:"Name of the host."`
	Every string `query:"every" maxLength:"20" doc:"How often it calls, such as 10s; it counts as silent when it has not called for that long and 3 s."`
}

func (c AgentCall) call() (check.Call, error) {
	var every probe.Span
	if c.Every != "" {
		if err := every.UnmarshalText([]byte(c.Every)); err != nil {
			return check.Call{}, &errs.E{Kind: errs.Invalid, Message: "the request is not valid", Fields: []errs.Field{{Path: "every", Message: err.Error()}}}
		}
	}
	return check.Call{Host: c.Host, Every: every.Duration()}, nil
}

// AgentChecks are the checks that an agent makes.
type AgentChecks struct {
	Checks []check.Task `json:"checks"`
}

func (a *API) agentChecks(ctx context.Context, by actor.Actor, in *AgentCall) (AgentChecks, error) {
	call, err := in.call()
	if err != nil {
		return AgentChecks{}, err
	}
	list, err := a.Checks.Tasks(ctx, by, call)
	return AgentChecks{orEmpty(list)}, err
}

// AgentResult is what an agent has found.
type AgentResult struct {
	Check   string        `json:"check" doc:"Id of the check."`
	At      time.Time     `json:"at"`
	State   string        `json:"state" enum:"ok,degraded,failed,unknown"`
	Message string        `json:"message" maxLength:"2000"`
	Nanos   int64         `json:"duration" doc:"Nanoseconds."`
	Counts  string        `json:"counts,omitempty" enum:"ok,degraded,failed,unknown," doc:"The state that counts, after retries; left out while none does."`
	Tries   int           `json:"tries,omitempty" doc:"Results in a row that are not ok."`
	Figures []CheckFigure `json:"figures,omitempty" maxItems:"200"`
}

func (a *API) agentResults(ctx context.Context, by actor.Actor, in *struct {
	AgentCall
	Body struct {
		Results []AgentResult `json:"results" maxItems:"10000"`
	}
}) (AgentTaken, error) {
	list := make([]check.Report, len(in.Body.Results))
	for i, r := range in.Body.Results {
		list[i] = check.Report{Check: check.ID(r.Check), At: r.At.UTC(), Counts: probe.State(r.Counts), Tries: r.Tries,
			Result: probe.Result{State: probe.State(r.State), Message: r.Message, Duration: time.Duration(r.Nanos)}}
		for _, f := range r.Figures {
			list[i].Result.Figures = append(list[i].Result.Figures, probe.Figure(f))
		}
	}
	call, err := in.call()
	if err != nil {
		return AgentTaken{}, err
	}
	taken, err := a.Checks.Report(ctx, by, call, list)
	return AgentTaken{taken}, err
}

// AgentTaken is how many results were of checks that the agent makes.
type AgentTaken struct {
	Taken int `json:"taken"`
}
