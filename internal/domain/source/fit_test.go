package source

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/domain/source/mask"
	"mainstay/internal/engine/signal"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func intakeAtNoon() *intake {
	return intakeOf(Source{Name: "app"}, 90*24*time.Hour)
}

func intakeOf(src Source, oldest time.Duration) *intake {
	treat, err := newTreatment(src.Spec)
	if err != nil {
		panic(err)
	}
	return newIntake(src, treat, noon, oldest)
}

func TestLinesWhoseInstantCannotBeStoredAreKeptWithIt(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Time
		why  string
	}{
		{"now", noon, ""},
		{"an hour ahead", noon.Add(time.Hour), ""},
		{"a day ago", noon.Add(-24 * time.Hour), ""},
		{"ten years ago", noon.AddDate(-10, 0, 0), "too old"},
		{"about to age out", noon.Add(-90 * 24 * time.Hour), "too old"},
		{"in two days", noon.Add(48 * time.Hour), "too far ahead"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := intakeAtNoon()
			in.prepare(signal.Row{Time: c.at, Fields: []signal.Field{{Name: "_msg", Value: "x"}}})
			got := in.rows[0]
			if c.why == "" {
				if !got.Time.Equal(c.at) || got.Get(signal.TimeError) != "" || in.misdated != 0 {
					t.Errorf("%v", got)
				}
				return
			}
			if !got.Time.Equal(noon) || !strings.HasPrefix(got.Get(signal.TimeError), c.why) || in.misdated != 1 ||
				got.Get(signal.OriginalTime) != c.at.Format(time.RFC3339Nano) {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestLinesAroundOnesThatAreSplitStayWholeAndInOrder(t *testing.T) {
	large := strings.Repeat("x", maxRow+1)
	var rows []signal.Row
	for _, message := range []string{"a", "b", large, "c", large, "d", "e"} {
		rows = append(rows, signal.Row{Time: noon, Fields: []signal.Field{{Name: "_msg", Value: message}}})
	}
	in := intakeAtNoon()
	in.take(rows)
	said, bytes := "", 0
	for _, r := range in.rows {
		if r.Get(partField) == "" {
			said += r.Get("_msg")
			continue
		}
		said += "."
		bytes += strings.Count(r.Get("_msg"), "x")
	}
	if said != "ab...c...de" || bytes != 2*len(large) {
		t.Errorf("%s with %d bytes of large lines", said, bytes)
	}
}

func TestALineWithoutAnInstantGetsThatOfItsArrival(t *testing.T) {
	in := intakeAtNoon()
	in.prepare(signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "x"}}})
	if got := in.rows[0]; !got.Time.Equal(noon) || got.Get(signal.TimeError) != "" {
		t.Errorf("%v", got)
	}
}

func TestNothingIsLostOfALineThatDoesNotFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := signal.Row{Time: noon}
		message := strings.Repeat(rapid.SampledFrom([]string{"a", "é", "日本", "line\n"}).Draw(t, "unit"), rapid.IntRange(0, 1<<19).Draw(t, "times"))
		row.Fields = append(row.Fields, signal.Field{Name: signal.Message, Value: message})
		fields := map[string]string{}
		for i := range rapid.SampledFrom([]int{0, 3, 895, 1500}).Draw(t, "fields") {
			name := "f" + strings.Repeat("n", rapid.SampledFrom([]int{0, 0, 0, 200}).Draw(t, "long")) + string(rune('a'+i%26)) + time.Duration(i).String()
			fields[name] = strings.Repeat("v", rapid.SampledFrom([]int{1, 1, 1, 1, 20_000}).Draw(t, "size"))
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: fields[name]})
		}
		in := intakeAtNoon()
		in.prepare(row)
		var text, beside strings.Builder // of the message, and of what is not a field as it was sent
		kept := map[string]bool{}
		for i, r := range in.rows {
			if len(r.Fields) > 1000 || rowSize(r) > 2<<20 {
				t.Fatalf("row %d has %d fields and %d bytes", i, len(r.Fields), rowSize(r))
			}
			text.WriteString(r.Get(signal.Message))
			for _, f := range r.Fields {
				switch value, sent := fields[f.Name]; {
				case len(f.Name) > maxName:
					t.Fatalf("name of %d bytes", len(f.Name))
				case sent && f.Value == value:
					kept[f.Name] = true
				case f.Name != signal.Message:
					beside.WriteString(f.Name + "=" + f.Value + "\n")
				}
			}
		}
		rest, whole := strings.CutPrefix(text.String(), message)
		if !whole {
			t.Fatal("the message is cut")
		}
		rest += beside.String()
		for name, value := range fields {
			if kept[name] {
				continue
			}
			if !strings.Contains(rest, name) {
				t.Fatalf("name %.40s is lost", name)
			}
			if !strings.Contains(rest, value) {
				t.Fatal("a value is lost")
			}
		}
	})
}

func TestSendersCannotChooseWhatTheServerSets(t *testing.T) {
	in := intakeOf(Source{Name: "app", Spec: Spec{Service: "payments"}}, 0)
	in.prepare(signal.Row{Fields: []signal.Field{{Name: "source", Value: "other"}, {Name: "service", Value: "trading"}, {Name: "_stream", Value: "{}"}, {Name: "_msg", Value: "x"}}})
	got := in.rows[0]
	for name, want := range map[string]string{
		"source": "app", "service": "payments", "sent_source": "other", "sent_service": "trading", "sent__stream": "{}", "_stream": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestLinesOfTheQuarantineKeepTheirOrder(t *testing.T) {
	in := intakeAtNoon()
	for n := range 3 {
		in.prepare(signal.Row{Time: noon.AddDate(-10, 0, -n), Fields: []signal.Field{{Name: "_msg", Value: "x"}}})
	}
	for n, r := range in.rows {
		if want := noon.Add(time.Duration(n)); !r.Time.Equal(want) {
			t.Errorf("line %d is at %v, want %v", n, r.Time, want)
		}
	}
}

// TestAServiceThatIsNoNameIsKeptBeside: the engine loses streams whose fields are long.
func TestAServiceThatIsNoNameIsKeptBeside(t *testing.T) {
	in := intakeAtNoon()
	long := strings.Repeat("s", 70_000)
	in.prepare(signal.Row{Time: noon, Fields: []signal.Field{{Name: "_msg", Value: "x"}, {Name: "service", Value: long}}})
	if got := in.rows[0]; got.Get("service") != "" || got.Get("sent_service") != long {
		t.Errorf("service %.20q, beside %.20q", got.Get("service"), got.Get("sent_service"))
	}
}
func TestTheServersFieldsAreNeverMasked(t *testing.T) {
	in := intakeOf(Source{Name: "secret-4111111111111111", Spec: Spec{Service: "payments", Mask: []mask.Mask{{Regexp: "pay"}}}}, 0)
	in.prepare(signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "pay"}}})
	if r := in.rows[0]; r.Get(signal.Source) != "secret-4111111111111111" || r.Get(signal.Service) != "payments" || r.Get("_msg") != "[masked]" {
		t.Errorf("%v", r)
	}
}
