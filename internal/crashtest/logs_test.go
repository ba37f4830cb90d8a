package crashtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/engine/db/dbtest"
)

// TestCrashLosesNoLine kills the server, the log engine, or both, while lines come in. Every line that
// was acknowledged is found afterwards; what is there twice is of the last seconds before a kill, and
// marked.
func TestCrashLosesNoLine(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			n := rounds(t)
			if kind == "postgres" { // lines do not touch the records' database, only the rules' alerts do
				n = max(n/3, 1)
			}
			crashLogs(t, kind, n)
		})
	}
}

// victims are who is killed in turn.
var victims = []string{"server", "engine", "both"}

func crashLogs(t *testing.T, kind string, n int) {
	w := &logWorld{world: newWorld(t, kind), acknowledged: map[int]time.Time{}}
	w.withDesk(t, w.configure)
	w.withDesk(t, configureRule)
	child := w.start(t)
	w.awaitEngine(t, child)
	killed, ofChild := 0, 0 // processes of the engine: in all, and of the present server
	for round := range n {
		stop := w.sendLines(child)
		<-clock.Wall().After(time.Duration(50+rand.IntN(450)) * time.Millisecond)
		victim := victims[round%len(victims)]
		w.sendFatal(child, round)
		w.kills = append(w.kills, clock.Wall().Now())
		if victim != "server" {
			n := child.killEngine(t)
			killed += n
			ofChild += n
		}
		if victim != "engine" {
			child.kill(t)
		}
		if victim == "engine" { // the server goes on taking lines
			<-clock.Wall().After(time.Duration(50+rand.IntN(200)) * time.Millisecond)
			child.awaitRestarts(t, ofChild)
		}
		stop()
		if victim != "engine" {
			child, ofChild = w.start(t), 0
		}
	}
	w.verifyLines(t, child)
	w.awaitAlerts(t, child)
	child.kill(t)
	w.world.acknowledged["crash-fatal"] = len(w.fatal) > 0
	w.withDesk(t, w.check)
	t.Logf("%d fatal lines acknowledged, all of them alerted", len(w.fatal))
	t.Logf("%d rounds, %d kills of the engine, %d lines acknowledged, %d there more than once and marked", n, killed, len(w.acknowledged), w.repeated)
}

// logWorld knows which lines the server has acknowledged.
type logWorld struct {
	*world
	mu           sync.Mutex
	next         int
	acknowledged map[int]time.Time // when the line was written
	kills        []time.Time
	repeated     int
	fatal        []int // rounds whose fatal line was acknowledged
}

const fatalRule = `
kind: LogRule
name: crash-fatal
filter: '"breakdown of round"'
service: payments
severity: 1
group_by: [round]
`

func configureRule(t *testing.T, a *app.App) {
	t.Helper()
	by := actor.Actor{Kind: actor.System, ID: "test", Name: "crash test"}
	if _, err := a.Rooms.Config.Apply(context.Background(), by, []config.File{{Name: "rule.yaml", Text: fatalRule}}); err != nil {
		t.Fatal(err)
	}
}

// sendFatal sends the line for which the rule must page, just before the kill.
func (w *logWorld) sendFatal(c *child, round int) {
	body := fmt.Sprintf(`{"_msg":"breakdown of round %d","round":"%d","service":"payments"}`, round, round)
	req, err := http.NewRequest(http.MethodPost, c.url+"/insert/jsonline", strings.NewReader(body))
	if err != nil {
		panic(err) // the URL is ours
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		w.fatal = append(w.fatal, round)
	}
}

// awaitAlerts waits until each acknowledged fatal line has its alert. That alerts page is what
// check asks of every one.
func (w *logWorld) awaitAlerts(t *testing.T, c *child) {
	t.Helper()
	deadline := clock.Wall().After(time.Minute)
	for {
		missing := slices.Clone(w.fatal)
		for _, round := range w.alerted(t, c) {
			missing = slices.DeleteFunc(missing, func(r int) bool { return r == round })
		}
		if len(missing) == 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("rounds %v: the line was acknowledged and its rule has not fired", missing)
		case <-clock.Wall().After(200 * time.Millisecond):
		}
	}
}

// alerted are the rounds for which there is an alert.
func (w *logWorld) alerted(t *testing.T, c *child) (rounds []int) {
	t.Helper()
	cursor := ""
	for {
		req, err := http.NewRequest(http.MethodGet, c.url+"/api/v1/alerts?limit=100&cursor="+url.QueryEscape(cursor), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var list struct {
			Items []struct {
				Labels map[string]string `json:"labels"`
			} `json:"items"`
			Next *string `json:"next"`
		}
		err = json.NewDecoder(resp.Body).Decode(&list)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("alerts: %s: %v", resp.Status, err)
		}
		for _, a := range list.Items {
			if n, err := strconv.Atoi(a.Labels["round"]); err == nil {
				rounds = append(rounds, n)
			}
		}
		if list.Next == nil {
			return rounds
		}
		cursor = *list.Next
	}
}

// killEngine is kill -9 of one process of the log engine or of all, and returns how many. One that has
// just died is awaited first: a round in which nothing is killed shows nothing.
func (c *child) killEngine(t *testing.T) (killed int) {
	t.Helper()
	deadline := clock.Wall().After(30 * time.Second)
	for {
		engines := c.children(t)
		if n := len(engines); n > 1 && rand.IntN(2) == 0 {
			engines = engines[:1]
		}
		for _, pid := range engines {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed++
			}
		}
		if killed > 0 {
			return killed
		}
		select {
		case <-deadline:
			t.Fatal("the server has no log engine that could be killed")
		case <-clock.Wall().After(time.Millisecond):
		}
	}
}

