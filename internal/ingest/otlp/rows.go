package otlp

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/format"
)

// rows makes a row of each record and hands it to add, up to its first error.
func rows(logs plog.Logs, params *receive.Params, add func(signal.Row) error) error {
	for _, resource := range logs.ResourceLogs().All() {
		common := attributes(nil, "", resource.Resource().Attributes())
		stream := make([]string, len(common))
		for i, f := range common {
			stream[i] = f.Name
		}
		for _, scope := range resource.ScopeLogs().All() {
			shared := scopeFields(common[:len(common):len(common)], scope.Scope())
			for _, record := range scope.LogRecords().All() {
				if err := add(rowOf(record, shared, stream, params)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func scopeFields(fields []signal.Field, s pcommon.InstrumentationScope) []signal.Field {
	if s.Name() != "" {
		fields = append(fields, signal.Field{Name: "scope.name", Value: s.Name()})
	}
	if s.Version() != "" {
		fields = append(fields, signal.Field{Name: "scope.version", Value: s.Version()})
	}
	return attributes(fields, "scope.attributes", s.Attributes())
}

func rowOf(r plog.LogRecord, shared []signal.Field, stream []string, params *receive.Params) signal.Row {
	row := signal.Row{Time: instant(r), Stream: stream}
	row.Fields = append(make([]signal.Field, 0, len(shared)+r.Attributes().Len()+8), shared...)
	row.Fields = append(row.Fields, body(r.Body(), params)...)
	row.Fields = attributes(row.Fields, "", r.Attributes())
	add := func(name, value string) {
		if value != "" {
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
		}
	}
	if id := r.TraceID(); !id.IsEmpty() {
		add("trace_id", id.String())
	}
	if id := r.SpanID(); !id.IsEmpty() {
		add("span_id", id.String())
	}
	add("event_name", r.EventName())
	number := r.SeverityNumber()
	if text := r.SeverityText(); text != "" {
		add("severity", text)
	} else if number != plog.SeverityNumberUnspecified {
		add("severity", number.String())
	}
	if number != plog.SeverityNumberUnspecified {
		add("severity_number", strconv.Itoa(int(number)))
	}
	if row.Get("level") == "" {
		add("level", levelOf(number, r.SeverityText()))
	}
	return row
}

// levelOf is the level of a severity number: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error,
// 21-24 fatal; without one, what the text means.
func levelOf(number plog.SeverityNumber, text string) string {
	if number < 1 || number > 24 {
		return format.Level(strings.TrimRight(text, "0123456789"))
	}
	return [...]string{"trace", "debug", "info", "warn", "error", "fatal"}[(number-1)/4]
}

// instant is the record's own time, or when it was observed; zero when neither is known.
func instant(r plog.LogRecord) time.Time {
	at := r.Timestamp()
	if at == 0 {
		at = r.ObservedTimestamp()
	}
	if at == 0 {
		return time.Time{}
	}
	return at.AsTime()
}

// body is what the record says: a text is the line itself, a map is fields.
func body(v pcommon.Value, params *receive.Params) []signal.Field {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return nil
	case pcommon.ValueTypeMap:
		row := signal.Row{Fields: attributes(nil, "", v.Map())}
		params.Shape(&row) // its time is the record's
		return row.Fields
	}
	return []signal.Field{{Name: signal.Message, Value: text(v)}}
}

// attributes appends the members of a map, nested ones as a.b.c.
func attributes(fields []signal.Field, prefix string, m pcommon.Map) []signal.Field {
	for name, v := range m.All() {
		if prefix != "" {
			name = prefix + "." + name
		}
		switch v.Type() {
		case pcommon.ValueTypeEmpty:
		case pcommon.ValueTypeMap:
			fields = attributes(fields, name, v.Map())
		default:
			fields = append(fields, signal.Field{Name: name, Value: text(v)})
		}
	}
	return fields
}

// text is a value that is no map.
func text(v pcommon.Value) string {
	if v.Type() != pcommon.ValueTypeSlice {
		return v.AsString()
	}
	b, err := json.Marshal(v.Slice().AsRaw())
	if err != nil { // a number that JSON does not have
		return v.AsString()
	}
	return string(b)
}
