package config_test

import (
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/calendar"
)

func TestSheetIsReadAsItIsWritten(t *testing.T) {
	want := calendar.Spec{Zone: "Europe/London", Weekly: []string{"mon-fri 09:00-17:30"},
		Holidays: []calendar.Holiday{{Date: "2026-12-25", Name: "Christmas Day"}}}
	text, err := config.WriteSheet(want)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := config.ReadSheet[calendar.Spec]("Calendar", text)
	if err != nil || got.Zone != want.Zone || len(got.Holidays) != 1 || got.Holidays[0] != want.Holidays[0] {
		t.Errorf("%+v, %v\n%s", got, err, text)
	}
}

func TestSheetErrorsNameTheLine(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"unknown field":   {"zone: Europe/London\nwekly: [x]\n", `spec line 2: wekly is not a field of Calendar, did you mean "weekly"?`},
		"wrong shape":     {"zone: Europe/London\nweekly: mon\n", "spec line 2: weekly must be a list"},
		"tab":             {"zone: x\nholidays:\n\t- date: 2026-12-25\n", "a tab cannot indent"},
		"no mapping":      {"- a\n", "must be fields and values"},
		"second document": {"zone: x\n---\nzone: y\n", "begins a second document"},
		"NUL":             {"zone: \x00", "has a NUL byte"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := config.ReadSheet[calendar.Spec]("Calendar", test.text)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q in it", err, test.want)
			}
		})
	}
}

func TestErrorsOfARoomAreLocatedInTheSheet(t *testing.T) {
	spec, sheet, err := config.ReadSheet[calendar.Spec]("Calendar", "zone: Europe/London\nweekly:\n  - mon-fri 09:00-17:00\n  - someday 10:00-11:00\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = calendar.Parse(spec)
	got := sheet.Locate(err)
	if !errs.Is(got, errs.Invalid) || !strings.Contains(got.Error(), "spec line 4: weekly[1] must start with days") {
		t.Error(got)
	}
}

func TestEmptySheetIsAnEmptySpec(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n"} {
		if spec, _, err := config.ReadSheet[calendar.Spec]("Calendar", text); err != nil || spec.Zone != "" {
			t.Errorf("%q: %+v, %v", text, spec, err)
		}
	}
}
