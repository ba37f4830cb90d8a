package host_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/engine/db"
)

func TestAnInventoryTakesThePlaceOfTheOneBeforeAndTellsWhatDiffers(t *testing.T) {
	each(t, func(k *desk) {
		first := k.send("web1", content{"lib/a.jar": "one", "lib/b.jar": "two", "gone": "x"})
		if !first.First || first.Files != 3 || len(k.events("host.files-known")) != 1 {
			t.Errorf("the first: %+v", first)
		}
		k.clock.Advance(time.Hour)
		sum := k.send("web1", content{"lib/a.jar": "new", "lib/b.jar": "two", "lib/c.jar": "three"})
		if want := (host.Summary{Files: 3, Created: 1, Changed: 1, Deleted: 1}); sum != want {
			t.Errorf("%+v, want %+v", sum, want)
		}
		if got, want := k.files("web1"), []string{"lib/a.jar " + sha("new")[:4], "lib/b.jar " + sha("two")[:4], "lib/c.jar " + sha("three")[:4]}; !slices.Equal(got, want) {
			t.Errorf("files %v, want %v", got, want)
		}
		events := k.events("host.files-changed")
		if len(events) != 1 || events[0].Created+events[0].Changed+events[0].Deleted != 3 || len(events[0].Paths) != 3 {
			t.Errorf("events: %+v", events)
		}
		list, err := k.Changes(context.Background(), admin, "web1", host.Where{}, page.Request{})
		k.must(err)
		var got []string
		for _, c := range list.Items {
			got = append(got, fmt.Sprintf("%s %s %.4s>%.4s", c.Kind, c.Path, c.OldSHA256, c.SHA256))
			if !c.Seen.Equal(k.clock.Now()) {
				t.Errorf("%s was seen at %s", c.Path, c.Seen)
			}
		}
		want := []string{"deleted gone " + sha("x")[:4] + ">", "changed lib/a.jar " + sha("one")[:4] + ">" + sha("new")[:4], "created lib/c.jar >" + sha("three")[:4]}
		if !slices.Equal(got, want) {
			t.Errorf("changes %q, want %q", got, want)
		}
	})
}

func TestAnInventoryThatSaysNothingNewHasNoEventUnlessTheHostWasSilent(t *testing.T) {
	each(t, func(k *desk) {
		k.send("web1", content{"a": "1"})
		k.clock.Advance(time.Hour)
		if sum := k.send("web1", content{"a": "1"}); sum != (host.Summary{Files: 1}) {
			t.Errorf("%+v", sum)
		}
		if n := len(k.events("host.files-changed")) + len(k.events("host.heard-again")); n != 0 {
			t.Errorf("%d events", n)
		}
		k.clock.Advance(2 * day)
		list, err := k.Hosts(context.Background(), admin, "")
		k.must(err)
		if list[0].Silent(k.clock.Now()) != 1 {
			t.Error("after two days it is not silent")
		}
		k.send("web1", content{"a": "1"})
		if len(k.events("host.heard-again")) != 1 {
			t.Error("nobody is told that it is heard again")
		}
	})
}

