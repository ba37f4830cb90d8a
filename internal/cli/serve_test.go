package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/internal/cli"
)

// serving is a server that was started by the command line.
type serving struct {
	lines *bufio.Scanner
	log   bytes.Buffer
	stop  context.CancelFunc
	code  chan int
}

func serve(t *testing.T, args ...string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	s := &serving{lines: bufio.NewScanner(r), stop: stop, code: make(chan int, 1)}
	go func() {
		s.code <- cli.Run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), cli.Env{Out: w, Err: &s.log, Version: "test"})
		_ = w.Close()
	}()
	t.Cleanup(func() { stop(); _ = r.Close() })
	return s
}

func (s *serving) line(t *testing.T) string {
	t.Helper()
	if !s.lines.Scan() {
		t.Fatalf("the server ended: %s", &s.log)
	}
	return s.lines.Text()
}

func TestServeSaysWhereItListensAndHowToBegin(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := serve(t, "--data", dir)
	address := strings.TrimPrefix(s.line(t), "mainstay listens on ")
	answer, err := http.Get(address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("not ready: %s", answer.Status)
	}
	if invitation := s.line(t); !strings.Contains(invitation, address+"/setup?code=") {
		t.Errorf("got %q", invitation)
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("exit code %d: %s", code, &s.log)
	}
}

func TestServeWithATokenNeedsNoInvitation(t *testing.T) {
	t.Setenv("MAINSTAY_BOOTSTRAP_TOKEN", "a-token-for-the-first-admin")
	s := serve(t, "--data", t.TempDir())
	address := strings.TrimPrefix(s.line(t), "mainstay listens on ")
	var out bytes.Buffer
	args := []string{"token", "list", "--server", address, "--token", "a-token-for-the-first-admin"}
	if code := cli.Run(t.Context(), args, cli.Env{Out: &out, Err: &out}); code != 0 {
		t.Errorf("exit code %d: %s", code, &out)
	}
	s.stop()
	if s.lines.Scan() {
		t.Errorf("got %q", s.lines.Text())
	}
	if code := <-s.code; code != 0 {
		t.Errorf("exit code %d: %s", code, &s.log)
	}
}

func TestTheSiteCanBeNamedByArgumentEnvironmentAndFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "desk.yaml")
	if err := os.WriteFile(file, []byte("site:\n  name: Alder Bank\nzone: Europe/London\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args, env []string
	}{
		"argument":    {[]string{"--site-name", "Alder Bank", "--zone", "Europe/London"}, nil},
		"environment": {nil, []string{"MAINSTAY_SITE_NAME=Alder Bank", "MAINSTAY_ZONE=Europe/London"}},
		"file":        {[]string{"--config", file}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range c.env {
				key, value, _ := strings.Cut(e, "=")
				t.Setenv(key, value)
			}
			s := serve(t, append(c.args, "--data", t.TempDir())...)
			answer, err := http.Get(strings.TrimPrefix(s.line(t), "mainstay listens on ") + "/login")
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			page, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(page, []byte("· Alder Bank · Mainstay</title>")) || !bytes.Contains(page, []byte(`"Europe/London"`)) {
				t.Errorf("the page is not that of the site: %.600s", page)
			}
		})
	}
	wrong := serve(t, "--data", t.TempDir(), "--zone", "Middle/Earth")
	if code := <-wrong.code; code != 2 || !strings.Contains(wrong.log.String(), "zone must be an IANA time zone") {
		t.Errorf("exit code %d: %s", code, &wrong.log)
	}
}

func TestServeNeedsItsDataDirectoryAlone(t *testing.T) {
	dir := t.TempDir()
	first := serve(t, "--data", dir)
	first.line(t)
	second := serve(t, "--data", dir)
	if code := <-second.code; code != 5 || !strings.Contains(second.log.String(), "another Mainstay process") {
		t.Errorf("exit code %d: %s", code, &second.log)
	}
	first.stop()
	first.lines.Scan()
	if code := <-first.code; code != 0 {
		t.Errorf("exit code %d: %s", code, &first.log)
	}
}
