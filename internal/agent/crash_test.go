package agent

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childEnv makes the test binary the agent: its value is the arguments.
const childEnv = "MAINSTAY_AGENT_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		os.Exit(Main(ctx, strings.Split(args, "\n"), Env{Out: os.Stdout, Err: os.Stderr, Version: "test"}))
	}
	os.Exit(m.Run())
}

// spawn runs the agent as a process of its own.
func (h *host) spawn() *exec.Cmd {
	h.Helper()
	exe, err := os.Executable()
	h.must(err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{"run", "--config", h.path("agent.yaml")}, "\n"))
	h.must(cmd.Start())
	return cmd
}

// rounds is how often the agent is killed; MAINSTAY_CRASH_ROUNDS says otherwise.
func rounds(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("MAINSTAY_CRASH_ROUNDS"))
	if err != nil {
		n = 10
	}
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	return n
}

func TestKilledAgentLosesNoLineAndItsRepeatsCanBeTold(t *testing.T) {
	h := newHost(t, "poll: 100ms\nlogs: [{paths: ['$DIR/app.log*']}]\n")
	h.must(h.agent.Close())
	h.agent.lock, h.agent.spool = nil, nil // the processes below have them
	n := 0
	for round := range rounds(t) {
		agent := h.spawn()
		seen := h.count()
		for i := range 20 {
			h.write("app.log", fmt.Sprintf("line %d\n", n))
			n++
			if i == 10 {
				h.must(os.Rename(h.path("app.log"), h.path(fmt.Sprintf("app.log.%d", round))))
			}
		}
		h.until("a request", func() bool { return h.count() > seen })
		h.must(agent.Process.Kill())
		_ = agent.Wait() // "signal: killed" is what we want
	}
	agent := h.spawn()
	h.until("every line", func() bool { return h.has(n) })
	h.must(agent.Process.Kill())
	_ = agent.Wait()
	h.checkRepeats()
}

// has reports whether lines 0 to n-1 have arrived.
func (h *host) has(n int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	arrived := map[string]bool{}
	for _, l := range h.lines {
		arrived[l["_msg"]] = true
	}
	return len(arrived) == n
}

// checkRepeats wants the same line behind the same file_id and offset.
func (h *host) checkRepeats() {
	h.Helper()
	where := map[string]string{}
	for _, l := range h.lines {
		at := l["file_id"] + " " + l["offset"]
		if before, there := where[l["_msg"]]; there && before != at {
			h.Fatalf("%s was sent as %s and as %s", l["_msg"], before, at)
		}
		where[l["_msg"]] = at
	}
}

func TestTheAgentEndsOnSIGTERMWithItsCheckpointsWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM")
	}
	h := newHost(t, "poll: 100ms\nlogs: [{paths: [$DIR/app.log]}]\n")
	h.must(h.agent.Close())
	h.agent.lock, h.agent.spool = nil, nil
	h.write("app.log", "one\n")
	agent := h.spawn()
	h.until("the line", func() bool { return h.has(1) })
	h.must(agent.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- agent.Wait() }()
	select {
	case err := <-ended:
		h.must(err)
	case <-time.After(5 * time.Second):
		h.must(agent.Process.Kill())
		t.Fatal("it still runs after 5 s")
	}
	h.take("_msg")
	h.write("app.log", "two\n")
	agent = h.spawn()
	var got []string
	h.until("the next line", func() bool { got = append(got, h.take("_msg")...); return slices.Contains(got, "two") })
	h.must(agent.Process.Kill())
	_ = agent.Wait()
	h.want(got, "two")
}
