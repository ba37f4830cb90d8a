package metricstore

import (
	"context"
	"errors"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/wire"
	"mainstay/internal/engine/signal"
)

// names of the formats, for people.
var formats = map[signal.SampleFormat]string{
	signal.RemoteWrite1: "remote write", signal.RemoteWrite2: "remote write", signal.OTLPProto: "OTLP", signal.OTLPJSON: "OTLP", signal.Exposition: "text",
}

// AppendBody stores what a sender wrote in one of the formats. It is of signal.Samples.
func (s *Store) AppendBody(ctx context.Context, body signal.SampleBody) (signal.Taken, error) {
	into := s.Into(ctx, formats[body.Format])
	if err := decode(ctx, body, into); err != nil {
		return signal.Taken{}, errors.Join(err, into.Rollback())
	}
	if err := into.Commit(); err != nil {
		return signal.Taken{}, err
	}
	return into.Taken(), nil
}

func decode(ctx context.Context, body signal.SampleBody, into *Delivery) error {
	if body.At.IsZero() {
		body.At = into.store.Clock.Now()
	}
	stamp := wire.Stamp{Set: body.Set, Group: body.Group}
	switch body.Format {
	case signal.RemoteWrite1:
		return wire.RemoteWrite1(body.Body, stamp, into)
	case signal.RemoteWrite2:
		return wire.RemoteWrite2(body.Body, stamp, into)
	case signal.OTLPProto, signal.OTLPJSON:
		return wire.OTLP(ctx, body.Body, body.Format == signal.OTLPJSON, stamp, into)
	case signal.Exposition:
		return wire.Text(body.Body, body.ContentType, body.At, stamp, into)
	}
	return errs.Invalidf("samples cannot be read in the format %q", body.Format)
}
