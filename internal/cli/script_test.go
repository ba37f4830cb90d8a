package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"mainstay/internal/apptest"
	"mainstay/internal/cli"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// TestScripts plays testdata/*.txtar against a real server. A script is lines; the files
// behind it lie in the working directory.
//
//	mainstay ARGS…       run a command; it must succeed
//	! N mainstay ARGS…   run a command; it must end with exit code N
//	stdout REGEXP        the output of the last command must match; "! stdout" must not
//	stderr REGEXP        the same for what it complained of
//	cmp stdout FILE      the output must be the file
//	advance DURATION     let time pass at the desk
//	logs                 start the log engine, which other scripts do without
//	flush                wait until everything that was sent can be found
//	stop                 stop the server; its data directory stays at $DATA
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			play(t, archive)
		})
	}
}

// script is one script under way.
type script struct {
	*testing.T
	desk           *apptest.Desk
	stdout, stderr bytes.Buffer
}

func play(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	s := &script{T: t, desk: apptest.Open(t, "sqlite")}
	t.Setenv("MAINSTAY_SERVER", "http://"+s.desk.Addr())
	t.Setenv("MAINSTAY_TOKEN", apptest.Token)
	t.Setenv("DATA", s.desk.DataDir)
	t.Chdir(t.TempDir())
	for _, f := range archive.Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for n, line := range strings.Split(string(archive.Comment), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.line(words(line)); err != nil {
			t.Fatalf("line %d: %s\n%v\nstdout: %s\nstderr: %s", n+1, line, err, &s.stdout, &s.stderr)
		}
	}
}

// words splits a line at spaces outside of single quotes and puts variables in.
func words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(os.ExpandEnv(part))...)
	}
	return out
}

func (s *script) line(w []string) error {
	want := true
	if w[0] == "!" {
		want, w = false, w[1:]
	}
	code, err := strconv.Atoi(w[0])
	if err == nil {
		w = w[1:]
	}
	switch w[0] {
	case "mainstay":
		return s.run(code, w[1:])
	case "stdout":
		return match(&s.stdout, w[1], want)
	case "stderr":
		return match(&s.stderr, w[1], want)
	case "cmp":
		file, err := os.ReadFile(w[2])
		if err == nil && !bytes.Equal(file, s.stdout.Bytes()) {
			err = fmt.Errorf("want: %s", file)
		}
		return err
	case "advance":
		d, err := time.ParseDuration(w[1])
		if err == nil {
			s.desk.Advance(d)
		}
		return err
	case "logs":
		s.desk.StartLogs()
		return nil
	case "flush":
		return s.desk.Logs.Flush(s.Context())
	case "stop":
		s.desk.Stop()
		return nil
	}
	return fmt.Errorf("%q is not known to scripts", w[0])
}

func (s *script) run(want int, args []string) error {
	s.stdout.Reset()
	s.stderr.Reset()
	code := cli.Run(s.Context(), args, cli.Env{In: strings.NewReader(""), Out: &s.stdout, Err: &s.stderr, Version: "test"})
	if code != want {
		return fmt.Errorf("exit code %d, want %d", code, want)
	}
	return nil
}

func match(out *bytes.Buffer, expression string, want bool) error {
	re, err := regexp.Compile("(?m)" + expression)
	if err == nil && re.Match(out.Bytes()) != want {
		err = fmt.Errorf("matches: %v", !want)
	}
	return err
}
