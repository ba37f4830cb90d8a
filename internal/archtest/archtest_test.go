package archtest

import (
	"os"
	"testing"
)

// rules are all that the house keeps; each returns where it is broken.
var rules = map[string]func(*house) []violation{
	"imports follow the table":                  (*house).checkImports,
	"every domain room has a rank":              (*house).checkRanks,
	"only the clock reads the time":             (*house).checkClock,
	"every package says what it is":             (*house).checkDocs,
	"every package is named for what it does":   (*house).checkNames,
	"nothing happens at import":                 (*house).checkInit,
	"names show where they come from":           (*house).checkDotImports,
	"main parses, runs and gives the exit code": (*house).checkMains,
}

func TestHouseKeepsItsPlan(t *testing.T) {
	h := ours(t)
	for name, check := range rules {
		t.Run(name, func(t *testing.T) {
			for _, v := range check(h) {
				t.Error(v)
			}
		})
	}
}

// TestLongFilesAndFunctions never fails: it is a list to think about, see "make sizes".
func TestLongFilesAndFunctions(t *testing.T) {
	for _, v := range ours(t).long() {
		t.Log(v)
	}
}

// TestEveryListedExceptionIsUsed keeps permissions from outliving their reason.
func TestEveryListedExceptionIsUsed(t *testing.T) {
	h := ours(t)
	used := map[string]bool{}
	for _, u := range h.clockUses() {
		used[u.folder+" "+u.fn], used[u.folder+" *"] = true, true
	}
	h.each(func(p *pkg, f *file) {
		for _, spec := range f.ast.Imports {
			used[p.folder+" "+imported(spec)] = true
		}
	})
	for _, list := range []map[string]string{wallTime, foreign} {
		for name, why := range list {
			if !used[name] {
				t.Errorf("%q is allowed (%s) but not used: remove it", name, why)
			}
		}
	}
}

func ours(t *testing.T) *house {
	t.Helper()
	h, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return h
}
