package cli

import (
	"context"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type hosts struct {
	List    hostList    `cmd:"" help:"List the hosts whose files are known, silent ones first."`
	Files   hostFiles   `cmd:"" help:"List the files of a host."`
	Compare hostCompare `cmd:"" help:"Say which hosts have the release of a code roll; exit code 5 when not all have."`
}

type hostList struct {
	shown `embed:""`
	Words string `arg:"" optional:"" help:"Part of the name."`
}

func (c *hostList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) ([]client.Host, error) {
		return s.Hosts(ctx, c.Words)
	}, func(t *table, list []client.Host) {
		t.row("HOST", "STATE", "HEARD", "FILES", "CHANGED IN 24 H", "DIRECTORIES")
		for _, h := range list {
			state, roots := "heard", make([]string, len(h.Roots))
			if h.Silent {
				state = "SILENT"
			}
			for i, r := range h.Roots {
				roots[i] = r.Path
			}
			t.row(h.Name, state, t.whenever(h.Heard), strconv.FormatInt(h.Files, 10), strconv.FormatInt(h.ChangesInDay, 10), strings.Join(roots, ", "))
		}
	})
}

type hostFiles struct {
	shown  `embed:""`
	Host   string `arg:"" help:"Name of the host."`
	Words  string `arg:"" optional:"" help:"Part of the path."`
	Root   string `help:"Only below this directory." placeholder:"DIR"`
	Limit  int    `help:"How many at most." default:"50"`
	Cursor string `help:"The \"next\" of the answer before (-o json)."`
}

func (c *hostFiles) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.HostFile], error) {
		return s.HostFiles(ctx, c.Host, client.HostFilter{Root: c.Root, Words: c.Words, Limit: c.Limit, Cursor: c.Cursor})
	}, func(t *table, list page.List[client.HostFile]) {
		t.row("SHA-256", "SIZE", "MODE", "OWNER", "MODIFIED", "PATH")
		for _, f := range list.Items {
			t.row(or(f.SHA256), strconv.FormatInt(f.Size, 10), f.Mode, f.Owner, t.whenever(f.Modified), strings.TrimRight(f.Root, "/")+"/"+f.Path)
		}
		if list.Next != nil {
			t.row("There are more: name a part of the path, or raise --limit.")
		}
	})
}

type hostCompare struct {
	shown `embed:""`
	Roll  string `arg:"" help:"Name of the roll."`
}

// rollWords are the states of hosts as the table says them.
var rollWords = map[string]string{"unknown": "UNKNOWN", "old": "OLD FILES", "missing": "FILES MISSING", "edited": "CHANGED AFTER THE ROLL",
	"extra": "EXTRA FILES", "current": "up to date"}

func (c *hostCompare) Run(ctx context.Context, env Env) error {
	var report client.RollReport
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (_ client.RollReport, err error) {
		report, err = s.Roll(ctx, c.Roll)
		return report, err
	}, drawRoll)
	if err == nil && !report.Done {
		err = errs.Conflictf("not every host has release %s", report.Name)
	}
	return err
}

func drawRoll(t *table, r client.RollReport) {
	t.row(r.Sentence)
	t.row("NO.", "HOST", "STATE", "AS OF", "FILES")
	for _, h := range r.Standing {
		files := make([]string, 0, len(h.Files))
		for _, f := range h.Files[:min(3, len(h.Files))] {
			files = append(files, f.Path)
		}
		if n := h.Old + h.Missing + h.Edited + h.Extra - len(files); n > 0 {
			files = append(files, "and "+strconv.Itoa(n)+" more")
		}
		t.row(strconv.Itoa(h.Number), h.Host, rollWords[h.State], t.whenever(h.Taken), strings.Join(files, ", "))
	}
}
