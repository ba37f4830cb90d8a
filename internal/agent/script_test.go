package agent

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestScripts plays testdata/*.txtar, whose files lie in the working directory, $DIR.
//
//	mainstay-agent ARGS…       run a command; it must succeed
//	! N mainstay-agent ARGS…   run a command; it must end with exit code N
//	stdout REGEXP, stderr REGEXP, cmp stdout FILE
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
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { play(t, archive) })
	}
}

func play(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DIR", dir)
	for _, f := range archive.Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(f.Data), "$DIR", dir)
		if err := os.WriteFile(f.Name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, complaints bytes.Buffer
	for n, line := range strings.Split(string(archive.Comment), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := step(t, strings.Fields(os.ExpandEnv(line)), &out, &complaints); err != nil {
			t.Fatalf("line %d: %s\n%v\nstdout: %s\nstderr: %s", n+1, line, err, &out, &complaints)
		}
	}
}

func step(t *testing.T, words []string, out, complaints *bytes.Buffer) error {
	t.Helper()
	want := 0
	if words[0] == "!" {
		var err error
		if want, err = strconv.Atoi(words[1]); err != nil {
			return err
		}
		words = words[2:]
	}
	switch words[0] {
	case "mainstay-agent":
		out.Reset()
		complaints.Reset()
		if code := Main(t.Context(), words[1:], Env{Out: out, Err: complaints, Version: "test"}); code != want {
			return fmt.Errorf("exit code %d, want %d", code, want)
		}
		return nil
	case "stdout", "stderr":
		text := map[string]*bytes.Buffer{"stdout": out, "stderr": complaints}[words[0]]
		if expression := strings.Join(words[1:], " "); !regexp.MustCompile("(?m)" + expression).Match(text.Bytes()) {
			return fmt.Errorf("does not match %s", expression)
		}
		return nil
	case "cmp":
		file, err := os.ReadFile(words[2])
		if err == nil && !bytes.Equal(file, out.Bytes()) {
			err = fmt.Errorf("want: %s", file)
		}
		return err
	}
	return fmt.Errorf("%q is not known to scripts", words[0])
}
