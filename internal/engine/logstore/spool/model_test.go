package spool

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// model is what a spool must hold, as a slice.
type model struct {
	*desk
	frames   []Frame // all that were acknowledged and not lost by a crash, with their positions
	highest  Position
	released map[string]Position
}

// TestSpoolIsALogThatOnlyReadersShorten plays appends, reads, releases, crashes and restarts
// against a slice.
func TestSpoolIsALogThatOnlyReadersShorten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{released: map[string]Position{}}
		m.desk = newDesk(t, Config{SegmentBytes: int64(rapid.IntRange(50, 400).Draw(rt, "segment")),
			MaxBytes: 3000, Readers: []string{"a", "b"}})
		defer func() { _ = m.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"append":                 m.append,
			"fail":                   m.fail,
			"release":                m.release,
			"restart":                m.restart,
			"restart on a full disk": m.restartFull,
			"crash":                  m.crash,
			"":                       m.check,
		})
	})
}

func (m *model) append(rt *rapid.T) {
	f := Frame{Received: noon, Rows: rapid.IntRange(0, 9).Draw(rt, "rows"),
		Payload: []byte(strings.Repeat(rapid.StringMatching("[a-c]|MSf1").Draw(rt, "text"), rapid.IntRange(0, 100).Draw(rt, "times")))}
	end, err := m.Append(m.t.Context(), f)
	need := int64(headerSize + len(f.Payload))
	if err != nil {
		if m.Stats().Bytes+need <= 3000 {
			rt.Fatalf("refused %d bytes with %d of 3000 in use: %v", need, m.Stats().Bytes, err)
		}
		return
	}
	f.Start, f.End = end-Position(need), end
	if f.Start < m.highest {
		rt.Fatalf("position %d was given twice", f.Start)
	}
	m.highest = end
	m.frames = append(m.frames, f)
}

func (m *model) fail(rt *rapid.T) {
	disk := failing[rapid.SampledFrom([]string{"sync", "write"}).Draw(rt, "how")]
	disk.fail(m.desk)
	_, err := m.Append(m.t.Context(), Frame{Received: noon, Payload: []byte("failed")})
	disk.mend(m.desk)
	if err == nil {
		rt.Fatal("acknowledged by a disk that failed")
	}
}

func (m *model) release(rt *rapid.T) {
	reader := rapid.SampledFrom(m.c.Readers).Draw(rt, "reader")
	upTo := m.End()
	if n := len(m.frames); n > 0 && !rapid.Bool().Draw(rt, "all") {
		upTo = m.frames[rapid.IntRange(0, n-1).Draw(rt, "frame")].End
	}
	m.Release(reader, upTo)
	m.released[reader] = max(m.released[reader], upTo)
}

func (m *model) restart(*rapid.T) { m.reopen(); m.released = map[string]Position{} }

// crash takes a piece off the end of the last file, and leaves junk there: what a power cut does to bytes that were never
// synced, and a lying disk to others.
func (m *model) crash(rt *rapid.T) {
	if err := m.Close(); err != nil {
		rt.Fatal(err)
	}
	files := m.files("*.log")
	if len(files) == 0 { // all that was to be made was a segment for which there was no room
		m.opened(rt)
		return
	}
	last := files[len(files)-1]
	info, err := os.Stat(last)
	if err != nil {
		rt.Fatal(err)
	}
	start, _, _ := parseName(last[strings.LastIndexByte(last, '/')+1:])
	left := rapid.Int64Range(0, info.Size()).Draw(rt, "left")
	junk := rapid.SliceOfN(rapid.SampledFrom([]byte(magic+"\x00")), 0, 50).Draw(rt, "junk")
	old := readAll(m.t, last)
	torn := slices.Concat(old[:left], junk)
	for left < min(info.Size(), int64(len(torn))) && torn[left] == old[left] {
		left++ // the junk is what stood there
	}
	if err := os.WriteFile(last, torn, 0o600); err != nil {
		rt.Fatal(err)
	}
	for n := len(m.frames); n > 0 && m.frames[n-1].End > start+Position(left); n = len(m.frames) {
		m.frames = m.frames[:n-1]
	}
	m.highest = min(m.highest, start+Position(left)) // the file does not say more
	m.opened(rt)
}

// restartFull opens the spool on a disk that has room for nothing until later.
func (m *model) restartFull(rt *rapid.T) {
	if err := m.Close(); err != nil {
		rt.Fatal(err)
	}
	m.opened(rt)
}

// opened opens the spool, perhaps on a full disk, on which nothing is taken.
func (m *model) opened(rt *rapid.T) {
	m.released = map[string]Position{}
	for range rapid.IntRange(0, 1).Draw(rt, "starts on a full disk") {
		m.failWrite.Store(1)
		m.open()
		if m.End() < m.highest {
			rt.Fatalf("the end is %d on a full disk, and %d was given", m.End(), m.highest)
		}
		m.check(rt)
		_, err := m.Append(m.t.Context(), Frame{Received: noon, Payload: []byte("refused")})
		if err == nil || m.Stats().Failure == nil || !m.Stats().Full {
			rt.Fatalf("a full disk is not shown: %v, %+v", err, m.Stats())
		}
		m.failWrite.Store(0)
		if rapid.Bool().Draw(rt, "room comes") {
			return
		}
		if err := m.Close(); err != nil {
			rt.Fatal(err)
		}
	}
	m.open()
}

func (m *model) check(rt *rapid.T) {
	least := min(m.released["a"], m.released["b"])
	got := m.all(0)
	skipped := len(m.frames) - len(got)
	if skipped < 0 || skipped > 0 && m.frames[skipped-1].End > least {
		rt.Fatalf("want %d frames, got %d, released up to %d", len(m.frames), len(got), least)
	}
	for i, f := range got {
		if w := m.frames[skipped+i]; string(f.Payload) != string(w.Payload) || f.Rows != w.Rows || f.Start != w.Start || f.End != w.End {
			rt.Fatalf("frame %d: want %v, got %v", skipped+i, w, f)
		}
	}
	m.frames = m.frames[skipped:]
	m.checkStats(rt, got)
}

func (m *model) checkStats(rt *rapid.T, got []Frame) {
	st := m.Stats()
	if st.Bytes > st.Limit || st.Damage.Places > 0 {
		rt.Fatalf("got %+v", st)
	}
	for _, l := range st.Readers {
		var bytes int64
		for _, f := range got {
			if f.End > m.released[l.Reader] {
				bytes += int64(f.End - f.Start)
			}
		}
		if l.Bytes != bytes || (l.Frames == 0) != (bytes == 0) || l.Frames > int64(len(got)) {
			rt.Fatalf("reader %s has %d bytes before it: %+v", l.Reader, bytes, l)
		}
	}
}