func TestHalfAnInventoryIsNeverSeen(t *testing.T) {
	each(t, func(k *desk) {
		before := content{"old": "1", "same": "2"}
		k.send("web1", before)
		was := k.files("web1")
		many := content{"same": "changed"}
		for i := range 2500 {
			many[fmt.Sprintf("lib/%05d", i)] = "x"
		}
		_, err := k.Receive(context.Background(), agent, host.Inventory{Host: "web1", Root: opt, Files: broken(many)})
		if err == nil || !slices.Equal(k.files("web1"), was) {
			t.Fatalf("%v: %v", err, k.files("web1"))
		}
		if len(k.events("host.files-changed")) != 0 {
			t.Error("there is an event of it")
		}
		_, err = k.Receive(context.Background(), agent, host.Inventory{Host: "web2", Root: opt, Files: broken(many)})
		if _, unknown := k.Host(context.Background(), admin, "web2"); err == nil || !errs.Is(unknown, errs.NotFound) {
			t.Errorf("a host is known by half an inventory: %v", err)
		}
		if sum := k.send("web1", before); sum != (host.Summary{Files: 2}) {
			t.Errorf("what the broken one left counts: %+v", sum)
		}
		if sum := k.send("web1", many); sum.Created != 2500 || sum.Changed != 1 || sum.Deleted != 1 {
			t.Errorf("%+v", sum)
		}
		k.must(k.db.View(context.Background(), func(tx *db.Tx) error {
			n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM host_file f JOIN host_root r ON r.id = f.root JOIN host h ON h.id = r.host WHERE h.name = 'web1'`)
			if n != 2501 {
				t.Errorf("%d rows are kept", n)
			}
			return err
		}))
	})
}

func TestAnUploadThatDiedIsCleanedUpByTheNext(t *testing.T) {
	each(t, func(k *desk) {
		k.send("web1", content{"a": "1", "b": "2"})
		// What a process leaves that is killed between two pieces.
		k.must(k.db.Do(context.Background(), func(tx *db.Tx) error {
			for _, s := range []string{
				`INSERT INTO host_file (root, path_key, first, path, sha256, size, mode, owner) SELECT id, 'half', 2, '', 'x', 1, '', '' FROM host_root`,
				`UPDATE host_file SET last = 2 WHERE path_key = 'a'`,
				`INSERT INTO host_change (root, path_key, generation, kind, path, old_sha256, new_sha256, size, mode, owner, seen) SELECT id, 'half', 2, 'created', '', '', '', 1, '', '', 1 FROM host_root`,
			} {
				if _, err := tx.Exec(s); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`UPDATE host_root SET upload = 'dead', upload_at = ?`, tx.Now())
			return err
		}))
		if got := k.files("web1"); len(got) != 2 {
			t.Errorf("half an inventory is seen: %v", got)
		}
		in := host.Inventory{Host: "web1", Root: opt, Files: content{"a": "1", "b": "3"}.files()}
		_, err := k.Receive(context.Background(), agent, in)
		wantKind(t, err, errs.Unavailable) // it may still live
		k.clock.Advance(10 * time.Minute)
		sum, err := k.Receive(context.Background(), agent, in)
		if err != nil || sum.Changed != 1 || sum.Created+sum.Deleted != 0 {
			t.Errorf("%+v %v", sum, err)
		}
		if got := k.files("web1"); len(got) != 2 {
			t.Errorf("%v", got)
		}
	})
}

// Whatever inventories follow each other, what is stored is the last one, and the changes lead there.
func TestAnyInventoriesInARowEndAsTheLast(t *testing.T) {
	each(t, func(k *desk) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			name := fmt.Sprintf("host-%d", n)
			step := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c/d", "c-d", "e"}), rapid.SampledFrom([]string{"1", "2"}), 0, 5)
			state := content{}
			for i, next := range rapid.SliceOfN(step, 1, 4).Draw(rt, "inventories") {
				sum := k.send(name, next)
				want := host.Summary{Files: int64(len(next)), First: i == 0}
				for path, text := range next {
					if old, there := state[path]; i > 0 && !there {
						want.Created++
					} else if i > 0 && old != text {
						want.Changed++
					}
				}
				for path := range state {
					if _, there := next[path]; !there {
						want.Deleted++
					}
				}
				if sum != want {
					rt.Fatalf("%+v, want %+v", sum, want)
				}
				state = content(next)
			}
			var want []string
			for _, path := range slices.Sorted(maps.Keys(state)) {
				want = append(want, path+" "+sha(state[path])[:4])
			}
			if got := k.files(name); !slices.Equal(got, want) {
				rt.Fatalf("%v, want %v", got, want)
			}
		})
	})
}

func TestWhatIsNoInventoryIsRefused(t *testing.T) {
	each(t, func(k *desk) {
		for path, want := range map[string]string{"/etc/passwd": "files[0].path", "../x": "files[0].path", "a/../b": "files[0].path", "": "files[0].path",
			"a\x00b": "files[0].path", "a\xff": "files[0].path", strings.Repeat("x", 5000): "files[0].path"} {
			_, err := k.Receive(context.Background(), agent, host.Inventory{Host: "web1", Root: opt, Files: content{path: "x"}.files()})
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("%.20q: %v", path, err)
			}
		}
		for _, in := range []host.Inventory{{Host: "", Root: opt}, {Host: "a/b", Root: opt}, {Host: "rolls", Root: opt}, {Host: "a\x00", Root: opt}, {Host: "web1"}, {Host: "web1", Root: "a\x00"}} {
			in.Files = content{}.files()
			_, err := k.Receive(context.Background(), agent, in)
			wantKind(t, err, errs.Invalid)
		}
		twice := func(yield func(host.File, error) bool) {
			for f := range (content{"a": "1"}).files() {
				if !yield(f, nil) {
					return
				}
				yield(f, nil)
			}
		}
		_, err := k.Receive(context.Background(), agent, host.Inventory{Host: "web1", Root: opt, Files: twice})
		wantKind(t, err, errs.Invalid)
	})
}

func TestPathsThatNoIndexCouldHoldAreFilesLikeOthers(t *testing.T) {
	each(t, func(k *desk) {
		long := strings.Repeat("ä", 1000)
		k.send("web1", content{long + "/a": "1", long + "/b": "2", "c": "3"})
		if sum := k.send("web1", content{long + "/a": "1", long + "/b": "4"}); sum.Changed != 1 || sum.Deleted != 1 || sum.Created != 0 {
			t.Errorf("%+v", sum)
		}
		k.roll(host.RollIn{Manifest: content{long + "/a": "1", long + "/b": "2"}.manifest()})
		if r := k.report(); len(r.Standings[0].Differences) != 1 || r.Standings[0].Differences[0].Path != long+"/b" {
			t.Errorf("%+v", r.Standings)
		}
	})
}

func TestFilesAndChangesAreSearchedAndPaged(t *testing.T) {
	each(t, func(k *desk) {
		k.send("web1", content{})
		k.send("web1", content{"lib/A.jar": "1", "lib/b.jar": "2", "etc/a_b": "3"})
		ctx := context.Background()
		list, err := k.Files(ctx, admin, "web1", host.Where{Words: "LIB/a"}, page.Request{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Path != "lib/A.jar" {
			t.Errorf("%+v %v", list.Items, err)
		}
		var got []string
		for r := (page.Request{Limit: 1}); ; r.Cursor = *list.Next {
			list, err = k.Files(ctx, admin, "web1", host.Where{}, r)
			k.must(err)
			got = append(got, list.Items[0].Path)
			if list.Next == nil {
				break
			}
		}
		if want := []string{"etc/a_b", "lib/A.jar", "lib/b.jar"}; !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
		first, err := k.Changes(ctx, admin, "web1", host.Where{}, page.Request{Limit: 2})
		k.must(err)
		rest, err := k.Changes(ctx, admin, "web1", host.Where{}, page.Request{Limit: 2, Cursor: *first.Next})
		if err != nil || len(first.Items) != 2 || len(rest.Items) != 1 || rest.Items[0].Path != "lib/b.jar" {
			t.Errorf("%+v %v", rest, err)
		}
		if some, err := k.Changes(ctx, admin, "web1", host.Where{Words: "a_b", Root: opt}, page.Request{}); err != nil || len(some.Items) != 1 {
			t.Errorf("%+v %v", some, err)
		}
	})
}

func TestChangesAreKeptFor400Days(t *testing.T) {
	each(t, func(k *desk) {
		k.send("web1", content{})
		k.send("web1", content{"a": "1"})
		k.clock.Advance(399 * day)
		_, err := k.Sweep(context.Background())
		k.must(err)
		left := func() int {
			list, err := k.Changes(context.Background(), admin, "web1", host.Where{}, page.Request{})
			k.must(err)
			return len(list.Items)
		}
		if left() != 1 {
			t.Error("it went too early")
		}
		k.clock.Advance(2 * day)
		_, err = k.Sweep(context.Background())
		k.must(err)
		if left() != 0 {
			t.Error("it stays")
		}
	})
}

func TestWhoMayDoWhatWithHosts(t *testing.T) {
	each(t, func(k *desk) {
		ctx := context.Background()
		k.send("web1", content{"a": "1"})
		for _, by := range []actor.Actor{agent, cy} {
			_, err := k.Hosts(ctx, by, "")
			wantKind(t, err, errs.Forbidden)
			_, err = k.Files(ctx, by, "web1", host.Where{}, page.Request{})
			wantKind(t, err, errs.Forbidden)
			_, err = k.Compare(ctx, by, "x")
			wantKind(t, err, errs.Forbidden)
		}
		_, err := k.Receive(ctx, cy, host.Inventory{Host: "web1", Root: opt, Files: content{}.files()})
		wantKind(t, err, errs.Forbidden)
		wantKind(t, k.Forget(ctx, line1, "web1"), errs.Forbidden)
		_, err = k.CreateRoll(ctx, line1, host.RollIn{Name: "x", Root: opt, Manifest: content{"a": "1"}.manifest()})
		wantKind(t, err, errs.Forbidden)
		k.must(k.Forget(ctx, admin, "web1"))
		wantKind(t, k.Forget(ctx, admin, "web1"), errs.NotFound)
		if sum := k.send("web1", content{"a": "1"}); !sum.First {
			t.Error("it does not come back")
		}
	})
}
