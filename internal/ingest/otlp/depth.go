package otlp

import (
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/receive"
)

// message is a kind of message of opentelemetry/proto/logs/v1 or metrics/v1, as far as it can hold others.
type message int

const (
	none message = iota
	request
	resourceLogs
	resource
	scopeLogs
	scope
	logRecord
	keyValue
	anyValue
	arrayValue
	keyValueList
	entity
	entityKey

	metricRequest
	resourceMetrics
	scopeMetrics
	metric
	numbers // gauge and sum
	number
	histogram
	bucketed
	summary
	quantiles
	exponential
	exponentialPoint
	exemplar
	quantile
)

// inside says which messages stand in which fields of others.
var inside = map[message]map[protowire.Number]message{
	request:      {1: resourceLogs},
	resourceLogs: {1: resource, 2: scopeLogs, 1000: scopeLogs}, // where they were before 1.0
	resource:     {1: keyValue, 3: entity},
	scopeLogs:    {1: scope, 2: logRecord},
	scope:        {3: keyValue},
	logRecord:    {5: anyValue, 6: keyValue},
	keyValue:     {2: anyValue},
	anyValue:     {5: arrayValue, 6: keyValueList},
	arrayValue:   {1: anyValue},
	keyValueList: {1: keyValue},
	entity:       {3: entityKey, 4: entityKey}, // texts

	metricRequest:    {1: resourceMetrics},
	resourceMetrics:  {1: resource, 2: scopeMetrics, 1000: scopeMetrics},
	scopeMetrics:     {1: scope, 2: metric},
	metric:           {5: numbers, 7: numbers, 9: histogram, 10: exponential, 11: summary, 12: keyValue},
	numbers:          {1: number},
	number:           {5: exemplar, 7: keyValue},
	histogram:        {1: bucketed},
	bucketed:         {8: exemplar, 9: keyValue},
	summary:          {1: quantiles},
	quantiles:        {6: quantile, 7: keyValue},
	exponential:      {1: exponentialPoint},
	exponentialPoint: {1: keyValue, 11: exemplar},
	exemplar:         {7: keyValue},
}

// count adds a message to the size: records and what holds them, and all others, which are less.
func count(s *receive.Size, m message) {
	switch m {
	case resourceLogs, scopeLogs, logRecord, entity, resourceMetrics, scopeMetrics, metric, number, bucketed, quantiles, exponentialPoint:
		s.Records++
	default:
		s.Values++
	}
}

// shallow adds to the size what stands in a message, and refuses values that are nested deeper than
// maxDepth: the parser goes down into them, and a stack that overflows would end the whole server. What
// is malformed the parser refuses itself.
func shallow(b []byte, m message, depth int, s *receive.Size) error {
	if depth > maxDepth {
		return errs.Invalidf("nested deeper than %d", maxDepth)
	}
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		size = protowire.ConsumeFieldValue(n, kind, b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		if child := inside[m][n]; child != none && kind == protowire.BytesType {
			count(s, child)
			text, _ := protowire.ConsumeBytes(b)
			if err := within(text, child, depth+1, s); err != nil {
				return err
			}
		}
		b = b[size:]
	}
	return nil
}

func within(b []byte, m message, depth int, s *receive.Size) error {
	if m == entityKey || m == quantile {
		return nil
	}
	return shallow(b, m, depth, s)
}
