package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/format"
	"mainstay/internal/web/action"
	websource "mainstay/internal/web/source"
)

// sourceRoutes are the pages of log sources, which show what only app knows.
func (a *App) sourceRoutes() []action.Route {
	return websource.Routes(websource.Config{
		Sources: a.Rooms.Sources, Catalogue: a.Rooms.Catalogue, Clock: clock.Wall(), BaseURL: a.BaseURL,
		Log: websource.Log{Way: a.logWay, Read: readText, Unpack: receive.Unpacked, Store: a.storeText},
	})
}

// logWay is logStatus for the pages.
func (a *App) logWay() websource.Way {
	st := a.Logs.Status()
	s := st.Spool
	out := websource.Way{
		Up: st.Engine.Up, Since: st.Engine.Since, Reason: st.Engine.Reason, Restarts: st.Engine.Restarts, SetAside: a.daysSetAside(),
		Bytes: s.Bytes, Limit: s.Limit, Free: s.Free, Full: s.Full, Oldest: s.Oldest, Sync: s.LastSync, Damaged: s.Damage.Bytes, Torn: s.Damage.Cut,
		Waiting: st.Waiting, Unsettled: st.Unsettled, Sent: st.Sent, Repeated: st.Repeated, Refused: st.Refused, Failing: st.Failing,
	}
	out.Syslog = a.syslogWay()
	if s.Failure != nil {
		out.Failure = s.Failure.Error()
	}
	for _, l := range s.Readers {
		out.Readers = append(out.Readers, websource.Reader{Name: l.Reader, Bytes: l.Bytes, Rows: l.Rows, Oldest: l.Oldest})
	}
	return out
}

// readText takes a text apart as an upload for a source would.
func readText(spec source.Spec, text string) (rows []signal.Row, kind string, err error) {
	p := format.New(receive.TextOptions(source.Source{Spec: spec}, clock.Wall().Now()), func(row signal.Row, _ int) error {
		rows = append(rows, row)
		return nil
	})
	lines := receive.NewLines(bytes.NewReader([]byte(text)))
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, "", err
		}
		if err := p.Line(line); err != nil {
			return nil, "", err
		}
	}
	err = p.Close()
	return rows, string(p.Kind), err
}

// storeText stores a text that somebody uploads on a page.
func (a *App) storeText(ctx context.Context, from source.Sender, t websource.Text) (websource.Stored, error) {
	src := from.Source
	if t.Format != "" {
		src.Spec.Parse = source.Format(t.Format)
	}
	if t.Zone != "" {
		src.Spec.Zone = t.Zone
	}
	body, err := receive.Unpacked(t.Body)
	if err != nil {
		return websource.Stored{}, unreadable(err)
	}
	d := receive.NewDelivery(ctx, a.Rooms.Sources, from)
	now, past := clock.Wall().Now(), time.Time{}
	if !t.Live {
		past = now
		d.Past(past)
	}
	kind, err := receive.Text(d, body, receive.TextOptions(src, now), nil)
	return websource.Stored{Lines: d.Stored, Unparsed: d.UnparsedCount, Format: string(kind), Misdated: d.Receipt.Misdated, TimeError: d.Receipt.Why,
		First: d.Receipt.First, Last: d.Receipt.Last, Query: receive.QueryFor(src.Name, d.Receipt, past)}, unreadable(err)
}

// unreadable says what is wrong with a file, when it is not that it cannot be stored.
func unreadable(err error) error {
	if _, ours := errors.AsType[*errs.E](err); err == nil || ours {
		return err
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return errs.Invalidf("the file is larger than %d MiB when it is unpacked: store it in pieces", receive.MaxBody>>20)
	}
	return &errs.E{Kind: errs.Invalid, Message: "the file cannot be unpacked or read", Err: err}
}
