package oncall

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
title: Payments first line
team: payments-l1
zone: Europe/London
hours: bank-hours
fallback: ana
layers:
  - start: 2026-01-05
    handover: 8:00
    rotation: custom
    shift_days: [4, 3]
    slots: [[ben], [cho, dee], []]
    windows: ["Mon-Fri 8:00-20:00"]
  - {name: nights, zone: Asia/Tokyo, start: 2026-01-05, until: 2026-06-01, handover: "20:00", rotation: daily, slots: [[eve]]}
`
	var s Spec
	if err := yaml.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	want := Spec{
		Title: "Payments first line", Team: "payments-l1", Zone: "Europe/London", Hours: "bank-hours", Fallback: "ana",
		Layers: []LayerSpec{
			{Name: "layer 1", Start: "2026-01-05", Handover: "08:00", Rotation: Custom, ShiftDays: []int{4, 3},
				Slots: [][]string{{"ben"}, {"cho", "dee"}, {}}, Windows: []string{"mon-fri 08:00-20:00"}},
			{Name: "nights", Zone: "Asia/Tokyo", Start: "2026-01-05", Until: "2026-06-01", Handover: "20:00", Rotation: Daily, Slots: [][]string{{"eve"}}},
		},
	}
	if got := mustNew(t, s).Spec(); !reflect.DeepEqual(got, want) {
		t.Errorf("canonical form:\n got %+v\nwant %+v", got, want)
	}
}

func TestBadSpecNamesEveryField(t *testing.T) {
	_, err := Parse("Payments L1", Spec{
		Zone: "London", Team: "Payments", Hours: "Bank hours", Title: "two\nlines",
		Layers: []LayerSpec{
			{Start: "tomorrow", Handover: "24:00", Rotation: "monthly", Windows: []string{"always"}},
			{Name: "x", Zone: "Local", Start: "2026-01-05", Handover: "08:00", Rotation: Custom, Slots: [][]string{{"ana", "ana"}, {""}}},
			{Name: "x", Start: "2026-01-05", Handover: "08:00", Rotation: Daily, ShiftDays: []int{2}, Slots: [][]string{{"ana"}}},
			{Start: "2026-01-05", Handover: "08:00", Rotation: Custom, ShiftDays: []int{0, 3, 999}, Slots: [][]string{{"ana"}}},
			{Start: "2026-01-05", Until: "2026-01-05", Handover: "08:00", Rotation: Daily, Slots: [][]string{{"ana"}}},
			{Start: "2026-01-05", Until: "never", Handover: "08:00", Rotation: Daily, Slots: [][]string{{"ana"}}},
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
		`name must be 1 to 60 lower-case letters, digits and dashes, not "Payments L1"`,
		`title must be plain text on one line`,
		`team must be the name of a team`,
		`hours must be the name of a calendar`,
		`zone must be an IANA time zone such as Europe/London, not "London"`,
		`layers[0].start must be a date such as 2026-01-05, not "tomorrow"`,
		`layers[0].handover must be a time such as 08:00, not "24:00"`,
		`layers[0].windows[0] must look like "mon-fri 09:00-17:30", not "always"`,
		`layers[0].slots must have at least one slot`,
		`layers[0].rotation must be daily, weekly or custom, not "monthly"`,
		`layers[1].zone must be an IANA time zone such as Europe/London, not "Local"`,
		`layers[1].slots[0] has ana twice`,
		`layers[1].slots[1] must not have an empty name; nobody is an empty list`,
		`layers[1].shift_days must have the days of each turn, such as 4, 3`,
		`layers[2].name is the second layer called "x"`,
		`layers[2].shift_days is for custom rotations only`,
		`layers[3].shift_days[0] must be 1 to 366 days`,
		`layers[3].shift_days[2] must be 1 to 366 days`,
		`layers[4].until must be after start, 2026-01-05`,
		`layers[5].until must be a date such as 2026-03-02, not "never"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("fields:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSpecsBeyondTheLimitsAreRefused(t *testing.T) {
	layer := LayerSpec{Start: "2026-01-05", Handover: "08:00", Rotation: Daily, Slots: [][]string{{"ana"}}}
	for why, s := range map[string]Spec{
		"no layers":    {},
		"many layers":  {Layers: slices.Repeat([]LayerSpec{layer}, 21)},
		"many slots":   {Layers: []LayerSpec{with(layer, func(l *LayerSpec) { l.Slots = slices.Repeat(l.Slots, 201) })}},
		"many lengths": {Layers: []LayerSpec{with(layer, func(l *LayerSpec) { l.Rotation, l.ShiftDays = Custom, slices.Repeat([]int{1}, 61) })}},
		"many windows": {Layers: []LayerSpec{with(layer, func(l *LayerSpec) { l.Windows = slices.Repeat([]string{"mon 08:00-09:00"}, 51) })}},
	} {
		s.Zone = "UTC"
		if _, err := Parse("payments-l1", s); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: got %v, want an Invalid error", why, err)
		}
	}
}

func TestSpecRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, _ := drawRoster(t)
		again, err := Parse("payments-l1", first.Spec())
		if err != nil {
			t.Fatal(err)
		}
		first.Overrides, first.Absent = nil, nil
		if !reflect.DeepEqual(again, first) {
			t.Fatalf("the canonical spec makes another roster:\n%+v\n%+v", first.Spec(), again.Spec())
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
