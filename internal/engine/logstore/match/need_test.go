package match

import (
	"fmt"
	"testing"
)

func TestLiteralsOfFilters(t *testing.T) {
	for _, c := range []struct{ filter, want string }{
		{`"Failed password"`, `[["failed password"]]`},
		{`level:error*`, `[["error"]]`},
		{`level:=Error`, `[["error"]]`},
		{`i("Größe \u212A ſ")`, `[["größe k s"]]`},
		{`"Größe É"`, `[["größe É"]]`}, // read byte by byte: only ASCII loses its case
		{"i(\"ab\xffcde\")", `[["cde"]]`},
		{`root password`, `[["password"] ["root"]]`}, // the most particular first
		{`root or heap`, `[["root" "heap"]]`},
		{`(root password) or "disk full"`, `[["password" "disk full"]]`},
		{`root !password`, `[["root"]]`},
		{`level:in(warn,error)`, `[["warn" "error"]]`},
		{`level:contains_all(warn,"")`, `[["warn"]]`},
		{`seq(a, password, root)`, `[["password"] ["root"]]`},
		{`~"(?i)Fatal|PANIC"`, `[["fatal" "panic"]]`},
		{`~"(?i)größer als"`, `[["er als"]]`},
		{`~"conn(ection)? to (db[0-9]+|cache) lost"`, `[[" lost"] [" to "] ["db" "cache"] ["conn"]]`},
		{`~"(timeout){1,3}x{0,2}"`, `[["timeout"]]`},
		{`{service="payments",source=~"app|web"}`, `[["payments"] ["app" "web"]]`},
		{`{service="payments" or source="app"} heap`, `[["heap"] ["payments" "app"]]`},
		{`* root`, `[["root"]]`},

		// Those that say nothing are given every row.
		{`!root`, `[]`},
		{`root or !heap`, `[]`},
		{`level:in(warn,"")`, `[]`},
		{`level:""`, `[]`},
		{`x`, `[]`},
		{`status:>500`, `[]`},
		{`~"[0-9]+"`, `[]`},
		{`~"(root)?"`, `[]`},
		{`~"root|"`, `[]`},
		{`{service!="payments"}`, `[]`},
		{`*`, `[]`},
	} {
		need, err := Literals(c.filter)
		if got := fmt.Sprintf("%q", need); err != nil || got != c.want {
			t.Errorf("%s: %s (%v), should be %s", c.filter, got, err, c.want)
		}
	}
}
