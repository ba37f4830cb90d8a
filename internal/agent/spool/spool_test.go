package spool_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/agent/spool"
	"mainstay/internal/base/errs"
)

func open(t *testing.T, dir string, limit int64) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAFullQueueRefusesAndKeepsWhatItHas(t *testing.T) {
	s := open(t, t.TempDir(), 10)
	if err := s.Append([]byte("12345\n")); err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]byte("12345\n")); !errs.Is(err, errs.Unavailable) {
		t.Fatalf("%v", err)
	}
	if err := s.Advance(6); err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]byte("67890\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Peek(100); string(got) != "67890\n" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
}

func TestALineThatACrashLeftHalfIsCutOff(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir, 1000).Append([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("one\ntw"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, 1000)
	if err := s.Append([]byte("two\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Peek(100); string(got) != "one\ntwo\n" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
}

func TestLinesLeaveInTheirOrderThroughAnyNumberOfRestarts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		s := open(t, dir, 100<<20)
		in, out := 0, 0
		for range rapid.IntRange(1, 20).Draw(rt, "acts") {
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0, 1:
				pad := rapid.SampledFrom([]int{0, 100, 5 << 20}).Draw(rt, "pad") // the longest fill a segment
				if err := s.Append(fmt.Appendf(nil, "%d %s\n", in, strings.Repeat("x", pad))); err != nil {
					rt.Fatal(err)
				}
				in++
			case 2:
				s = open(t, dir, 100<<20)
			default:
				out += drain(rt, s, out)
			}
		}
		for n := drain(rt, s, out); n > 0; n = drain(rt, s, out) {
			out += n
		}
		if in != out || s.Size() != 0 {
			rt.Fatalf("%d went in, %d came out, %d bytes stay", in, out, s.Size())
		}
	})
}

// drain takes what one Peek returns and checks that it goes on at line n.
func drain(t *rapid.T, s *spool.Spool, n int) int {
	lines, err := s.Peek(1000)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(lines)) {
		if !strings.HasPrefix(line, fmt.Sprintf("%d ", n+count)) {
			t.Fatalf("want line %d, got %.20q", n+count, line)
		}
		count++
	}
	if count == 0 {
		return 0
	}
	if err := s.Advance(len(lines)); err != nil {
		t.Fatal(err)
	}
	return count
}
