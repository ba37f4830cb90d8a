package drain

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValuesAreMasked(t *testing.T) {
	for line, want := range map[string]string{
		"took 15ms, 1.5 s, -3 and 2e5":                                 "took <num>ms, <num> s, -<num> and <num>e<num>",
		"from 10.77.20.248:22 to 0.0.0.0 and fe80::1ff:fe23:4567:890a": "from <ip>:<num> to <ip> and <ip>",
		"id 123e4567-e89b-12d3-a456-426614174000 done":                 "id <uuid> done",
		"[2016-12-19 16:31:46,143] INFO started":                       "[<time>] INFO started",
		"2026-03-01T10:00:00.123456Z ok":                               "<time> ok",
		"2026-03-01T10:00:00+01:00 ok":                                 "<time> ok",
		"Mar  7 13:06:56 web1 sshd[1291]: hello":                       "<time> web<num> sshd[<num>]: hello",
		"17/May/2015:10:05:03 +0000 ok":                                "<time> ok",
		"at 13:06:56.7 and 2026-03-01":                                 "at <time> and <time>",
		"commit deadbeef01 at 0x7ffe12 by cafebabe":                    "commit <hex> at <hex> by cafebabe",
		"open /var/lib/x/file-12.log failed":                           "open <path> failed",
		"open /etc/passwd failed":                                      "open /etc/passwd failed",
		"get https://a.example/b/7?q=1 slow":                           "get <path> slow",
		`user "ana b" said 'no' and can't`:                             `user <quoted> said <quoted> and can't`,
		`key="a b" rest`:                                               `key=<quoted> rest`,
		`1.2.3.4 - - [x] "GET /a/1 HTTP/1.1" 503 12 "-"`:               `<ip> - - [x] "GET <path> 503 <num> <quoted>`,
		"order a1b2c3d4z9 shipped":                                     "order <id> shipped",
		"":                                                             "(empty)",
		"Müller zahlt 12 €":                                            "Müller zahlt <num> €",
		"Traceback (most recent call last):\n  File \"a.py\"\nValueError: bad 7": "Traceback (most recent call last): (python:ValueError)",
		"failed\njava.io.IOException: broken\n\tat a.b.C(C.java:7)":              "failed (java:IOException)",
		"panic: oops\n\ngoroutine 1 [running]:":                                  "panic: oops (go:trace)",
		"values:\n  a = 1\n":                                                     "values: (more:lines)",
		strings.Repeat("x", 101):                                                 Any,
	} {
		var m masker
		m.message(line)
		if got := strings.Join(m.tokens, " "); got != want {
			t.Errorf("%q\n got %q\nwant %q", line, got, want)
		}
		for i, token := range m.tokens {
			if got := wordOf(token); got != m.words[i] {
				t.Errorf("%q: %q is %v when restored and %v when seen", line, token, got, m.words[i])
			}
		}
	}
}

func TestTemplatesGrowOutOfLines(t *testing.T) {
	c := New()
	o := Origin{Source: "app"}
	for i, user := range []string{"ana", "ben", "cleo"} {
		s := c.Add(o, fmt.Sprintf("Accepted password for %s from 10.0.0.%d port 22", user, i))
		if s.New != (i == 0) || s.Wider != (i == 1) {
			t.Errorf("line %d: %+v", i, s)
		}
	}
	c.Add(o, "Failed password for ana from 10.0.0.7 port 22")
	var got []string
	for _, tm := range c.Templates() {
		got = append(got, tm.Text)
	}
	if want := []string{"Accepted password for <*> from <ip> port <num>", "Failed password for ana from <ip> port <num>"}; !slices.Equal(got, want) {
		t.Errorf("templates %q", got)
	}
}

// lines are of few words, so that they meet.
func lines() *rapid.Generator[string] {
	word := rapid.SampledFrom([]string{"open", "close", "user", "ana", "ben", "failed", "12", "10.0.0.1", "/a/1", "x=7", `"q r"`, "<*>", "<num>", "é", "\xff", "503", "(a:b)", "-", "Mar", "'"})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 0, 9).Draw(t, "words"), " ")
	})
}

func TestALineMatchesItsTemplateAndKeepsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New()
		o := Origin{Source: "a"}
		for _, line := range rapid.SliceOfN(lines(), 1, 60).Draw(t, "lines") {
			first := c.Add(o, line)
			if !first.Template.Matches(valid(line)) {
				t.Fatalf("%q does not match its template %q", line, first.Template.Text)
			}
			again := c.Add(o, line)
			if again.Template.ID != first.Template.ID || again.New || again.Wider {
				t.Fatalf("%q went to %q and then to %q (%+v)", line, first.Template.Text, again.Template.Text, again)
			}
		}
	})
}

