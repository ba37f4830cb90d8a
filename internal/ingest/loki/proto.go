package loki

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// fields calls visit with each field of a message. Fields of other types than expected are passed
// over, as protobuf asks.
func fields(b []byte, visit func(n protowire.Number, text []byte, number uint64) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var text []byte
		var number uint64
		switch kind {
		case protowire.BytesType:
			text, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(b)
		default:
			size = protowire.ConsumeFieldValue(n, kind, b)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		if err := visit(n, text, number); err != nil {
			return err
		}
	}
	return nil
}

// fromProto reads
//
//	message PushRequest   { repeated Stream streams = 1; }
//	message Stream        { string labels = 1; repeated Entry entries = 2; }
//	message Entry         { Timestamp timestamp = 1; string line = 2; repeated LabelPair structuredMetadata = 3; }
//	message LabelPair     { string name = 1; string value = 2; }
func fromProto(body []byte) ([]batch, error) {
	var out []batch
	err := fields(body, func(n protowire.Number, text []byte, _ uint64) error {
		if n != 1 {
			return nil
		}
		b, err := streamOf(text)
		out = append(out, b)
		return err
	})
	if err != nil {
		return nil, malformed(err)
	}
	return out, nil
}

func malformed(err error) error {
	return errs.Invalidf("the body is no push request in protobuf (for JSON send Content-Type: application/json): %v", err)
}

// protoSize counts streams, entries and metadata without reading what is in them.
func protoSize(body []byte) (s receive.Size, err error) {
	err = fields(body, func(n protowire.Number, stream []byte, _ uint64) error {
		if n != 1 {
			return nil
		}
		s.Records++
		return fields(stream, func(n protowire.Number, entry []byte, _ uint64) error {
			switch n {
			case 1:
				s.Values += bytes.Count(entry, []byte("=")) // labels in one text
			case 2:
				s.Records++
				return fields(entry, func(n protowire.Number, _ []byte, _ uint64) error {
					if n == 3 {
						s.Values++
					}
					return nil
				})
			}
			return nil
		})
	})
	if err != nil {
		return s, malformed(err)
	}
	return s, nil
}

func streamOf(body []byte) (b batch, err error) {
	labels := ""
	err = fields(body, func(n protowire.Number, text []byte, _ uint64) error {
		switch n {
		case 1:
			labels = string(text)
		case 2:
			e, err := protoEntry(text)
			b.entries = append(b.entries, e)
			return err
		}
		return nil
	})
	b.labels, b.fault = labelsOf(labels)
	b.names = namesOf(b.labels)
	if b.fault != "" {
		b.labels = append(b.labels, signal.Field{Name: "labels", Value: labels})
	}
	return b, err
}

func protoEntry(body []byte) (e entry, err error) {
	return e, fields(body, func(n protowire.Number, text []byte, _ uint64) (err error) {
		switch n {
		case 1:
			e.at, err = protoTime(text)
		case 2:
			e.line = string(text)
		case 3:
			var pair signal.Field
			err = fields(text, func(n protowire.Number, text []byte, _ uint64) error {
				switch n {
				case 1:
					pair.Name = string(text)
				case 2:
					pair.Value = string(text)
				}
				return nil
			})
			e.metadata = append(e.metadata, pair)
		}
		return err
	})
}

// protoTime reads a google.protobuf.Timestamp; the zero instant is not known.
func protoTime(body []byte) (time.Time, error) {
	var seconds, nanos int64
	err := fields(body, func(n protowire.Number, _ []byte, number uint64) error {
		switch n {
		case 1:
			seconds = int64(number)
		case 2:
			nanos = int64(int32(number)) //nolint:gosec // as the format has it
		}
		return nil
	})
	if seconds == 0 && nanos == 0 {
		return time.Time{}, err
	}
	return time.Unix(seconds, nanos).UTC(), err
}

// labelsOf reads {name="value", …}. Why is "" when all could be read; else what could is there.
func labelsOf(s string) (out []signal.Field, why string) {
	s = strings.TrimSpace(s)
	inner, ok := strings.CutPrefix(s, "{")
	inner, ok2 := strings.CutSuffix(inner, "}")
	if !ok || !ok2 {
		return nil, "labels: they must stand in braces"
	}
	for s = strings.TrimSpace(inner); s != ""; {
		name, rest, found := strings.Cut(s, "=")
		rest = strings.TrimLeft(rest, " ")
		text, err := strconv.QuotedPrefix(rest)
		if !found || err != nil {
			return out, `labels: they must be written name="value"`
		}
		value, err := strconv.Unquote(text)
		if err != nil {
			return out, "labels: a value cannot be read"
		}
		out = append(out, signal.Field{Name: strings.TrimSpace(name), Value: value})
		s = strings.TrimLeft(rest[len(text):], " ")
		after, comma := strings.CutPrefix(s, ",")
		if s != "" && !comma {
			return out, "labels: a comma is missing"
		}
		s = strings.TrimLeft(after, " ")
	}
	return out, ""
}
