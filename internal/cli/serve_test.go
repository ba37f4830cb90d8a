package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
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
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.code <- cli.Run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), cli.Env{Out: w, Err: &s.log, Version: "test"})
		_ = w.Close()
	}()
	t.Cleanup(func() { stop(); _ = r.Close(); <-ended }) // the data directory goes after this, and an engine writes to its end
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
	if got := []string{s.line(t), s.line(t), s.line(t)}; got[0] != "  data      "+dir || got[1] != "  database  SQLite" ||
		!strings.HasPrefix(got[2], "  mail      none: ") {
		t.Errorf("got %q", got)
	}
	if invitation := s.line(t); !strings.Contains(invitation, address+"/setup?code=") {
		t.Errorf("got %q", invitation)
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("exit code %d: %s", code, &s.log)
	}
}

// A token lets nobody sign in: the link stands there until an administrator has a password.
func TestServeInvitesUntilAnAdministratorHasAPassword(t *testing.T) {
	t.Setenv("MAINSTAY_BOOTSTRAP_TOKEN", "a-token-for-the-first-admin")
	dir := t.TempDir()
	s := serve(t, "--data", dir)
	address := strings.TrimPrefix(s.line(t), "mainstay listens on ")
	if invitation := s.last(t, 4); !strings.Contains(invitation, "no administrator has a password yet: open "+address+"/setup?code=") {
		t.Errorf("got %q", invitation)
	}
	call := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		args = append(args, "--server", address, "--token", "a-token-for-the-first-admin")
		if code := cli.Run(t.Context(), args, cli.Env{Out: &out, Err: &errs}); code != 0 {
			t.Fatalf("%s: exit code %d: %s", args, code, &errs)
		}
		return out.String()
	}
	call("apply", "-f", "../../examples/bank")
	link, err := url.Parse(strings.TrimSpace(call("user", "password-link", "ada")))
	if err != nil {
		t.Fatal(err)
	}
	const password = "a quiet set of words"
	answer, err := http.PostForm(address+"/password", url.Values{"code": link.Query()["code"], "password": {password}, "again": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("ada has no password: %s", answer.Status)
	}
	s.end(t)
	again := serve(t, "--data", dir)
	again.line(t)
	again.last(t, 3)
	again.end(t)
}

// last reads n lines and returns the last of them.
func (s *serving) last(t *testing.T, n int) (line string) {
	t.Helper()
	for range n {
		line = s.line(t)
	}
	return line
}

// end stops the server, which has nothing more to say.
func (s *serving) end(t *testing.T) {
	t.Helper()
	s.stop()
	if s.lines.Scan() {
		t.Errorf("got %q", s.lines.Text())
	}
	if code := <-s.code; code != 0 {
		t.Errorf("exit code %d: %s", code, &s.log)
	}
}

func TestServeSaysItAsJSONWhenTheLogIsJSON(t *testing.T) {
	s := serve(t, "--data", t.TempDir(), "--log-format", "json", "--hold-messages", "--smtp-url", "smtp://u:hidden@mail.bank.example?from=desk@bank.example")
	line := s.line(t)
	var said struct {
		Msg, Address, Mail, Database string
		Held                         bool   `json:"messages_held"`
		SetUp                        string `json:"set_up"`
	}
	if err := json.Unmarshal([]byte(line), &said); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if said.Msg != "mainstay listens" || !strings.HasPrefix(said.SetUp, said.Address+"/setup?code=") || said.Mail != "mail.bank.example" ||
		said.Database != "SQLite" || !said.Held || strings.Contains(line, "hidden") {
		t.Errorf("got %s", line)
	}
	s.end(t)
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
	first.last(t, 4)
	first.stop()
	if code := <-first.code; code != 0 {
		t.Errorf("exit code %d: %s", code, &first.log)
	}
}
