package receive

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
)

// MaxBody is how many bytes of a body are taken, unpacked: 64 MiB.
const MaxBody = 64 << 20

// Body unpacks a request's body. When Content-Encoding names no coding, usual is meant ("" is
// none). Reading past most bytes fails with http.MaxBytesError; most is 0 for no end. The caller
// closes it.
func Body(r *http.Request, usual string, most int64) (io.ReadCloser, error) {
	unpacked, err := unpack(r.Body, codingOf(r, usual), MaxBody)
	if err != nil {
		return nil, malformed(err)
	}
	if most > 0 {
		unpacked = &bounded{ReadCloser: unpacked, left: most, most: most}
	}
	return named{unpacked}, nil
}

// codingOf is how the body is packed.
func codingOf(r *http.Request, usual string) string {
	coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if coding == "" {
		coding = usual
	}
	return coding
}

func plain(coding string) bool { return coding == "" || coding == "identity" || coding == "none" }

// named is a body whose errors say what they are.
type named struct{ io.ReadCloser }

func (n named) Read(p []byte) (int, error) {
	size, err := n.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // readers return the value itself
		err = malformed(err)
	}
	return size, err
}

// Unpacked is a file as it is, or what is in it when it is packed with gzip or zstd, which its first
// bytes tell: rotated logs are uploaded as they lie on the disk. At most MaxBody bytes are taken.
func Unpacked(file io.Reader) (io.Reader, error) {
	b := bufio.NewReader(file)
	head, _ := b.Peek(4)
	coding := ""
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		coding = "gzip"
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		coding = "zstd"
	default:
		return b, nil
	}
	unpacked, err := unpack(b, coding, MaxBody)
	if err != nil {
		return nil, malformed(err)
	}
	return named{&bounded{ReadCloser: unpacked, left: MaxBody, most: MaxBody}}, nil
}

// malformed turns what went wrong while a body was read into an Invalid error, except what says
// more already: too large, too slow, given up.
func malformed(err error) error {
	_, big := errors.AsType[*http.MaxBytesError](err)
	_, slow := errors.AsType[*edge.SlowBody](err)
	if _, ours := errors.AsType[*errs.E](err); big || slow || ours || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return &http.MaxBytesError{Limit: MaxBody}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &errs.E{Kind: errs.Invalid, Message: "the body ends in the middle: send it again", Err: err}
	}
	return &errs.E{Kind: errs.Invalid, Message: "the body cannot be unpacked or read", Err: err}
}

// unpack is what is in a body. Most is how many bytes are taken where all has to be unpacked at once.
func unpack(body io.Reader, coding string, most int64) (io.ReadCloser, error) {
	if plain(coding) {
		return io.NopCloser(body), nil
	}
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(body)
	case "zstd":
		d, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(MaxBody))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case "snappy", "x-snappy-framed":
		return unsnap(body, most)
	case "deflate":
		return inflate(body)
	}
	return nil, errs.Invalidf("Content-Encoding %q is not known: send gzip, zstd, snappy, deflate or identity", coding)
}

// snappyStart is how the framed form begins; the block form never does, because its first byte
// would mean a length whose second byte is zero.
const snappyStart = "\xff\x06\x00\x00sNaPpY"

func unsnap(body io.Reader, most int64) (io.ReadCloser, error) {
	b := bufio.NewReader(body)
	if start, _ := b.Peek(len(snappyStart)); string(start) == snappyStart {
		return io.NopCloser(snappy.NewReader(b)), nil
	}
	packed, err := io.ReadAll(&bounded{ReadCloser: io.NopCloser(b), left: most, most: most})
	if err != nil {
		return nil, err
	}
	n, err := snappy.DecodedLen(packed)
	if err != nil {
		return nil, err
	}
	if int64(n) > most {
		return nil, &http.MaxBytesError{Limit: most}
	}
	whole, err := snappy.Decode(nil, packed)
	return io.NopCloser(bytes.NewReader(whole)), err
}

// inflate reads deflate as RFC 9110 §8.4.1.2 means it, in the zlib format, and as some send it,
// without.
func inflate(body io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReader(body)
	head, _ := b.Peek(2)
	if len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

// bounded is a reader that fails when there is more than most.
type bounded struct {
	io.ReadCloser
	left, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		n, err := b.ReadCloser.Read(one[:])
		if n > 0 {
			return 0, &http.MaxBytesError{Limit: b.most}
		}
		return 0, err
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
