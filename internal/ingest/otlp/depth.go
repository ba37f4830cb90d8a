package otlp

import (
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
)

// message is a kind of message of opentelemetry/proto/logs/v1, as far as it can hold others.
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
)

// inside says which messages stand in which fields of others.
var inside = map[message]map[protowire.Number]message{
	request:      {1: resourceLogs},
	resourceLogs: {1: resource, 2: scopeLogs},
	resource:     {1: keyValue},
	scopeLogs:    {1: scope, 2: logRecord},
	scope:        {3: keyValue},
	logRecord:    {5: anyValue, 6: keyValue},
	keyValue:     {2: anyValue},
	anyValue:     {5: arrayValue, 6: keyValueList},
	arrayValue:   {1: anyValue},
	keyValueList: {1: keyValue},
}

// shallow refuses values that are nested deeper than maxDepth: the parser goes down into them, and a
// stack that overflows would end the whole server. What is malformed the parser refuses itself.
func shallow(b []byte, m message, depth int) error {
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
			text, _ := protowire.ConsumeBytes(b)
			if err := shallow(text, child, depth+1); err != nil {
				return err
			}
		}
		b = b[size:]
	}
	return nil
}
