package calendar

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
)

func TestSpecReadsFromYAML(t *testing.T) {
	const text = `
zone: Europe/London
weekly: ["Mon-Fri 9:00-17:30", "sat, sun 22:00-2:00"]
holidays:
  - {date: 2026-12-25, name: Christmas Day}
half_days:
  - {date: 2026-12-24, closes: 12:30, name: Christmas Eve}
  - {date: 2026-12-31, hours: "14:00-15:00, 10:00-12:00"}
`
	var s Spec
	if err := yaml.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	want := Spec{
		Zone:     "Europe/London",
		Weekly:   []string{"mon-fri 09:00-17:30", "sat-sun 22:00-02:00"},
		Holidays: []Holiday{{"2026-12-25", "Christmas Day"}},
		HalfDays: []HalfDay{{"2026-12-24", "Christmas Eve", "12:30", ""}, {"2026-12-31", "", "", "10:00-12:00, 14:00-15:00"}},
	}
	if got := c.Spec(); !reflect.DeepEqual(got, want) {
		t.Errorf("canonical form:\n got %+v\nwant %+v", got, want)
	}
}

func TestBadSpecNamesEveryField(t *testing.T) {
	_, err := Parse(Spec{
		Zone:   "Mars/Olympus",
		Weekly: []string{"mon-fri", "mon 9-17", "someday 09:00-17:00", "tue 09:00-12:00, 11:00-13:00", "wed 08:00-08:00", "thu 08:00-16:00"},
		Holidays: []Holiday{
			{"2026-12-32", ""}, {"2026-12-25", "Christmas\x00"}, {"2026-12-25", strings.Repeat("é", 201)},
		},
		HalfDays: []HalfDay{
			{Date: "2026-12-25", Closes: "12:00"},
			{Date: "2026-12-24", Closes: "noon"},
			{Date: "2026-12-23"},
			{Date: "2026-12-17", Closes: "07:30"},
			{Date: "2026-12-30", Hours: "13:00-24:30"},
		},
	})
	if !errs.Is(err, errs.Invalid) {
		t.Fatalf("got %v, want an Invalid error", err)
	}
	var got []string
	for _, f := range errs.FieldsOf(err) {
		got = append(got, f.Path+" "+f.Message)
	}
	want := []string{
		`zone must be an IANA time zone such as Europe/London, not "Mars/Olympus"`,
		`weekly[0] must look like "mon-fri 09:00-17:30", not "mon-fri"`,
		`weekly[1] has hours "9-17" that must look like 09:00-17:30; a whole day is 00:00-24:00`,
		`weekly[2] must start with days such as mon, mon-fri or sat,sun, not "someday"`,
		`weekly[3] has hours that overlap: 09:00-12:00 and 11:00-13:00`,
		`weekly[4] has hours "08:00-08:00" that must look like 09:00-17:30; a whole day is 00:00-24:00`,
		`weekly has hours that overlap: tue 09:00-12:00 and 11:00-13:00`,
		`holidays[0].date must be a date such as 2026-12-25, not "2026-12-32"`,
		`holidays[1].name must be plain text on one line`,
		`holidays[2].date is the second entry for 2026-12-25`,
		`holidays[2].name must be at most 200 characters long`,
		`half_days[0].date is the second entry for 2026-12-25`,
		`half_days[1].closes must be a time such as 13:00, not "noon"`,
		`half_days[2] must have either closes or hours`,
		`half_days[3].closes must be after the day opens at 08:00; a day without hours is a holiday`,
		`half_days[4].hours has hours "13:00-24:30" that must look like 09:00-17:30; a whole day is 00:00-24:00`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("fields:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSpecOfContradictionsIsRefused(t *testing.T) {
	for why, s := range map[string]Spec{
		"no hours":                       {Zone: "UTC"},
		"host zone":                      {Zone: "Local", AlwaysOpen: true},
		"no zone":                        {AlwaysOpen: true},
		"always open with weekly hours":  {Zone: "UTC", AlwaysOpen: true, Weekly: []string{"mon 09:00-10:00"}},
		"always open with a holiday":     {Zone: "UTC", AlwaysOpen: true, Holidays: []Holiday{{"2026-01-01", ""}}},
		"always open with a half day":    {Zone: "UTC", AlwaysOpen: true, HalfDays: []HalfDay{{Date: "2026-01-01", Closes: "12:00"}}},
		"half day with two explanations": {Zone: "UTC", Weekly: []string{"mon 09:00-10:00"}, HalfDays: []HalfDay{{Date: "2026-01-01", Closes: "12:00", Hours: "09:00-10:00"}}},
		"endless list":                   {Zone: "UTC", Weekly: slices.Repeat([]string{"mon 09:00-10:00"}, 101)},
	} {
		if _, err := Parse(s); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: got %v, want an Invalid error", why, err)
		}
	}
}

func TestSpecRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := drawCalendar(t)
		again, err := Parse(first.Spec())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, first) {
			t.Fatalf("the canonical spec makes another calendar:\n%+v\n%+v", first.Spec(), again.Spec())
		}
		var fromJSON, fromYAML Spec
		j, _ := json.Marshal(first.Spec())
		y, _ := yaml.Marshal(first.Spec())
		if err := json.Unmarshal(j, &fromJSON); err != nil || !reflect.DeepEqual(fromJSON, first.Spec()) {
			t.Fatalf("JSON %s reads back as %+v, %v", j, fromJSON, err)
		}
		if err := yaml.Unmarshal(y, &fromYAML); err != nil || !reflect.DeepEqual(fromYAML, first.Spec()) {
			t.Fatalf("YAML %s reads back as %+v, %v", y, fromYAML, err)
		}
	})
}

func FuzzParseWeek(f *testing.F) {
	for _, s := range []string{"mon-fri 09:00-17:30", "sat,sun 22:00-06:00", "fri-mon 00:00-24:00", "", "mon", "9", "mon 09:00-09:00,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var check errs.Check
		w := ParseWeek(&check, "weekly", []string{line})
		if check.Err("the week") != nil {
			return
		}
		if again := ParseWeek(&check, "weekly", w.Lines()); !reflect.DeepEqual(again, w) || check.Err("the week") != nil {
			t.Fatalf("%q reads as %q, and that as %q", line, w.Lines(), again.Lines())
		}
	})
}
