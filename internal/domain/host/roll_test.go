package host_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
)

func TestARollSaysHowItStandsWithEachHost(t *testing.T) {
	each(t, func(k *desk) {
		old, release := content{"lib/pay.jar": "1", "run.sh": "r"}, content{"lib/pay.jar": "2", "run.sh": "r"}
		for i := 1; i <= 12; i++ {
			k.send(fmt.Sprintf("web%d", i), old)
		}
		k.clock.Advance(time.Hour)
		k.roll(host.RollIn{Manifest: release.manifest()})
		if got := k.report().Headline(); got != "12 of 12 hosts still have old files: web1, web2, web3, web4, web5 and 7 more" {
			t.Error(got)
		}
		k.clock.Advance(time.Minute)
		for i := 1; i <= 12; i++ {
			if i != 7 {
				k.send(fmt.Sprintf("web%d", i), release)
			}
		}
		r := k.report()
		if got := r.Sentence(); got != "1 of 12 hosts still has the old file: web7, lib/pay.jar; 11 have release 2026.11.21" {
			t.Error(got)
		}
		d := r.Standings[6].Differences[0]
		if d.State != host.Old || d.Want != sha("2") || d.SHA256 != sha("1") || d.Modified.IsZero() {
			t.Errorf("%+v", d)
		}
		k.send("web7", release)
		if r := k.report(); r.Sentence() != "12 of 12 hosts have release 2026.11.21" || !r.Done() {
			t.Error(r.Sentence())
		}
		k.clock.Advance(time.Minute)
		k.send("web3", content{"lib/pay.jar": "edited", "run.sh": "r"})
		k.send("web4", content{"lib/pay.jar": "2"})
		r = k.report()
		k.wantState(r, "web3", host.Edited)
		k.wantState(r, "web4", host.Edited)
		if got := r.Sentence(); got != "2 of 12 hosts have files that were changed after the roll: web3 and web4; 10 have release 2026.11.21" {
			t.Error(got)
		}
		k.clock.Advance(2 * day)
		if got := k.report().Tally()[host.Unknown]; got != 12 {
			t.Errorf("silent hosts count as known: %d of 12 unknown", got)
		}
	})
}

func TestMissingAndExtraFilesAreTold(t *testing.T) {
	each(t, func(k *desk) {
		release := content{"a": "1", "b": "2"}
		k.send("lacks", content{"a": "1"})
		k.send("more", content{"a": "1", "b": "2", "c": "3", "tmp/x/y": "4", "d.pid": "5"})
		k.send("right", release)
		k.roll(host.RollIn{Manifest: release.manifest(), Strict: true, Ignore: []string{"tmp/**", "*.pid"}})
		r := k.report()
		k.wantState(r, "lacks", host.Missing)
		k.wantState(r, "more", host.Extra)
		k.wantState(r, "right", host.Current)
		if got := r.Sentence(); got != "1 of 3 hosts lacks a file: lacks, b; 1 has files that do not belong to it, 1 has release 2026.11.21" {
			t.Error(got)
		}
		if n := r.Standings[1].Counts.Extra; n != 1 {
			t.Errorf("%d extra files", n)
		}
	})
}

func TestLinksAreNoExtraFiles(t *testing.T) {
	each(t, func(k *desk) {
		files := func(yield func(host.File, error) bool) {
			_ = yield(host.File{Path: "a", SHA256: sha("1"), Mode: "-rw-r--r--"}, nil) && yield(host.File{Path: "l", SHA256: sha("a"), Mode: "Lrwxrwxrwx"}, nil)
		}
		_, err := k.Receive(context.Background(), agent, host.Inventory{Host: "web1", Root: opt, Files: files})
		k.must(err)
		k.roll(host.RollIn{Manifest: content{"a": "1"}.manifest(), Strict: true})
		k.wantState(k.report(), "web1", host.Current)
	})
}

