package archtest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestArchitecturePageShowsTheTable keeps what people read equal to what is checked.
func TestArchitecturePageShowsTheTable(t *testing.T) {
	page, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{tableAsMarkdown(), ranksAsText()} {
		if !strings.Contains(string(page), want) {
			t.Errorf("ARCHITECTURE.md should contain:\n%s", want)
		}
	}
}

func tableAsMarkdown() string {
	var b strings.Builder
	for _, r := range table {
		may := r.may
		if may == everything {
			may = "everything"
		}
		cells := slices.DeleteFunc([]string{strings.Join(strings.Fields(may), ", "), r.note}, func(s string) bool { return s == "" })
		b.WriteString("| `" + r.folder + "` | " + strings.Join(cells, "; ") + " |\n")
	}
	return b.String()
}

func ranksAsText() string {
	floors := strings.Split(ranks, "|")
	for i, f := range floors {
		floors[i] = strings.Join(strings.Fields(f), " ")
	}
	return strings.Join(floors, " |\n")
}
