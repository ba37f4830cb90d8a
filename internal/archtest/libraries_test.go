package archtest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryLibraryThatIsUsedHasItsReason compares the libraries that ADR 10 names with those that go.mod
// requires directly.
func TestEveryLibraryThatIsUsedHasItsReason(t *testing.T) {
	named, required := librariesNamed(t), librariesRequired(t)
	for _, module := range required {
		if !slices.Contains(named, module) {
			t.Errorf("go.mod requires %s, which docs/adr/0010 does not name: say there what it is for", module)
		}
	}
	for _, module := range named {
		if !slices.Contains(required, module) {
			t.Errorf("docs/adr/0010 says that %s is in use, and go.mod does not require it", module)
		}
	}
	if len(required) < 10 {
		t.Errorf("go.mod was not understood: %q", required)
	}
}

// librariesNamed are the modules in the table of what is in use.
func librariesNamed(t *testing.T) []string {
	page, err := os.ReadFile("../../docs/adr/0010-libraries-before-own-code.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "In use:")
	table, _, _ = strings.Cut(table, "Chosen for later")
	rows := regexp.MustCompile(`(?m)^\|.*$`).FindAllString(table, -1)
	rows = slices.DeleteFunc(rows, func(row string) bool { return strings.Contains(row, "e2e/") }) // another module
	return regexp.MustCompile(`[a-z]+(\.[a-z]+)+/[\w./-]*\w|modernc\.org/\w+`).FindAllString(strings.Join(rows, "\n"), -1)
}

// librariesRequired are the modules that go.mod requires directly, but those that are in the checkout.
func librariesRequired(t *testing.T) (modules []string) {
	file, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^\t(\S+) v\S+$`)
	for text := range strings.Lines(string(file)) {
		m := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
		if m != nil && !strings.Contains(string(file), "replace "+m[1]+" => ./") {
			modules = append(modules, m[1])
		}
	}
	return modules
}
