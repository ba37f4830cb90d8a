package metricstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/tsdb"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/signal"
)

// TestAStoreThatAnotherProcessHasIsDownAndComesUp: nothing but the store is down meanwhile.
func TestAStoreThatAnotherProcessHasIsDownAndComesUp(t *testing.T) {
	dir := t.TempDir()
	other, err := tsdb.Open(filepath.Join(dir, "tsdb"), nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := metricstore.New(metricstore.Config{Dir: dir, Retry: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { _ = s.Stop() })
	soon, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := s.Ready(soon); !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "lock") {
		t.Errorf("while it is locked: %v", err)
	}
	if _, err := s.AppendSamples(context.Background(), []signal.Series{with(series("m"), signal.Point{At: now(), Value: 1})}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("an append: %v", err)
	}
	if _, err := s.Instant(context.Background(), "m", now()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a question: %v", err)
	}
	if _, err := s.SelectSeries(context.Background(), "query", map[string][]string{"query": {"m"}}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("the query API: %v", err)
	}
	if st := s.Status(); st.Up || st.Reason == "" {
		t.Errorf("status: %+v", st)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	ready(t, s)
	if st := s.Status(); !st.Up || st.Reason != "" {
		t.Errorf("status: %+v", st)
	}
	add(t, s, with(series("m"), signal.Point{At: now(), Value: 1}))
}

// block stores samples of a day long ago as a block and returns its folder.
func block(t *testing.T, dir string, day time.Time) string {
	t.Helper()
	s := open(t, dir)
	for hour := range 8 {
		add(t, s, with(series("old"), signal.Point{At: day.Add(time.Duration(hour) * time.Hour), Value: float64(hour)}))
	}
	if err := s.Compact(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "tsdb", "0*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no block was written: %v", err)
	}
	return found[0]
}

func TestABlockThatCannotBeReadIsSetAsideAndTheOthersServeOn(t *testing.T) {
	dir := t.TempDir()
	day := now().Add(-72 * time.Hour).Truncate(24 * time.Hour)
	broken := block(t, dir, day)
	if err := os.WriteFile(filepath.Join(broken, "index"), []byte("no index"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if st := s.Status(); len(st.SetAside) != 1 || st.SetAside[0] != filepath.Base(broken) || !st.Up {
		t.Errorf("status: %+v", st)
	}
	if _, err := os.Stat(filepath.Join(dir, "set-aside", filepath.Base(broken), "chunks")); err != nil {
		t.Errorf("it was not kept: %v", err)
	}
	at := now()
	add(t, s, with(series("m"), signal.Point{At: at, Value: 1}))
	if got := ask(t, s, "m", at); !strings.Contains(got, " 1 ") {
		t.Errorf("found %q", got)
	}
}

func TestADiskThatIsNearlyFullTakesNoSamples(t *testing.T) {
	s := open(t, t.TempDir(), func(c *metricstore.Config) { c.KeepFree = 1 << 60 })
	_, err := s.AppendSamples(context.Background(), []signal.Series{with(series("m"), signal.Point{At: now(), Value: 1})})
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "disk") {
		t.Errorf("%v", err)
	}
}

func TestNewSeriesBeyondTheLimitAreRefusedAndKnownOnesGoOn(t *testing.T) {
	s := open(t, t.TempDir(), func(c *metricstore.Config) { c.MaxSeries = 10 })
	at := now()
	var many []signal.Series
	for n := range 15 {
		many = append(many, with(series("m", "n", fmt.Sprint(n)), signal.Point{At: at, Value: 1}))
	}
	if taken := add(t, s, many...); taken.Stored != 10 || taken.Lost != 5 || !strings.Contains(taken.Refused[0].Why, "max_series") {
		t.Errorf("taken: %+v", taken)
	}
	if taken := add(t, s, with(series("m", "n", "3"), signal.Point{At: at.Add(time.Second), Value: 2})); taken.Stored != 1 {
		t.Errorf("of a known series: %+v", taken)
	}
}

// child is the environment variable that makes this test binary a process to be killed.
const child = "METRICSTORE_TEST_CHILD"

// TestChild stores samples and says which are acknowledged until it is killed.
func TestChild(t *testing.T) {
	dir := os.Getenv(child)
	if dir == "" {
		t.Skip("it is run by TestAKilledProcessLosesNoSample")
	}
	s := open(t, dir)
	out, begun, run := json.NewEncoder(os.Stdout), now(), fmt.Sprint(os.Getpid())
	for n := 0; ; n++ {
		at := begun.Add(time.Duration(n) * time.Millisecond)
		add(t, s, with(series("kept", "run", run), signal.Point{At: at, Value: float64(n)}), with(series("kept_late", "run", run), signal.Point{At: at.Add(-time.Hour), Value: float64(n)}))
		if err := out.Encode(n); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAKilledProcessLosesNoSample that it has acknowledged: kill -9, three times in a row on the same data.
func TestAKilledProcessLosesNoSample(t *testing.T) {
	dir := t.TempDir()
	total := 0
	for range 3 {
		total += kill(t, dir) + 1
	}
	s := open(t, dir)
	for _, name := range []string{"kept", "kept_late"} {
		list, err := s.Instant(context.Background(), "sum(count_over_time("+name+"[3h]))", now().Add(time.Minute))
		if err != nil || len(list) != 1 || int(list[0].Points[0].Value) < total {
			t.Errorf("%d samples were acknowledged of %s, found %+v, %v", total, name, list, err)
		}
	}
	if st := s.Status(); st.Repaired > 0 || len(st.SetAside) > 0 {
		t.Errorf("status: %+v", st)
	}
}

// kill runs a child until it has acknowledged a few hundred samples, kills it, and returns the last.
func kill(t *testing.T, dir string) (last int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), child+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := json.NewDecoder(out)
	for last < 300 {
		if err := said.Decode(&last); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for said.Decode(&last) == nil { // what it said before it died
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("it was to be killed: %v", err)
	}
	return last
}
