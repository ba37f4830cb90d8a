package oncall

import "testing"

func TestRostersAreCountedAsCoveredAsPlannedAndWithGaps(t *testing.T) {
	all := []Standing{{State: Covered}, {State: Gap}, {State: Fallback}, {State: Nobody}}
	for _, c := range []struct {
		list []Standing
		want string
	}{
		{all, "2 rosters covered, 1 with nobody as planned, 1 with a gap"},
		{all[:1], "1 roster covered"},
		{all[1:2], "1 roster with a gap"},
		{[]Standing{{State: Nobody}, {State: Nobody}, {State: Gap}}, "2 rosters with nobody as planned, 1 with a gap"},
		{nil, ""},
	} {
		if got := Count(c.list).String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
