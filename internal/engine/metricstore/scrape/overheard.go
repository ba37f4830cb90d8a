package scrape

import (
	"context"
	"log/slog"

	"mainstay/internal/engine/metricstore"
)

// overheard passes the library's log on, and hears in it which samples were too far ahead: the library keeps those
// from the store itself, and says so nowhere else.
type overheard struct {
	slog.Handler
	store *metricstore.Store
	attrs []slog.Attr
}

// tooFar is what the library says.
const tooFar = "Out of bounds metric"

// Enabled wants everything, because the library says it at the lowest level.
func (*overheard) Enabled(context.Context, slog.Level) bool { return true }

// Handle takes one record.
func (o *overheard) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == tooFar {
		series := ""
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "series" {
				series = a.Value.String()
			}
			return true
		})
		o.store.RefuseScraped(series, o.value("scrape_pool"), o.value("target"))
	}
	if !o.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return o.Handler.Handle(ctx, r)
}

func (o *overheard) value(key string) string {
	for _, a := range o.attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// WithAttrs remembers what all records have.
func (o *overheard) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &overheard{o.Handler.WithAttrs(attrs), o.store, append(o.attrs[:len(o.attrs):len(o.attrs)], attrs...)}
}

// WithGroup puts what follows into a group.
func (o *overheard) WithGroup(name string) slog.Handler {
	return &overheard{o.Handler.WithGroup(name), o.store, o.attrs}
}
