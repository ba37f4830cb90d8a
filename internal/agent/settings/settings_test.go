package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/agent/settings"
)

func load(t *testing.T, yaml string, over settings.Overrides) (*settings.Settings, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "agent.yaml")
	if err := os.WriteFile(name, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return settings.Load(name, over)
}

const least = "server: http://127.0.0.1:1\nkey: k\nstate: /s\n"

func TestWhatIsNotSaidHasItsDefault(t *testing.T) {
	s, err := load(t, least+"files: [{root: /opt/}]\n", settings.Overrides{Host: "web1"})
	if err != nil {
		t.Fatal(err)
	}
	f := s.Files[0]
	if s.Host != "web1" || s.Buffer != 1<<30 || s.MaxLine != 1<<20 || s.Poll != 500*time.Millisecond || s.Compression != "gzip" || s.From != "beginning" ||
		f.Root != "/opt" || f.Every != 10*time.Minute || *f.Rate != 20<<20 {
		t.Fatalf("%+v %+v", s, f)
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	s, err := load(t, least+"logs: [{paths: [/a]}]\n", settings.Overrides{Server: "https://b.example", Key: "other", State: "/t"})
	if err != nil || s.Server != "https://b.example" || s.Key != "other" || s.State != "/t" {
		t.Fatalf("%+v %v", s, err)
	}
}

func TestAKeyFileHoldsTheKey(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(" k3y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := load(t, least+"logs: [{paths: [/a]}]\n", settings.Overrides{KeyFile: key})
	if err != nil || s.Key != "k3y" {
		t.Fatalf("%+v %v", s, err)
	}
}

func TestMistakesAreNamedByLineAndField(t *testing.T) {
	for yaml, want := range map[string]string{
		"logs: [{paths: [a, '']}]":                                "agent.yaml:4 logs[0].paths[1] must not be empty",
		"logs:\n  - paths: [/a]\n    exclude: ['[']":              "agent.yaml:6 logs[0].exclude[0] is not a pattern",
		"logs:\n  - paths: [/a]\n    fields: {offset: x}":         "agent.yaml:6 logs[0].fields.offset is filled by the agent",
		"logs:\n  - {paths: [/a], multiline: {trace: maybe}}":     "agent.yaml:5 logs[0] must be true or false, not maybe",
		"logs:\n  - service: x":                                   "agent.yaml:5 logs[0].paths must name the files",
		"logs: [{paths: [/a]}]\nfrom: middle":                     "agent.yaml:5 from must be beginning or end",
		"logs: [{paths: [/a]}]\npoll: 1h":                         "agent.yaml:5 poll must be from 100ms to 1m",
		"logs: [{paths: [/a]}]\nkey_file: /k":                     "agent.yaml:5 key_file must not stand beside key",
		"eventlog: [{service: x}]":                                "agent.yaml:4 eventlog[0].channel must name a channel",
		"files: [{root: opt}]":                                    "agent.yaml:4 files[0].root must be the full path",
		"logs: [{paths: [/a], multiline: {start: a, trace: on}}]": "logs[0].multiline.trace must not stand beside start",
		"logs: [{paths: [/a]}]\nserver: x":                        `agent.yaml:5 server mapping key "server" already defined at line 1`,
	} {
		if _, err := load(t, least+yaml+"\n", settings.Overrides{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nwant %s\ngot  %v", yaml, want, err)
		}
	}
}
