package agent

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const watched = "files: [{root: $DIR/opt, exclude: [tmp, '**/*.pid'], every: 1m, rate: 0, service: payments}]\n"

func (h *host) events() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, l := range h.lines {
		out = append(out, l["event"]+" "+strings.TrimPrefix(l["path"], h.dir)+" "+short(l["old_sha256"])+">"+short(l["sha256"]))
	}
	h.lines = nil
	return out
}

func short(sum string) string { return sum[:min(4, len(sum))] }

func TestCreatedChangedAndDeletedFilesAreReported(t *testing.T) {
	h := newHost(t, watched)
	h.write("opt/lib/a.jar", "foo") // 2c26…
	h.write("opt/lib-x", "foo")
	h.write("opt/gone", "foo")
	h.write("opt/tmp/x", "x")
	h.work(0)
	h.want(h.events())
	h.write("opt/lib/a.jar", "bar") // foobar: c3ab…
	h.write("opt/lib/b.jar", "foo")
	h.write("opt/lib/run.pid", "1")
	h.must(os.Remove(h.path("opt/gone")))
	h.must(os.Chmod(h.path("opt/lib-x"), 0o600))
	h.work(time.Minute)
	h.want(h.events(), "file.deleted /opt/gone 2c26>", "file.changed /opt/lib/a.jar 2c26>c3ab", "file.created /opt/lib/b.jar >2c26", "file.changed /opt/lib-x 2c26>2c26")
	h.restart()
	h.work(time.Minute)
	h.want(h.events())
}

func TestEventsOfFilesCarryWhatIsNeededToJudgeThem(t *testing.T) {
	h := newHost(t, watched)
	h.must(os.MkdirAll(h.path("opt"), 0o755))
	h.work(0)
	h.write("opt/a", "foo")
	h.work(time.Minute)
	e := h.lines[0]
	for name, want := range map[string]string{"host": "web1", "size": "3", "mode": "-rw-r--r--", "_time": "2026-03-01T12:01:00Z",
		"_msg": "file.created " + h.path("opt/a"), "file": h.path("opt"), "service": "payments"} {
		if e[name] != want {
			t.Errorf("%s is %q, want %q", name, e[name], want)
		}
	}
	if !strings.Contains(e["owner"], ":") {
		t.Errorf("owner is %q", e["owner"])
	}
}

func TestChangesAreReportedAfterTheServerWasAwayAndTheAgentRestarted(t *testing.T) {
	h := newHost(t, watched)
	h.write("opt/a", "foo")
	h.work(0)
	h.set(always(503))
	h.write("opt/b", "foo")
	h.work(time.Minute)
	h.must(os.Remove(h.path("opt/b")))
	h.restart()
	h.work(2 * time.Minute)
	h.set(nil)
	h.work(5 * time.Minute)
	h.want(h.events(), "file.created /opt/b >2c26", "file.deleted /opt/b 2c26>")
}

func TestTheInventoryIsPostedWhenItChangedAndDaily(t *testing.T) {
	h := newHost(t, watched)
	h.write("opt/a", "foo")
	h.write("opt/lib/b", "foo")
	h.work(0)
	if len(h.inventories) != 1 {
		t.Fatalf("%d inventories", len(h.inventories))
	}
	i := h.inventories[0]
	if i.Root != h.path("opt") || !i.Taken.Equal(h.clock.Now()) || len(i.Files) != 2 || i.Files[1].Path != "lib/b" ||
		i.Files[1].Size != 3 || i.Files[1].Mode != "-rw-r--r--" || short(i.Files[1].SHA256) != "2c26" || i.Files[1].Modified.IsZero() {
		t.Fatalf("%+v", i)
	}
	h.restart()
	for range 5 {
		h.work(time.Minute)
	}
	if len(h.inventories) != 1 {
		t.Fatal("posted without a change")
	}
	h.set(always(503))
	h.must(os.Remove(h.path("opt/a")))
	h.work(time.Minute)
	h.set(nil)
	h.work(2 * time.Minute)
	if len(h.inventories) != 2 || len(h.inventories[1].Files) != 1 {
		t.Fatalf("%+v", h.inventories)
	}
	h.work(24 * time.Hour)
	if len(h.inventories) != 3 {
		t.Fatal("not posted after a day")
	}
}

func TestAnInventoryThatIsRefusedDoesNotHoldAnythingUp(t *testing.T) {
	h := newHost(t, watched+oneLog)
	h.set(func(body string) (int, http.Header) {
		if strings.HasPrefix(body, `{"root"`) {
			return 422, nil
		}
		return 200, nil
	})
	h.write("opt/a", "foo")
	h.write("app.log", "one\n")
	h.work(0)
	h.want(h.take("_msg"), "one")
	before := h.count()
	h.work(time.Minute)
	if h.count() != before {
		t.Error("it was sent again at once")
	}
}

func TestAFileIsReadOnlyWhenItMayHaveChanged(t *testing.T) {
	h := newHost(t, watched)
	h.write("opt/a", "foo")
	h.work(0)
	info, err := os.Stat(h.path("opt/a"))
	h.must(err)
	f, err := os.OpenFile(h.path("opt/a"), os.O_WRONLY, 0)
	h.must(err)
	_, err = f.WriteString("bar") // in place, and the clock turned back: nothing to see
	h.must(err)
	h.must(f.Close())
	h.must(os.Chtimes(h.path("opt/a"), info.ModTime(), info.ModTime()))
	h.work(time.Minute)
	h.want(h.events())
	h.must(os.Chtimes(h.path("opt/a"), info.ModTime(), info.ModTime().Add(time.Second)))
	h.work(time.Minute)
	h.want(h.events(), "file.changed /opt/a 2c26>fcde")
}

func TestNamesThatAreNoTextAreFollowedAsAnyOther(t *testing.T) {
	h := newHost(t, watched)
	h.write("opt/a\xff", "foo")
	h.write("opt/b", "foo")
	h.work(0)
	h.work(time.Minute)
	h.want(h.events())
	h.must(os.Remove(h.path("opt/a\xff")))
	h.work(time.Minute)
	if got := h.events(); len(got) != 1 || !strings.HasPrefix(got[0], `file.deleted /opt/a\xff`) {
		t.Fatalf("%q", got)
	}
}

func TestALinkIsWatchedForWhereItLeads(t *testing.T) {
	h := newHost(t, watched)
	h.write("opt/v1/a", "foo")
	h.write("opt/v2/a", "foo")
	h.must(os.Symlink("v1", h.path("opt/current")))
	h.work(0)
	h.must(os.Remove(h.path("opt/current")))
	h.must(os.Symlink("v2", h.path("opt/current")))
	h.work(time.Minute)
	if got := h.events(); len(got) != 1 || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "file.changed /opt/current ") }) {
		t.Fatalf("%q", got)
	}
}
