package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// served parses the arguments of serve with a configuration file.
func served(t *testing.T, file string, args ...string) (serve, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mainstay.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var grammar commands
	parser, err := kong.New(&grammar, kong.Resolvers(&configFile{}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{"serve", "--config", path}, args...))
	return grammar.Serve, err
}

func TestArgumentsCountMoreThanTheEnvironmentAndThatMoreThanTheFile(t *testing.T) {
	const file = `
data: /from/file
listen: 127.0.0.1:1
base_url: https://file.bank.example
smtp:
  url: smtp://file.bank.example
trusted_proxies: [10.0.0.0/8, 192.168.0.0/16]
fallback-after: 45s
`
	t.Setenv("MAINSTAY_LISTEN", "127.0.0.1:2")
	t.Setenv("MAINSTAY_BASE_URL", "https://env.bank.example")
	s, err := served(t, file, "--base-url", "https://args.bank.example")
	if err != nil {
		t.Fatal(err)
	}
	if s.Data != "/from/file" || s.Listen != "127.0.0.1:2" || s.BaseURL != "https://args.bank.example" ||
		s.SMTPURL != "smtp://file.bank.example" || s.FallbackAfter != 45*time.Second ||
		!slices.Equal(s.TrustedProxies, []string{"10.0.0.0/8", "192.168.0.0/16"}) || s.DeliveryTimeout != 10*time.Second {
		t.Errorf("got %+v", s)
	}
}

func TestTheFileMayBeNamedInTheEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(path, []byte("data: /from/file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAINSTAY_CONFIG", path)
	var grammar commands
	parser, err := kong.New(&grammar, kong.Resolvers(&configFile{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil || grammar.Serve.Data != "/from/file" {
		t.Errorf("%+v %v", grammar.Serve, err)
	}
}

func TestWhatTheFileGetsWrongIsNamed(t *testing.T) {
	for _, c := range []struct{ name, file, says string }{
		{"an unknown option", "data: /d\nsmpt:\n  url: x\n", `mainstay.yaml:3 sets "smpt-url", which is no option of serve`},
		{"an option twice", "data: /d\nsmtp_url: a\nsmtp:\n  url: b\n", "stands there twice"},
		{"no YAML", "data: [", "mainstay.yaml: "},
		{"a list", "- data\n", "must be names and values"},
		{"a word", "data", "must be names and values"},
		{"a wrong time", "data: /d\nfallback_after: soon\n", "--fallback-after"},
		{"another file", "data: /d\nconfig: /other\n", "no option"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := served(t, c.file)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}
