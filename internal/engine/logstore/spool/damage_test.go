package spool

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// image is a spool's files, to be put back as often as a test wants.
type image map[string][]byte

func (d *desk) image() image {
	d.t.Helper()
	img := image{}
	for _, f := range d.files("*") {
		img[filepath.Base(f)] = readAll(d.t, f)
	}
	return img
}

// restored opens a spool from an image.
func (d *desk) restored(img image) *desk {
	d.t.Helper()
	c := d.c
	c.Dir = filepath.Join(d.c.Dir, "restored")
	if err := os.RemoveAll(c.Dir); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Mkdir(c.Dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	for name, b := range img {
		if err := os.WriteFile(filepath.Join(c.Dir, name), b, 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	r := &desk{t: d.t, c: c}
	r.free.Store(1 << 50)
	r.open()
	return r
}

// closedImage returns the image of a spool with these frames, and the names of its segments.
func closedImage(t *testing.T, d *desk, frames ...string) (image, []string) {
	t.Helper()
	for _, f := range frames {
		d.add(f)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range d.files("*.log") {
		names = append(names, filepath.Base(f))
	}
	return d.image(), names
}

func (img image) with(name string, b []byte) image {
	copied := maps.Clone(img)
	copied[name] = b
	return copied
}

func TestTornTailIsCutOffAtEveryByte(t *testing.T) {
	d := newDesk(t, Config{})
	img, names := closedImage(t, d, "one", "two", "the last frame")
	whole := img[names[0]]
	last := len(whole) - headerSize - len("the last frame")
	for n := last; n < len(whole); n++ {
		for _, tail := range [][]byte{nil, make([]byte, len(whole)-n), bytes.Repeat([]byte{0xff}, 50)} {
			r := d.restored(img.with(names[0], append(slices.Clone(whole[:n]), tail...)))
			if n == len(whole) {
				t.Fatal("not torn")
			}
			if same := bytes.Equal(readAll(t, r.files("*.log")[0]), whole); same {
				continue // the zeros were the frame's own
			}
			r.wantAll(0, "one", "two")
			st := r.Stats()
			if want := int64(n - last + len(tail)); st.Damage != (Damage{Cut: want}) {
				t.Fatalf("cut at %d: want %d bytes cut, got %+v", n, want, st.Damage)
			}
			if p := r.add("more"); n > last && p <= Position(n) {
				t.Fatalf("position %d was given twice", p)
			}
			r.reopen()
			r.wantAll(0, "one", "two", "more")
			if r.Stats().Damage != (Damage{}) {
				t.Fatalf("damage after a clean close: %+v", r.Stats().Damage)
			}
			_ = r.Close()
		}
	}
}

func TestReaderBehindACutTailMissesNothing(t *testing.T) {
	d := newDesk(t, Config{})
	img, names := closedImage(t, d, "one", "last")
	whole := slices.Clone(img[names[0]])
	whole[len(whole)-1] ^= 1
	r := d.restored(img.with(names[0], whole))
	defer r.Close()
	r.add("more")
	r.wantAll(Position(len(whole)), "more") // its cursor was behind the frame that is gone
}

func TestFlippedBitHidesItsFrameOnly(t *testing.T) {
	segment, ends := sample()
	for i := range len(segment) * 8 {
		flipped := slices.Clone(segment)
		flipped[i/8] ^= 1 << (i % 8)
		r := segmentReader{window{r: bytes.NewReader(flipped), limit: int64(len(flipped)), size: 64, reuse: true}, 1000, 7}
		var found []hole
		holes, err := r.scan(func(o int64, h header) { found = append(found, hole{o, o + h.size()}) })
		if err != nil || len(found) != len(ends)-1 || len(holes) != 1 {
			t.Fatalf("bit %d: %v, %v, %v", i, found, holes, err)
		}
		checkUntouched(t, found, ends, i/8, 1)
		checkWhole(t, append(found, holes...), int64(len(flipped)))
	}
}

// TestFlippedByteLosesItsFrameOnly goes through a segment that others follow, and through the last.
func TestFlippedByteLosesItsFrameOnly(t *testing.T) {
	frames := []string{"first frame", "MSf1", "", "fourth frame, with MSf1 in it", "fifth"}
	for _, last := range []bool{false, true} {
		d := newDesk(t, Config{})
		img, names := closedImage(t, d, frames...)
		want := frames
		if !last {
			d.open()
			img, names = closedImage(t, d)
			img[fileName(Position(len(img[names[0]])), 1)] = nil // a newer, empty segment
		}
		whole := img[names[0]]
		for i := range whole {
			flipped := slices.Clone(whole)
			flipped[i] ^= 1 << (i % 8)
			r := d.restored(img.with(names[0], flipped))
			hit := frameOf(frames, i)
			r.wantAll(0, slices.Delete(slices.Clone(want), hit, hit+1)...)
			checkReport(t, r, frames[hit], flipped, last && hit == len(frames)-1)
			_ = r.Close()
		}
	}
}

func frameOf(frames []string, off int) int {
	for i, f := range frames {
		if off -= headerSize + len(f); off < 0 {
			return i
		}
	}
	return -1
}

func checkReport(t *testing.T, r *desk, payload string, segment []byte, cut bool) {
	t.Helper()
	n := int64(headerSize + len(payload))
	want := Damage{Places: 1, Bytes: n}
	if cut {
		want = Damage{Cut: n}
	}
	if got := r.Stats().Damage; got != want {
		t.Fatalf("want %+v, got %+v", want, got)
	}
	files := r.files("damaged-*")
	if cut && len(files) == 0 {
		return
	}
	if len(files) != 1 || !bytes.Contains(segment, readAll(t, files[0])) || int64(len(readAll(t, files[0]))) != n {
		t.Fatalf("the damaged bytes were not kept: %v", files)
	}
}

func TestDamageThatComesWhileOpenIsSteppedOverAndReportedOnce(t *testing.T) {
	d := newDesk(t, Config{Readers: []string{"a", "b"}})
	first := d.add("one")
	d.add("two")
	d.add("three")
	f, err := os.OpenFile(d.files("*.log")[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("XXXX"), int64(first)); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	for range 2 {
		d.wantAll(0, "one", "three")
	}
	if got := d.all(first); got[0].Start == first {
		t.Fatal("the frame behind the damage does not show it")
	}
	if got := d.Stats().Damage; got != (Damage{Places: 1, Bytes: headerSize + 3}) || len(d.files("damaged-*")) != 1 {
		t.Fatalf("got %+v", got)
	}
}

func TestFramesInsideAPayloadAreNeverTakenForFrames(t *testing.T) {
	d := newDesk(t, Config{})
	d.add("inner")
	inner := readAll(t, d.files("*.log")[0]) // a whole frame, as somebody might send it
	d.add(string(bytes.Repeat(inner, 3)))
	d.add("end")
	_ = d.Close()
	img, name := d.image(), filepath.Base(d.files("*.log")[0])
	whole := slices.Clone(img[name])
	whole[len(inner)+atLength] ^= 0xff // nothing says any more where the payload ends
	r := d.restored(img.with(name, whole))
	defer r.Close()
	r.wantAll(0, "inner", "end")
}

func TestPayloadFullOfMagicIsSearchedQuickly(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 32 << 20})
	d.add(string(bytes.Repeat([]byte(magic), 4<<20)))
	d.add("end")
	_ = d.Close()
	name := filepath.Base(d.files("*.log")[0])
	img := d.image()
	img[name][0] ^= 1
	var reads int
	r := segmentReader{window{r: counting{bytes.NewReader(img[name]), &reads}, limit: int64(len(img[name])), size: scanSize, reuse: true}, 0, 0}
	_, r.salt, _ = parseName(name)
	holes, err := r.scan(func(int64, header) {})
	if err != nil || len(holes) != 1 || holes[0].to != headerSize+16<<20 {
		t.Fatalf("got %v, %v", holes, err)
	}
	if reads > 40 {
		t.Fatalf("16 MB took %d reads of 1 MB", reads)
	}
}

type counting struct {
	r *bytes.Reader
	n *int
}

func (c counting) ReadAt(b []byte, off int64) (int, error) {
	*c.n++
	return c.r.ReadAt(b, off)
}

func TestBytesBehindTheNextSegmentAreNothing(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 100})
	img, names := closedImage(t, d, string(make([]byte, 90)), string(make([]byte, 90)))
	r := d.restored(img.with(names[0], append(slices.Clone(img[names[0]]), "left by a failed write"...)))
	defer r.Close()
	if len(r.all(0)) != 2 || r.Stats().Damage != (Damage{}) {
		t.Fatalf("got %d frames, %+v", len(r.all(0)), r.Stats().Damage)
	}
}

func TestSecondSegmentOfTheSameStartIsSetAside(t *testing.T) {
	d := newDesk(t, Config{})
	img, names := closedImage(t, d, "one", "two")
	start, salt, _ := parseName(names[0])
	r := d.restored(img.with(fileName(start, salt+1), []byte("x")).with(fileName(start, salt+2), nil))
	defer r.Close()
	r.wantAll(0, "one", "two")
	if len(r.files("*.log")) != 1 || len(r.files("*.aside")) != 1 {
		t.Fatalf("got %v", r.files("*"))
	}
}

// FuzzSegment reads arbitrary bytes as a segment: what is found stands in order, is whole, and
// frames that the bytes do not touch are found.
func FuzzSegment(f *testing.F) {
	f.Fuzz(func(t *testing.T, patch []byte, at uint16) {
		segment, ends := sample()
		off := int(at) % (len(segment) + 1)
		patched := slices.Clone(segment)
		patched = append(patched[:off:off], patch...)
		if len(patched) < len(segment) {
			patched = append(patched, segment[len(patched):]...)
		}
		r := segmentReader{window{r: bytes.NewReader(patched), limit: int64(len(patched)), size: 64, reuse: true}, 1000, 7}
		var covered []hole
		holes, err := r.scan(func(o int64, h header) { covered = append(covered, hole{o, o + h.size()}) })
		if err != nil {
			t.Fatal(err)
		}
		checkUntouched(t, covered, ends, off, len(patch))
		checkWhole(t, append(covered, holes...), int64(len(patched)))
	})
}

func checkUntouched(t *testing.T, found []hole, ends []int, off, n int) {
	t.Helper()
	from := 0
	for _, end := range ends {
		if (end <= off || from >= off+n) && !slices.Contains(found, hole{int64(from), int64(end)}) {
			t.Fatalf("the frame from %d to %d was not found: %v", from, end, found)
		}
		from = end
	}
}

// checkWhole demands that frames and holes together are the segment.
func checkWhole(t *testing.T, parts []hole, size int64) {
	t.Helper()
	slices.SortFunc(parts, func(a, b hole) int { return int(a.from - b.from) })
	at := int64(0)
	for _, p := range parts {
		if p.from != at || p.to <= p.from {
			t.Fatalf("parts do not join at %d: %v", at, parts)
		}
		at = p.to
	}
	if at != size {
		t.Fatalf("%d of %d bytes are accounted for", at, size)
	}
}

// sample is a segment from position 1000 with salt 7, and the offsets at which its frames end.
func sample() (b []byte, ends []int) {
	for _, p := range []string{"one", "", "MSf1 three", string(make([]byte, 200)), "end"} {
		from := len(b)
		b = append(appendHeader(b, header{len(p), 1, 0, noon, checksum([]byte(p))}), p...)
		place(b[from:], 1000+Position(from), 7)
		ends = append(ends, len(b))
	}
	return b, ends
}
