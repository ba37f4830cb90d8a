package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/valyala/fastjson"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Manifest says what the archive of a day holds.
type Manifest struct {
	Format string `json:"format"`
	Day    string `json:"day"` // 2006-01-02, UTC
	// Class is that of the lines, "" for standard.
	Class  signal.Class `json:"class,omitempty"`
	File   string       `json:"file"`
	Rows   int64        `json:"rows"`
	First  time.Time    `json:"first"`
	Last   time.Time    `json:"last"`
	Raw    int64        `json:"raw_bytes"`
	Packed int64        `json:"packed_bytes"`
	SHA256 string       `json:"sha256"` // of the file, hex
	// Filter is which lines of the day and the class are in it, in LogsQL: all of them.
	Filter string `json:"filter"`
	// Closed says that no line of the day could come any more when it was written.
	Closed  bool      `json:"closed"`
	Created time.Time `json:"created"`
	Version string    `json:"version"` // of the program that wrote it
}

const (
	format  = "mainstay-log-archive-1"
	maxNote = 1 << 20
)

var manifestName = regexp.MustCompile(`^logs-(?:(short|long)-)?(\d{4}-\d{2}-\d{2})\.json$`)

// Of is the day that the archive has.
func (m Manifest) Of() Day {
	if m.Class == "" {
		return Day{signal.Standard, m.Day}
	}
	return Day{m.Class, m.Day}
}

// prefixOf begins the names of what belongs to a class, "" for standard.
func prefixOf(class signal.Class) string {
	if class == signal.Standard {
		return ""
	}
	return string(class) + "-"
}

func nameOf(d Day) string { return "logs-" + prefixOf(d.Class) + d.Date + ".json" }

func (m Manifest) fileName() string {
	return "logs-" + prefixOf(m.Of().Class) + m.Day + "-" + m.SHA256[:8] + ".ndjson.zst"
}

// readManifest returns NotFound where a day has no archive.
func readManifest(ctx context.Context, t Target, d Day) (m Manifest, err error) {
	body, err := t.Get(ctx, nameOf(d))
	if err != nil {
		return m, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxNote))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Format != format || m.Of() != d || len(m.SHA256) != 2*sha256.Size {
		return m, errs.Invalidf("the manifest %s cannot be read: it is damaged, or of another version", nameOf(d))
	}
	return m, nil
}

// manifests lists what is archived, newest day first, and the names of manifests that cannot be read.
func manifests(ctx context.Context, t Target) (all []Manifest, bad []string, err error) {
	names, err := t.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		m := manifestName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		manifest, err := readManifest(ctx, t, Day{cmp.Or(signal.Class(m[1]), signal.Standard), m[2]})
		switch {
		case errs.Is(err, errs.Invalid):
			bad = append(bad, name)
		case err != nil:
			return nil, nil, err
		default:
			all = append(all, manifest)
		}
	}
	slices.SortFunc(all, newestFirst)
	return all, bad, nil
}

func newestFirst(a, b Manifest) int {
	return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Class, b.Class))
}

// check reads an archive whole, compares it with its manifest, and hands on its rows, each with
// the line as it is archived. Rows that are handed on before an error are not to be trusted.
func (m Manifest) check(ctx context.Context, t Target, each func(signal.Row) error) error {
	body, err := t.Get(ctx, m.File)
	if err != nil {
		return err
	}
	defer body.Close()
	in := &summed{r: body, sum: sha256.New()}
	unpacker, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(4<<30))
	if err != nil {
		return err
	}
	defer unpacker.Close()
	var rows, last int64
	var own error // of each
	var parser fastjson.Parser
	err = eachLine(unpacker, func(text []byte) error {
		r, err := row(&parser, text)
		if err != nil {
			return err
		}
		rows++
		if at := r.Time.UnixNano(); at < last || r.Time.Format(time.DateOnly) != m.Day {
			return fmt.Errorf("line %d is not in its place: %s", rows, r.Time.Format(time.RFC3339Nano))
		}
		last = r.Time.UnixNano()
		if err := ctx.Err(); err != nil {
			return err
		}
		own = each(r)
		return own
	})
	if other := cmp.Or(ctx.Err(), own, in.err); other != nil {
		return other // that says nothing against the archive
	}
	if err == nil {
		if _, err := io.Copy(io.Discard, in); err != nil {
			return err
		}
	}
	switch got := hex.EncodeToString(in.sum.Sum(nil)); {
	case err != nil:
		return m.damaged(err.Error())
	case got != m.SHA256:
		return m.damaged("its SHA-256 is " + got + " and should be " + m.SHA256)
	case rows != m.Rows:
		return m.damaged(fmt.Sprintf("it has %d lines and should have %d", rows, m.Rows))
	}
	return nil
}

func (m Manifest) damaged(why string) error {
	return errs.Invalidf("the archive of %s (%s) is damaged: %s", m.Of(), m.File, why)
}

type summed struct {
	r   io.Reader
	sum hash.Hash
	err error // of reading
}

func (s *summed) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.sum.Write(b[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
