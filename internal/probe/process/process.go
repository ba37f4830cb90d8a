// Package process looks at processes of the machine it runs on.
package process

import (
	"context"
	"regexp"

	"github.com/shirou/gopsutil/v4/process"

	"mainstay/internal/probe"
)

// sum is what the processes that fit have together.
type sum struct {
	count, threads, handles int
	memory                  uint64
	blind                   bool // of some it is not told how many files they have open
}

// Make looks once.
func Make(ctx context.Context, s probe.Spec, _ probe.Env) probe.Result {
	p := s.Process
	list, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return probe.Unsure("the processes cannot be listed: %s", probe.Words(err))
	}
	name, command := regexp.MustCompile(p.Name), regexp.MustCompile(p.Command) // checked when they were written
	var all sum
	for _, one := range list {
		if fits(ctx, one, name, command, p.User) {
			all.add(ctx, one, p.Handles.Any())
		}
	}
	if ctx.Err() != nil {
		return probe.Unsure("the processes could not be listed in time")
	}
	return judge(p, all)
}

func fits(ctx context.Context, p *process.Process, name, command *regexp.Regexp, user string) bool {
	if name.String() != "" {
		if is, err := p.NameWithContext(ctx); err != nil || !name.MatchString(is) {
			return false
		}
	}
	if command.String() != "" {
		if is, err := p.CmdlineWithContext(ctx); err != nil || !command.MatchString(is) {
			return false
		}
	}
	if user == "" {
		return true
	}
	is, err := p.UsernameWithContext(ctx)
	return err == nil && is == user
}

func (s *sum) add(ctx context.Context, p *process.Process, handles bool) {
	s.count++
	if m, err := p.MemoryInfoWithContext(ctx); err == nil && m != nil {
		s.memory += m.RSS
	}
	if n, err := p.NumThreadsWithContext(ctx); err == nil {
		s.threads += int(n)
	}
	if !handles {
		return
	}
	n, err := p.NumFDsWithContext(ctx)
	if err != nil {
		s.blind = true // another user's
		return
	}
	s.handles = max(s.handles, int(n))
}

func judge(p *probe.Process, all sum) probe.Result {
	memory := float64(all.memory) / 1e6
	r := probe.Fine("%d running, %s MB, %d threads", all.count, probe.Number(memory), all.threads)
	r.Add("count", float64(all.count), "")
	r.Add("memory", float64(all.memory), "B")
	r.Add("threads", float64(all.threads), "")
	if p.Count.Any() {
		p.Count.Judge(&r, "number of processes", float64(all.count))
	} else if all.count == 0 {
		r.Worsen(probe.Failed, "no such process runs")
	}
	p.Memory.Judge(&r, "memory in MB", memory)
	p.Threads.Judge(&r, "number of threads", float64(all.threads))
	if p.Handles.Any() {
		r.Add("handles", float64(all.handles), "")
		p.Handles.Judge(&r, "open files", float64(all.handles))
		if all.blind {
			r.Worsen(probe.Unknown, "this user may not see how many files some of them have open")
		}
	}
	return r
}
