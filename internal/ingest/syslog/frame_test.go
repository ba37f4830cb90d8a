package syslog

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	gosyslog "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

// FuzzFrames holds that every byte of a connection but delimiters and counts is in a message, that
// messages do not depend on how the network cuts them, and that what counts is read as it counts.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("5 <1>ab<2>c\n"))
	f.Add([]byte("999999999 <x"))
	f.Add([]byte("\x00\n\r12 monkeys\n0 <x"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		whole, size := all(t, bytes.NewReader(sent))
		if size > len(sent) {
			t.Fatal("more came out than went in")
		}
		pieces, _ := all(t, iotest.OneByteReader(bytes.NewReader(sent)))
		if len(whole) != len(pieces) {
			t.Fatalf("%q and %q", whole, pieces)
		}
		for i := range whole {
			if whole[i] != pieces[i] {
				t.Fatalf("%q and %q", whole, pieces)
			}
		}
	})
}

func all(t *testing.T, r io.Reader) (out []string, size int) {
	frames := newFrames(r)
	for {
		m, _, err := frames.next()
		if errors.Is(err, io.EOF) {
			return out, size
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(m) == 0 || len(m) > MaxMessage {
			t.Fatalf("a message of %d bytes", len(m))
		}
		out, size = append(out, string(m)), size+len(m)
	}
}

// FuzzMessage holds that nothing panics or is lost, and that what a strict parser of RFC 5424 reads
// is read the same.
func FuzzMessage(f *testing.F) {
	f.Add(`<165>1 2026-11-02T08:00:00.003Z host app 7 ID47 [a@1 b="c\"d" e="f"][g] text`)
	f.Add(`<34>Nov  2 08:00:01 host su[42]: failed`)
	f.Add(`<1>1 - - - - - -`)
	f.Fuzz(func(t *testing.T, message string) {
		row := rowOf(message, time.UTC, clock.Wall().Now())
		if len(row.Fields) == 0 {
			t.Fatal("nothing is left")
		}
		if row.Fault != "" && row.Get(signal.Message) == "" && len(bytes.Trim([]byte(message), "\r\n\x00")) > 0 {
			t.Fatal("a message that cannot be read is not kept")
		}
		compare(t, message, row)
	})
}

// compare holds a row against what go-syslog reads of the same message.
func compare(t *testing.T, message string, row signal.Row) {
	parsed, err := rfc5424.NewParser().Parse([]byte(message))
	if err != nil {
		return
	}
	var m gosyslog.Message = parsed
	strict, ok := m.(*rfc5424.SyslogMessage)
	if !ok || row.Get("format") != "rfc5424" {
		t.Fatalf("%q is RFC 5424 and was taken for %q", message, row.Get("format"))
	}
	for name, want := range map[string]*string{"host": strict.Hostname, "app_name": strict.Appname, "proc_id": strict.ProcID, "msg_id": strict.MsgID} {
		if want != nil && row.Get(name) != *want {
			t.Errorf("%q: %s is %q, want %q", message, name, row.Get(name), *want)
		}
	}
	if strict.Timestamp != nil && !row.Time.Equal(*strict.Timestamp) {
		t.Errorf("%q: time is %s, want %s", message, row.Time, strict.Timestamp)
	}
}
