package tail

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// world is a program that writes and rotates its log in every way, and what the server has.
type world struct {
	*desk
	t       *rapid.T
	n       int              // lines written
	in      map[string][]int // lines in each file
	deleted []int            // lines of deleted files that no poll has seen since
	excused map[int]bool     // lines that nobody could have read
	acked   map[int]int      // how often a line was committed
}

func (w *world) receive(lines []got) (numbers []int) {
	for _, l := range lines {
		var n int
		if _, err := fmt.Sscanf(l["_msg"], "line %d", &n); err != nil {
			w.t.Fatalf("a torn line: %q", l["_msg"])
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// rescued counts what went to the disk buffer since the last look.
func (w *world) rescued() {
	for _, n := range w.receive(w.lines(w.desk.spooled.lines)) {
		w.acked[n]++
	}
	w.desk.spooled.lines = nil
	w.deleted = nil
}

func (w *world) step(ack bool) int {
	b := w.poll(time.Second)
	w.rescued()
	if ack {
		for _, n := range w.receive(w.lines(b.Body)) {
			w.acked[n]++
		}
		w.must(w.tailer.Commit(b))
	}
	return b.Lines
}

func (w *world) append() {
	for range rapid.IntRange(1, 8).Draw(w.t, "lines") {
		pad := rapid.IntRange(0, 300).Draw(w.t, "pad")
		w.write("app.log", fmt.Sprintf("line %d %0*d\n", w.n, pad, 0))
		w.in["app.log"] = append(w.in["app.log"], w.n)
		w.n++
	}
}

// shift makes room for a rotated file: app.log.1 becomes app.log.2 and so on.
func (w *world) shift() {
	for n := len(w.in); n > 0; n-- {
		from, to := fmt.Sprintf("app.log.%d", n), fmt.Sprintf("app.log.%d", n+1)
		if _, there := w.in[from]; there {
			w.must(os.Rename(w.path(from), w.path(to)))
			w.in[to] = w.in[from]
			delete(w.in, from)
		}
	}
}

func (w *world) rename() {
	w.shift()
	w.must(os.Rename(w.path("app.log"), w.path("app.log.1")))
	w.in["app.log.1"] = w.in["app.log"]
	delete(w.in, "app.log")
}

func (w *world) copyTruncate() {
	w.shift()
	text, err := os.ReadFile(w.path("app.log"))
	w.must(err)
	w.must(os.WriteFile(w.path("app.log.1"), text, 0o644))
	w.must(os.Truncate(w.path("app.log"), 0))
	w.in["app.log.1"], w.in["app.log"] = w.in["app.log"], nil
}

func (w *world) remove() {
	id, err := identify(w.path("app.log"))
	w.must(err)
	held := false
	for _, f := range w.tailer.files {
		held = held || f.File == id && f.open != nil && !f.gone
	}
	w.must(os.Remove(w.path("app.log")))
	if !held {
		w.excuse(w.in["app.log"])
	} else {
		w.deleted = append(w.deleted, w.in["app.log"]...)
	}
	delete(w.in, "app.log")
}

func (w *world) excuse(lines []int) {
	for _, n := range lines {
		w.excused[n] = true
	}
}

func (w *world) has() bool { _, there := w.in["app.log"]; return there }

func TestNoLineIsLostAndOnlyTheLastBatchIsRepeated(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t, Log{Paths: []string{"app.log*"}})
		w := &world{desk: d, t: rt, in: map[string][]int{}, excused: map[int]bool{}, acked: map[int]int{}}
		acts := map[string]func(){
			"write": w.append,
			"rename": func() {
				if w.has() {
					w.rename()
				}
			},
			"copytruncate": func() {
				if w.has() {
					w.copyTruncate()
				}
			},
			"delete": func() {
				if w.has() {
					w.remove()
				}
			},
			"crash":          func() { w.excuse(w.deleted); w.deleted = nil; w.restart() },
			"deliver":        func() { w.step(true) },
			"server is away": func() { w.step(false) },
			"wait":           func() { w.clock.Advance(ScanEvery) },
		}
		names := []string{"write", "write", "deliver", "rename", "copytruncate", "delete", "crash", "server is away", "wait", "deliver"}
		for range rapid.IntRange(1, 30).Draw(rt, "acts") {
			acts[rapid.SampledFrom(names).Draw(rt, "act")]()
		}
		w.clock.Advance(ScanEvery)
		w.step(true)
		w.clock.Advance(ScanEvery)
		for w.step(true) > 0 {
		}
		for n := range w.n {
			if w.acked[n] == 0 && !w.excused[n] {
				files, _ := filepath.Glob(w.path("*"))
				rt.Fatalf("line %d of %d is lost (%v)", n, w.n, files)
			}
			if w.acked[n] > 1 {
				rt.Fatalf("line %d was acknowledged and sent again", n)
			}
		}
	})
}
