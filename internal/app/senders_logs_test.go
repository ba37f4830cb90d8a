package app_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
)

// program is where a real sender is, "" where it is not installed: then the test is skipped, unless
// skipping is forbidden. The folder named by MAINSTAY_TEST_SENDERS counts first.
func program(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv("MAINSTAY_TEST_SENDERS"); dir != "" {
		if path := filepath.Join(dir, "usr", "sbin", name); exists(path) {
			return path
		}
	}
	for _, path := range []string{filepath.Join("/usr/sbin", name)} {
		if exists(path) {
			return path
		}
	}
	if os.Getenv("MAINSTAY_NO_SKIP") != "" {
		t.Fatalf("%s is not here, and no test may be skipped", name)
	}
	t.Skipf("%s is not here", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// run starts a sender in the foreground and ends it with the test.
func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said: %s", filepath.Base(name), said.String())
		}
	})
}

// relay is a desk that listens to syslog over TCP, and a file that a sender follows.
func relay(t *testing.T) (d *apptest.Desk, port, file string) {
	t.Helper()
	d = apptest.Open(t, "sqlite", func(o *app.Options) { o.Syslog.TCP = "127.0.0.1:0" })
	d.Apply(bank + "---\nkind: Source\nname: relay\nservice: payments\naddresses: [127.0.0.0/8]\n")
	d.StartLogs()
	_, address, _ := strings.Cut(d.SyslogAddresses()[0], " ")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "app.log")
	var lines strings.Builder
	for n := range senderLines {
		fmt.Fprintf(&lines, "payment %04d of 12.50 EUR was sent, \"quoted\" and [bracketed]\n", n)
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return d, port, file
}

const senderLines = 1000

// allArrived waits until every line of the file has been found, once, with what syslog says of it.
func allArrived(t *testing.T, d *apptest.Desk, where string) {
	t.Helper()
	within(t, time.Minute, "all lines have arrived", func() bool {
		found(t, d)
		got := question(t, d, where+` "was sent" | stats count() n, count_uniq(_msg) u`)
		return strings.Contains(got[0], fmt.Sprintf(`"n":"%d","u":"%d"`, senderLines, senderLines))
	})
	got := question(t, d, where+` "payment 0042"`)
	if len(got) != 1 || !strings.Contains(got[0], `\"quoted\" and [bracketed]`) {
		t.Errorf("one of them: %q", got)
	}
}

func TestRsyslogSendsOverTCP(t *testing.T) {
	for framing, template := range map[string]string{"octet-counted": "RSYSLOG_SyslogProtocol23Format", "traditional": "RSYSLOG_TraditionalForwardFormat"} {
		t.Run(framing, func(t *testing.T) {
			t.Parallel()
			rsyslogd := program(t, "rsyslogd")
			d, port, file := relay(t)
			dir := t.TempDir()
			conf := filepath.Join(dir, "rsyslog.conf")
			text := fmt.Sprintf(`global(workDirectory=%q)
module(load="imfile")
input(type="imfile" File=%q Tag="payments:" Severity="notice" Facility="local0")
action(type="omfwd" target="127.0.0.1" port=%q protocol="tcp" TCP_Framing=%q template=%q)
`, dir, file, port, framing, template)
			if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			modules, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(rsyslogd)), "lib", "*", "rsyslog"))
			if err != nil || len(modules) == 0 {
				t.Fatalf("no modules of rsyslog: %v", err)
			}
			run(t, nil, rsyslogd, "-n", "-M", modules[0], "-f", conf, "-i", filepath.Join(dir, "pid"))
			allArrived(t, d, `source:=relay service:=payments app_name:=payments level:=info facility_keyword:=local0`)
		})
	}
}

func TestSyslogNgSendsOverTCP(t *testing.T) {
	for kind, destination := range map[string]string{
		"RFC 5424": `syslog("127.0.0.1" port(%s) transport("tcp"))`,
		"RFC 3164": `network("127.0.0.1" port(%s) transport("tcp"))`,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			syslogNg := program(t, "syslog-ng")
			d, port, file := relay(t)
			dir := t.TempDir()
			conf := filepath.Join(dir, "syslog-ng.conf")
			text := "@version: 3.35\n@module affile\n@module afsocket\n@module syslogformat\n" + fmt.Sprintf(
				"source s { file(%q flags(no-parse) program-override(\"payments\") read-old-records(yes)); };\ndestination d { "+destination+"; };\nlog { source(s); destination(d); };\n",
				file, port)
			if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			lib := filepath.Join(filepath.Dir(filepath.Dir(syslogNg)), "lib", "syslog-ng")
			modules, err := filepath.Glob(filepath.Join(lib, "*", "libafsocket.so"))
			if err != nil || len(modules) == 0 {
				t.Fatalf("no modules of syslog-ng in %s: %v", lib, err)
			}
			run(t, []string{"LD_LIBRARY_PATH=" + lib}, syslogNg, "-F", "--no-caps", "-f", conf, "-R", filepath.Join(dir, "persist"),
				"-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl"), "--module-path="+filepath.Dir(modules[0]))
			allArrived(t, d, `source:=relay service:=payments app_name:=payments`)
		})
	}
}
