package signal_test

import (
	"testing"

	"mainstay/internal/engine/signal"
)

func TestAScopeShowsTheLinesOfItsServicesOnly(t *testing.T) {
	row := signal.Row{Fields: []signal.Field{{Name: signal.Service, Value: "payments"}}}
	for _, c := range []struct {
		scope  signal.Scope
		shows  bool
		filter string
	}{
		{signal.Scope{}, false, `{source="",source!=""}`},
		{signal.Scope{All: true}, true, ""},
		{signal.Scope{Services: []string{"payments", "mail"}}, true, `{service in ("mail","payments")}`},
		{signal.Scope{Services: []string{`pay"ments`}}, false, `{service in ("pay\"ments")}`},
	} {
		if c.scope.Shows(row) != c.shows || c.scope.Filter() != c.filter {
			t.Errorf("%+v shows it: %v, and is %s", c.scope, c.scope.Shows(row), c.scope.Filter())
		}
	}
}
