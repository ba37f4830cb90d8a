package host_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

var (
	admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
	agent = actor.Actor{Kind: actor.Source, ID: "k", Name: "source agents"}
	line1 = actor.Actor{Kind: actor.User, ID: "f", Name: "Flo First", Role: actor.FirstLine}
	cy    = actor.Actor{Kind: actor.User, ID: "c", Name: "Cy Client", Role: actor.Client, Customer: "acme"}
)

const opt = "/opt/payments"

type desk struct {
	*testing.T
	*host.Service
	db    *db.DB
	clock *clock.Fake
}

func each(t *testing.T, test func(*desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		test(&desk{t, host.New(host.Config{DB: d}), d, c})
	})
}

func (k *desk) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// sha is the hash of a text.
func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// content are files by path, with what they hold.
type content map[string]string

func (c content) files() iter.Seq2[host.File, error] {
	return func(yield func(host.File, error) bool) {
		for path, text := range c {
			if !yield(host.File{Path: path, SHA256: sha(text), Size: int64(len(text)), Mode: "-rw-r--r--", Owner: "root:root", Modified: dbtest.Start}, nil) {
				return
			}
		}
	}
}

func (c content) manifest() (list []host.Entry) {
	for path, text := range c {
		list = append(list, host.Entry{Path: path, SHA256: sha(text)})
	}
	return list
}

func (k *desk) send(name string, c content) host.Summary {
	k.Helper()
	sum, err := k.Receive(context.Background(), agent, host.Inventory{Host: name, Root: opt, Taken: k.clock.Now(), Files: c.files()})
	k.must(err)
	return sum
}

func (k *desk) roll(in host.RollIn) {
	k.Helper()
	if in.Name == "" {
		in.Name = "2026.11.21"
	}
	in.Root = opt
	_, err := k.CreateRoll(context.Background(), admin, in)
	k.must(err)
}

func (k *desk) report() host.Report {
	k.Helper()
	r, err := k.Compare(context.Background(), admin, "2026.11.21")
	k.must(err)
	return r
}

func (k *desk) wantState(r host.Report, name string, want host.State) {
	k.Helper()
	i := slices.IndexFunc(r.Standings, func(s host.Standing) bool { return s.Host == name })
	if i < 0 || r.Standings[i].State != want {
		k.Errorf("%s is not %s: %+v", name, want, r.Standings)
	}
}

func (k *desk) files(name string) []string {
	k.Helper()
	list, err := k.Files(context.Background(), admin, name, host.Where{}, page.Request{Limit: 500})
	k.must(err)
	var out []string
	for _, f := range list.Items {
		out = append(out, f.Path+" "+f.SHA256[:4])
	}
	return out
}

func (k *desk) events(kind string) (out []host.Differed) {
	k.Helper()
	k.must(k.db.View(context.Background(), func(tx *db.Tx) error {
		payloads, err := db.All(tx, db.Value[string], `SELECT payload FROM event WHERE kind = ? ORDER BY id`, kind)
		for _, p := range payloads {
			var d host.Differed
			if err := (ledger.Event{Payload: []byte(p)}).Into(&d); err != nil {
				return err
			}
			out = append(out, d)
		}
		return err
	}))
	return out
}

// broken gives some files and then fails.
func broken(c content) iter.Seq2[host.File, error] {
	return func(yield func(host.File, error) bool) {
		for f := range c.files() {
			if !yield(f, nil) {
				return
			}
		}
		yield(host.File{}, errors.New("cut off"))
	}
}

func wantKind(t *testing.T, err error, kind errs.Kind) {
	t.Helper()
	if !errs.Is(err, kind) {
		t.Errorf("%v, want %s", err, kind)
	}
}

const day = 24 * time.Hour