func TestTemplatesOnlyBecomeMoreGeneral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New()
		was := map[ID][]string{}
		for _, line := range rapid.SliceOfN(lines(), 1, 60).Draw(t, "lines") {
			c.Add(Origin{Source: "a"}, line)
			for _, tm := range c.Templates() {
				if old, ok := was[tm.ID]; ok && !fitsAll(tm.tokens, old) {
					t.Fatalf("%q became %q", old, tm.Text)
				}
				was[tm.ID] = tm.tokens
			}
		}
		if len(was) != len(c.Templates()) {
			t.Fatal("a template went away")
		}
	})
}

func texts(c *Clusterer) (out []string) {
	for _, tm := range c.Templates() {
		out = append(out, tm.Source+" "+tm.Service+" "+string(tm.ID)+" "+tm.Text)
	}
	slices.Sort(out)
	return out
}

func TestSourcesDoNotDependOnEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(lines(), 0, 40).Draw(t, "a"), rapid.SliceOfN(lines(), 0, 40).Draw(t, "b")
		apart, mixed := New(), New()
		for _, l := range a {
			apart.Add(Origin{Source: "a"}, l)
		}
		for _, l := range b {
			apart.Add(Origin{Source: "b"}, l)
		}
		for len(a)+len(b) > 0 {
			if len(b) == 0 || len(a) > 0 && rapid.Bool().Draw(t, "a is next") {
				mixed.Add(Origin{Source: "a"}, a[0])
				a = a[1:]
			} else {
				mixed.Add(Origin{Source: "b"}, b[0])
				b = b[1:]
			}
		}
		if !slices.Equal(texts(apart), texts(mixed)) {
			t.Fatalf("one after the other %q\nmixed %q", texts(apart), texts(mixed))
		}
	})
}

func TestARestartChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(lines(), 0, 80).Draw(t, "lines")
		cut := rapid.IntRange(0, len(all)).Draw(t, "restart")
		through, before := New(), New()
		for _, l := range all {
			through.Add(Origin{Source: "a"}, l)
		}
		for _, l := range all[:cut] {
			before.Add(Origin{Source: "a"}, l)
		}
		after := New()
		var kept []Template
		for _, tm := range before.Templates() {
			stored := *tm
			stored.tokens = nil
			kept = append(kept, stored)
		}
		slices.Reverse(kept)
		after.Restore(kept)
		for _, l := range all[cut:] {
			after.Add(Origin{Source: "a"}, l)
		}
		if !slices.Equal(texts(through), texts(after)) {
			t.Fatalf("without %q\nwith %q", texts(through), texts(after))
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	c := New()
	random := rapid.StringMatching(`[a-z]{3,9}( [a-z]{3,9}){0,7}`)
	for i := range 30_000 {
		c.Add(Origin{Source: "a", Service: fmt.Sprint("s", i%300)}, random.Example(i))
	}
	real, rest := 0, 0
	for _, tm := range c.Templates() {
		if tm.CatchAll() {
			rest++
		} else {
			real++
		}
	}
	if real != MaxTemplates || rest > maxServices+1 || rest == 0 {
		t.Errorf("%d templates, %d catch-alls", real, rest)
	}
	if len(c.mask.known) > maxKnown || len(c.trees) > maxServices+1 {
		t.Errorf("%d tokens, %d trees", len(c.mask.known), len(c.trees))
	}
	if got := c.Add(Origin{Source: "b"}, "another source has room"); !got.New || got.Template.CatchAll() {
		t.Errorf("a full source takes the room of another: %+v", got)
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"Mar  7 13:06:56 x", `"GET / HTTP/1.1" 200 `, "a::b:c:1 0x1 1.2.3.4.5", "'\"/\\", "2026-01-01T", "\xff 1\x00", "12/Mar", "http://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := New()
		first := c.Add(Origin{Source: "a"}, s)
		if len(first.Template.tokens) > maxTokens+1 || len(first.Template.Text) > 4*maxLine {
			t.Errorf("%d tokens, %d bytes", len(first.Template.tokens), len(first.Template.Text))
		}
		if again := c.Add(Origin{Source: "a"}, s); again.Template != first.Template {
			t.Errorf("%q and then %q", first.Template.Text, again.Template.Text)
		}
		restored := New()
		restored.Restore([]Template{*first.Template})
		if got := restored.Add(Origin{Source: "a"}, s); got.New || got.Wider {
			t.Errorf("%q is not found again: %q", s, got.Template.Text)
		}
	})
}
