package demo

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"testing"

	"go.yaml.in/yaml/v3"

	"mainstay/examples"
)

// named returns the names of all documents of a kind in a file of the bank.
func named(t *testing.T, file, kind string) map[string]bool {
	t.Helper()
	text, err := fs.ReadFile(examples.Bank, "bank/"+file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for dec := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc struct{ Kind, Name string }
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if doc.Kind == kind {
			out[doc.Name] = true
		}
	}
}

func TestFailuresAreAboutTheBankThatThereIs(t *testing.T) {
	services, components := named(t, "services.yaml", "Service"), named(t, "components.yaml", "Component")
	for _, f := range Failures() {
		for _, s := range f.Symptoms {
			if !services[s.Labels["service"]] {
				t.Errorf("%s: %q is no service of the bank", f.Name, s.Labels["service"])
			}
			if c := s.Labels["component"]; c != "" && !components[c] {
				t.Errorf("%s: %q is no component of the bank", f.Name, c)
			}
		}
	}
}

func TestEveryServiceOfTheBankCanBreak(t *testing.T) {
	broken := map[string]bool{}
	for _, f := range Failures() {
		for _, s := range f.services() {
			broken[s] = true
		}
	}
	for s := range named(t, "services.yaml", "Service") {
		if !broken[s] {
			t.Errorf("no failure concerns %s: monitoring never introduces it, and the board shows it as unknown", s)
		}
	}
}

func TestFailuresSayWhatToWatchFor(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Failures() {
		if f.Title == "" || f.Story == "" || f.Watch == "" || seen[f.Name] {
			t.Errorf("%q needs a name of its own, a title, a story and what to watch for", f.Name)
		}
		if !f.Telephones && (len(f.Symptoms) == 0 || f.Symptoms[0].After != 0) {
			t.Errorf("%q shows nothing at once", f.Name)
		}
		seen[f.Name] = true
	}
	if n := len(storm().Symptoms); n != 50 {
		t.Errorf("the storm has %d alerts, want fifty", n)
	}
}
