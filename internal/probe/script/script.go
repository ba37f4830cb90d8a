// Package script runs scripts that an agent's own configuration names, and reads what Nagios plug-ins say.
//
// https://www.monitoring-plugins.org/doc/guidelines.html: the exit code is the state, the first line the
// message, what stands behind a | are figures.
package script

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/probe"
)

const (
	maxOutput = 64 << 10 // bytes that are kept
	grace     = 2 * time.Second
)

// Make runs a script once, without a shell, in a process group of its own that ends with it.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	named, ok := e.Scripts[s.Script.Name]
	if !ok {
		return probe.Unsure("the configuration of this agent names no script %q", s.Script.Name)
	}
	command, err := fill(named, s.Script.Args)
	if err != nil {
		return probe.Unsure("%s", err)
	}
	out := &limited{left: maxOutput}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the machine's administrator has written it
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, out, grace
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	group(cmd)
	err = cmd.Run()
	end(cmd)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return probe.Unsure("the script did not end in time")
	case err != nil && !errors.As(err, &exit):
		return probe.Unsure("the script cannot be run: %v", err)
	}
	return Read(cmd.ProcessState.ExitCode(), out.String())
}

var (
	errArguments = errors.New("the configuration of this agent allows the script no such number of arguments")
	errArgument  = errors.New("the configuration of this agent does not allow the script these arguments")
)

// fill puts arguments in their places, if they are allowed.
func fill(s probe.Script, args []string) ([]string, error) {
	if len(args) != len(s.Arguments) {
		return nil, errArguments
	}
	for i, a := range args {
		if loc := s.Arguments[i].FindStringIndex(a); loc == nil || loc[0] != 0 || loc[1] != len(a) {
			return nil, errArgument
		}
	}
	out := make([]string, len(s.Command))
	for i, word := range s.Command {
		out[i] = substitute(word, args)
	}
	return out, nil
}

// substitute replaces $1 to $9 in one go, so that what an argument holds is not replaced again.
func substitute(word string, args []string) string {
	var pairs []string
	for i, a := range args {
		pairs = append(pairs, "$"+strconv.Itoa(i+1), a)
	}
	return strings.NewReplacer(pairs...).Replace(word)
}

// Read makes a result of an exit code and what was printed.
func Read(code int, output string) probe.Result {
	states := []probe.State{probe.OK, probe.Degraded, probe.Failed, probe.Unknown}
	r := probe.Result{State: probe.Unknown}
	if code >= 0 && code < len(states) {
		r.State = states[code]
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(output), "\n")
	message, perf, _ := strings.Cut(first, "|")
	if _, more, ok := strings.Cut(rest, "|"); ok {
		perf += " " + strings.ReplaceAll(more, "\n", " ")
	}
	if r.Message = strings.TrimSpace(message); r.Message == "" {
		r.Message = "exit code " + strconv.Itoa(code) + ", and nothing was printed"
	} else if code >= len(states) || code < 0 {
		r.Message = "exit code " + strconv.Itoa(code) + ": " + r.Message
	}
	r.Figures = Figures(perf)
	return r
}

// Figures reads performance data: 'label'=value[unit];warn;crit;min;max, with spaces between.
func Figures(s string) (out []probe.Figure) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		label, rest, ok := name(s)
		if !ok {
			return out
		}
		value, after, _ := strings.Cut(rest, " ")
		s = after
		value, _, _ = strings.Cut(value, ";")
		digits := strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%")
		v, err := strconv.ParseFloat(strings.Replace(digits, ",", ".", 1), 64)
		if err != nil {
			continue // "U" is a value that nobody knows
		}
		f := normal(probe.Figure{Name: probe.FigureName(label), Value: v, Unit: value[len(digits):]})
		if probe.ValidFigure(f) {
			out = append(out, f)
		}
	}
	return out
}

// name reads a label, which may stand in quotes, and the = behind it.
func name(s string) (label, rest string, ok bool) {
	if !strings.HasPrefix(s, "'") {
		return strings.Cut(s, "=")
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			i++ // two are one
			continue
		}
		rest, ok = strings.CutPrefix(s[i+1:], "=")
		return strings.ReplaceAll(s[1:i], "''", "'"), rest, ok
	}
	return "", "", false
}

// normal gives seconds and bytes, whatever the plug-in counts in.
func normal(f probe.Figure) probe.Figure {
	factors := map[string]struct {
		by   float64
		unit string
	}{"ms": {1e-3, "s"}, "us": {1e-6, "s"}, "ns": {1e-9, "s"}, "KB": {1 << 10, "B"}, "MB": {1 << 20, "B"}, "GB": {1 << 30, "B"}, "TB": {1 << 40, "B"}, "c": {1, ""}}
	if n, ok := factors[f.Unit]; ok {
		f.Value, f.Unit = f.Value*n.by, n.unit
	}
	return f
}

// limited keeps the first bytes of an output and drops the rest, so that a script that prints without end
// costs nothing.
type limited struct {
	bytes.Buffer
	left int
}

// Write takes everything and keeps what there is room for.
func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.Buffer.Write(p[:n])
	return len(p), nil
}