func TestHostsThatARollNamesAreUnknownUntilTheySpeak(t *testing.T) {
	each(t, func(k *desk) {
		k.send("web10", content{"a": "1"})
		k.send("web2", content{"a": "1"})
		k.send("db1", content{"a": "0"})
		k.roll(host.RollIn{Manifest: content{"a": "1"}.manifest(), Hosts: []string{"web*", "batch1"}})
		r := k.report()
		if got := r.Sentence(); got != "1 of 3 hosts is silent: nobody knows what it has: batch1; 2 have release 2026.11.21" {
			t.Error(got)
		}
		if r.Standings[1].Host != "web2" || r.Standings[2].Host != "web10" || r.Done() {
			t.Errorf("%+v", r.Standings)
		}
	})
}

func TestARollOfNoHostIsNotDone(t *testing.T) {
	each(t, func(k *desk) {
		k.roll(host.RollIn{Manifest: content{"a": "1"}.manifest()})
		if r := k.report(); r.Done() || !strings.HasPrefix(r.Sentence(), "Nothing is known yet") {
			t.Error(r.Sentence())
		}
	})
}

func TestRollsAreValidatedListedAndDeleted(t *testing.T) {
	each(t, func(k *desk) {
		ctx := context.Background()
		good := host.RollIn{Name: "r1", Root: opt, Manifest: content{"a": "1"}.manifest()}
		for field, change := range map[string]func(*host.RollIn){
			"name": func(r *host.RollIn) { r.Name = "../x" }, "root": func(r *host.RollIn) { r.Root = "" }, "hosts[0]": func(r *host.RollIn) { r.Hosts = []string{"["} },
			"ignore[0]": func(r *host.RollIn) { r.Ignore = []string{"a**"} }, "manifest": func(r *host.RollIn) { r.Manifest = nil },
			"since": func(r *host.RollIn) { r.Since = k.clock.Now().Add(day) }, "service": func(r *host.RollIn) { r.Service = "nope" },
		} {
			bad := good
			change(&bad)
			_, err := k.CreateRoll(ctx, admin, bad)
			if !errs.Is(err, errs.Invalid) || errs.FieldsOf(err)[0].Path != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		_, err := k.CreateRoll(ctx, admin, good)
		k.must(err)
		_, err = k.CreateRoll(ctx, admin, good)
		wantKind(t, err, errs.Conflict)
		list, err := k.Rolls(ctx, line1, page.Request{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Files != 1 {
			t.Errorf("%+v %v", list, err)
		}
		wantKind(t, k.DeleteRoll(ctx, line1, "r1"), errs.Forbidden)
		k.must(k.DeleteRoll(ctx, admin, "r1"))
		_, err = k.Compare(ctx, admin, "r1")
		wantKind(t, err, errs.NotFound)
	})
}

var number = regexp.MustCompile(`\b[0-9]+\b`)

// Whatever the mixture of states, the numbers of the sentence add up to the hosts, and all of them
// have the release only when all of them have.
func TestTheSentenceCountsRight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		states := rapid.SliceOfN(rapid.SampledFrom(host.States), 1, 30).Draw(rt, "states")
		r := host.Report{Roll: host.Roll{Name: "release"}}
		for i, s := range states {
			c := host.Counts{}
			switch n := rapid.IntRange(1, 3).Draw(rt, "files"); s {
			case host.Old:
				c.Old = n
			case host.Missing:
				c.Missing = n
			case host.Edited:
				c.Edited = n
			case host.Extra:
				c.Extra = n
			}
			r.Standings = append(r.Standings, host.Standing{Number: i + 1, Host: "h" + strings.Repeat("x", i), State: s, Counts: c})
		}
		head, rest := r.Headline(), r.Rest()
		spoken := 0
		for _, n := range number.FindAllString(rest, -1) {
			v, _ := strconv.Atoi(n)
			spoken += v
		}
		first, total := 1, len(states)
		if m := regexp.MustCompile(`^(\d+) of (\d+) hosts`).FindStringSubmatch(head); m != nil {
			first, _ = strconv.Atoi(m[1])
			total, _ = strconv.Atoi(m[2])
		} else if total != 1 || !strings.HasPrefix(head, "The host ") {
			rt.Fatal(head)
		}
		if first+spoken != len(states) || total != len(states) {
			rt.Fatalf("%q, %q: of %d hosts", head, rest, len(states))
		}
		if all := r.Tally()[host.Current] == len(states); strings.Contains(head, "have release") && !all || r.Done() != all {
			rt.Fatalf("%q with %v", head, states)
		}
	})
}
