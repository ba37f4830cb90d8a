package flat

// Count is how much there is to parse in a JSON text: objects and lists that are opened, and values,
// of which there are no more than this. It allocates nothing. In what is no JSON it counts at least what
// stands before the fault.
func Count(b []byte) (opened, values int) {
	text := false
	values = 1
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			opened++
			values++
		case c == ',':
			values++
		}
	}
	return opened, values
}

// A line that is longer than longLine bytes is counted before it is parsed, and refused when it has more
// than maxValues values: a value of two bytes takes a hundred in the parser.
const (
	longLine  = 64 << 10
	maxValues = 100_000
)

func tooMany(b []byte) bool {
	if len(b) <= longLine {
		return false
	}
	_, values := Count(b)
	return values > maxValues
}
