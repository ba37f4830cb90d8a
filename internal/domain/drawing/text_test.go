package drawing

import (
	"strings"
	"testing"

	"mainstay/internal/base/errs"
)

const sample = `
# Payments
colours two
group hosts "Payments \"hosts\"" needs 1
component release business-process "Release of payments" weight 50   # the top
component engine application at 24,120.5
component host-1 in hosts
component host-2 machine at -8,0 in hosts
link release -> engine
link engine -> host-1 weight 40
quorum engine needs 1 of host-1 host-2
function "send payments" needs release
users Americas needs engine host-1
`

func TestATextIsReadAsItSays(t *testing.T) {
	got, err := Parse(strings.ReplaceAll(sample, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := got.Spec
	if !s.TwoColours || s.Groups[0] != (Group{"hosts", `Payments "hosts"`, 1}) {
		t.Errorf("colours and groups: %+v", s)
	}
	if p := s.Parts[0]; p.Component != "release" || p.Weight != 50 || p.X != nil || got.Parts[0].Layer != "business-process" || got.Parts[0].Title != "Release of payments" {
		t.Errorf("%+v, %+v", p, got.Parts[0])
	}
	if p := s.Parts[1]; *p.X != 24 || *p.Y != 120.5 {
		t.Errorf("a place: %+v", p)
	}
	if p := s.Parts[3]; *p.X != -8 || p.Group != "hosts" {
		t.Errorf("a place and a group: %+v", p)
	}
	if len(got.Links) != 2 || got.Links[1].To != "host-1" || s.Links[0] != (Link{"engine", "host-1", 40}) {
		t.Errorf("links: %+v, %+v", got.Links, s.Links)
	}
	if q := s.Quorums[0]; q.Component != "engine" || q.Needs != 1 || len(q.Of) != 2 {
		t.Errorf("quorum: %+v", q)
	}
	if s.Functions[0].Name != "send payments" || s.UserGroups[0].Name != "Americas" || len(s.UserGroups[0].Needs) != 2 {
		t.Errorf("bearers: %+v, %+v", s.Functions, s.UserGroups)
	}
}

func TestFaultsInATextNameTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"box a":                                    `line 1 begins with "box"`,
		"\ncomponent A":                            `line 2 has "A" where the name of a component is expected`,
		"component a\ncomponent a":                 `line 2 says again what line 1 has said: component a`,
		"component a at here":                      `line 1 has the place "here"`,
		"component a at 1,NaN":                     `line 1 has the place "1,NaN"`,
		"component a twice":                        `line 1 goes on with "twice"`,
		"component a weight none":                  `line 1 has "none" where a weight is expected`,
		`component a "Title`:                       `line 1 has a " that is not closed`,
		"component a\nlink a -> b":                 `line 2 names "b", for which there is no component line`,
		"component a\nlink a -> a":                 `line 2 leads from a to itself`,
		"component a\ncomponent b\nlink a b":       `line 3 must go on with "->"`,
		"component a\ncomponent b\nlink a ->":      `line 3 ends where the name of a component is expected`,
		"group g needs":                            `line 1 ends where how many must work is expected`,
		"quorum a needs 2 b c":                     `line 1 must go on with "of"`,
		`function "x" needs`:                       `line 1 ends where the name of a component is expected`,
		"colours blue":                             `line 1 has colours "blue"`,
		strings.Repeat("# a\n", maxText/4) + "###": "bytes long",
	} {
		_, err := Parse(text)
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(sample)
	f.Add("component a at 1e3,-.5 in g weight 1\ngroup g \"\\\\\" needs 1 # \"")
	f.Add("link a->b\nquorum a needs 0 of")
	f.Fuzz(func(t *testing.T, text string) {
		sketch, err := Parse(text)
		if err != nil {
			if !errs.Is(err, errs.Invalid) || len(errs.FieldsOf(err)) == 0 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var check errs.Check
		sketch.Spec.Validate(&check) // must not panic, whatever it finds
		if len(sketch.Parts) != len(sketch.Spec.Parts) {
			t.Fatalf("%q: %d lines of components make %d parts", text, len(sketch.Parts), len(sketch.Spec.Parts))
		}
		for _, l := range sketch.Links {
			if l.From == l.To {
				t.Fatalf("%q: a link to itself", text)
			}
		}
	})
}