// children are the living processes whose parent the server is, whichever of its threads began them, in
// an order of no meaning.
func (c *child) children(t *testing.T) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Fatalf("the children of the server cannot be found in /proc: %v", err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		pid, rest, _ := strings.Cut(string(text), " (") // proc(5): pid (name) state ppid, and the name may have anything in it
		f := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:])
		if len(f) > 1 && f[0] != "Z" && f[1] == strconv.Itoa(c.cmd.Process.Pid) {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, n)
		}
	}
	rand.Shuffle(len(pids), func(i, j int) { pids[i], pids[j] = pids[j], pids[i] })
	return pids
}

// awaitRestarts waits until the server has noticed so many ends of its engine: each kill was one, and
// nothing else was.
func (c *child) awaitRestarts(t *testing.T, want int) {
	t.Helper()
	deadline := clock.Wall().After(10 * time.Second)
	for {
		got := c.restarts(t)
		if got == want {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("the log engine was killed %d times since the server started, which knows of %d ends", want, got)
		case <-clock.Wall().After(5 * time.Millisecond):
		}
	}
}

func (c *child) restarts(t *testing.T) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.url+"/api/v1/log-status", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var status struct {
		Engine struct {
			Restarts *int `json:"restarts"`
		} `json:"engine"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&status); err != nil || status.Engine.Restarts == nil {
		t.Fatalf("state of the log engine: %s: %v", resp.Status, err)
	}
	return *status.Engine.Restarts
}

// sendLines sends batches from several senders until it is told to stop.
func (w *logWorld) sendLines(c *child) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for ctx.Err() == nil {
				w.sendBatch(ctx, c)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

const batch = 20

func (w *logWorld) sendBatch(ctx context.Context, c *child) {
	w.mu.Lock()
	first := w.next
	w.next += batch
	w.mu.Unlock()
	at := clock.Wall().Now()
	var body strings.Builder
	for n := first; n < first+batch; n++ {
		fmt.Fprintf(&body, `{"_time":%q,"_msg":"line %d","n":%d,"service":"payments"}`+"\n", at.Format(time.RFC3339Nano), n, n)
	}
	req, err := http.NewRequest(http.MethodPost, c.url+"/insert/jsonline", strings.NewReader(body.String()))
	if err != nil {
		panic(err) // the URL is ours
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil { // cut off: the server promised nothing
		select {
		case <-ctx.Done():
		case <-clock.Wall().After(10 * time.Millisecond):
		}
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		w.mu.Lock()
		defer w.mu.Unlock()
		for n := first; n < first+batch; n++ {
			w.acknowledged[n] = at
		}
	}
}

// line is what is stored of one.
type line struct {
	N      string `json:"n"`
	Time   time.Time
	Replay string `json:"replay"`
}

// stored reads every line that the engine has, by number.
func (w *logWorld) stored(t *testing.T, c *child) map[int][]line {
	t.Helper()
	resp, err := w.query(c, "n:* | fields n, replay, _time")
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil
	}
	out := map[int][]line{}
	s := bufio.NewScanner(resp.Body)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%v in %s", err, s.Bytes())
		}
		n, err := strconv.Atoi(l.N)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = append(out[n], l)
	}
	return out
}

func (w *logWorld) query(c *child, query string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodPost, c.url+"/select/logsql/query", strings.NewReader(url.Values{"query": {query}}.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return http.DefaultClient.Do(req)
}

// awaitEngine waits until the engine answers.
func (w *logWorld) awaitEngine(t *testing.T, c *child) {
	t.Helper()
	deadline := clock.Wall().After(time.Minute)
	for w.stored(t, c) == nil {
		select {
		case <-deadline:
			t.Fatal("the log engine does not answer")
		case <-clock.Wall().After(50 * time.Millisecond):
		}
	}
}

// verifyLines waits until every acknowledged line is found, and looks at those that are there
// more than once.
func (w *logWorld) verifyLines(t *testing.T, c *child) {
	t.Helper()
	deadline := clock.Wall().After(2 * time.Minute)
	var lines map[int][]line
	for missing := -1; missing != 0; {
		lines, missing = w.stored(t, c), 0
		example := 0
		for n := range w.acknowledged {
			if len(lines[n]) == 0 {
				missing++
				example = n
			}
		}
		select {
		case <-deadline:
			t.Fatalf("%d of %d acknowledged lines are lost, such as %d of %v", missing, len(w.acknowledged), example, w.acknowledged[example])
		case <-clock.Wall().After(200 * time.Millisecond):
		}
	}
	for n, copies := range lines {
		w.checkRepeats(t, n, copies)
	}
}

// repeatable is how long before a kill a line may have been sent that comes twice: what the engine has
// held for ten seconds is never sent again.
const repeatable = 30 * time.Second

func (w *logWorld) checkRepeats(t *testing.T, n int, copies []line) {
	t.Helper()
	unmarked := 0
	for _, l := range copies {
		if l.Replay == "" {
			unmarked++
		}
	}
	if unmarked > 1 {
		t.Errorf("line %d is there %d times without a mark", n, unmarked)
	}
	if len(copies) < 2 {
		return
	}
	w.repeated++
	at, acknowledged := w.acknowledged[n]
	if !acknowledged {
		return
	}
	for _, kill := range w.kills {
		if age := kill.Sub(at); age > -time.Second && age < repeatable {
			return
		}
	}
	t.Errorf("line %d is there %d times and no kill was near", n, len(copies))
}
