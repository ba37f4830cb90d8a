package match

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

// endless is as costly as a filter may be.
const endless = `~"^(?:.*a){240}$"`

// long are lines of a megabyte that keep it busy.
func long(n int) []signal.Row {
	return slices.Repeat([]signal.Row{row(strings.Repeat("a", 1<<20) + "! root")}, n)
}

func TestCostlyRegularExpressionsAreRefusedWithTheLimit(t *testing.T) {
	for _, filter := range []string{
		`~"` + strings.Repeat("a?", 2000) + strings.Repeat("a", 2000) + `"`,
		`~"^(.*a){1000}$"`,
		fmt.Sprintf(`a:%s b:%s`, endless, endless),
	} {
		if err := Check(filter); err == nil || !strings.Contains(err.Error(), "more than 1000 instructions") {
			t.Errorf("%.40s: %v", filter, err)
		}
	}
	if err := Check(endless); err != nil {
		t.Error(err)
	}
}

func TestAFilterThatIsTooSlowIsNamedAndWhatOthersMatchStands(t *testing.T) {
	m := compiled(t, []string{"root", endless, "password"}, true)
	rows := append(long(35), few...)
	for range 2 {
		took := clock.Stopwatch()
		got, err := m.Match(t.Context(), rows)
		slow := (*signal.SlowError)(nil)
		if !errors.As(err, &slow) || !slices.Equal(slow.Filters, []int{1}) || !strings.Contains(err.Error(), "filters[1]") {
			t.Fatalf("%v", err)
		}
		if len(got[0]) != 36 || len(got[1]) != 0 || !slices.Equal(got[2], []int{35, 36}) {
			t.Errorf("%v", got)
		}
		if d := took(); d > 3*budget {
			t.Errorf("took %s", d)
		}
	}
}

func TestTheTimeOfAFilterCountsForOneCallOnly(t *testing.T) {
	m := compiled(t, []string{"!nothing", "!nowhere"}, true)
	each := budget / 2
	m.stopwatch = func() func() time.Duration { return func() time.Duration { return each } }
	rows := slices.Repeat(few, 2*batch/len(few))
	for range 3 {
		if got, err := m.Match(t.Context(), rows); err != nil || len(got[1]) != len(rows) {
			t.Fatalf("two batches within the time: %d rows, %v", len(got[1]), err)
		}
	}
	each++
	if _, err := m.Match(t.Context(), rows); err == nil || !strings.Contains(err.Error(), "filters[0 1]") {
		t.Errorf("two batches of more than half the time each: %v", err)
	}
}

func TestLongLinesAreJudgedInPartsAsAllAtOnce(t *testing.T) {
	filter := `~"(?:b.*){20}root$"`
	rows := slices.Concat(few, slices.Repeat([]signal.Row{row(strings.Repeat("b", 3000) + "root"), row(strings.Repeat("c", 3000) + "root")}, 60))
	rows = append(rows, row(strings.Repeat("c", atOnce/20)+strings.Repeat("b", 30)+"root"))
	m := compiled(t, []string{filter}, true)
	got, err := m.Match(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	want := []int{len(rows) - 1}
	for i := len(rows) - 3; i >= len(few); i -= 2 {
		want = append(want, i)
	}
	if slices.Sort(want); !slices.Equal(got[0], want) {
		t.Errorf("%v, want %v", got[0], want)
	}
}

func TestMatchEndsSoonAfterItsContext(t *testing.T) {
	m := compiled(t, []string{"root", endless}, true)
	rows := long(35)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	took := clock.Stopwatch()
	got, err := m.Match(ctx, rows)
	if d := took(); !errors.Is(err, context.DeadlineExceeded) || got != nil || d > 1500*time.Millisecond {
		t.Errorf("%v, %v after %s", got, err, d)
	}
}
