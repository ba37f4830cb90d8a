package spool

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"mainstay/internal/base/clock"
)

// childDir makes the test binary append to the spool in that directory until it is killed.
const childDir = "SPOOL_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendForEver(dir)
	}
	os.Exit(m.Run())
}

func childConfig(dir string) Config {
	return Config{Dir: dir, SegmentBytes: 64 << 10, Readers: []string{"forwarder"}, Clock: clock.Wall(), MinFree: 1}
}

// appendForEver prints the position and the payload of each frame once it is acknowledged.
func appendForEver(dir string) {
	s, err := Open(childConfig(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				p := fmt.Sprintf("%d-%d-%d-%s", os.Getpid(), g, i, strings.Repeat("x", i%3000))
				end, err := s.Append(context.Background(), Frame{Rows: 1, Payload: []byte(p)})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Printf("%d %s\n", end, p) // one write: whole lines only, whoever is killed
			}
		})
	}
	wg.Wait()
}

func TestWhatWasAcknowledgedBeforeAKillIsThere(t *testing.T) {
	dir := t.TempDir()
	printed := map[string]string{}
	for round := range 5 {
		runUntilKilled(t, dir, 50+150*round, printed)
	}
	s, err := Open(childConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := &desk{t: t, Spool: s}
	there := map[string]string{}
	for _, f := range d.all(0) {
		there[fmt.Sprint(f.End)] = string(f.Payload)
	}
	for at, payload := range printed {
		if there[at] != payload {
			t.Fatalf("the frame that was acknowledged at %s is not there: %.40q", at, there[at])
		}
	}
	if st := s.Stats(); st.Damage.Places > 0 {
		t.Fatalf("kill -9 left damage: %+v", st.Damage)
	}
	t.Logf("%d frames were acknowledged, %d are there, in %d segments", len(printed), len(there), s.Stats().Segments)
}

// runUntilKilled starts a child, kills it after so many acknowledgements, and notes all of them.
func runUntilKilled(t *testing.T, dir string, acknowledged int, printed map[string]string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	n := 0
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // the rest of a line was not printed whole
		}
		at, payload, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if old, ok := printed[at]; ok {
			t.Errorf("position %s was given twice: %.40q and %.40q", at, old, payload)
		}
		printed[at] = payload
		if n++; n == acknowledged {
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil || n < acknowledged {
		t.Fatalf("the child ended by itself after %d frames: %v", n, err)
	}
}
