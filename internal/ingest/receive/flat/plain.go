package flat

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// plain reads an object without objects and arrays in it, as most lines are, into marks: without
// building what a parser builds. It returns false when it finds anything else, and what it does not
// know, which may still be JSON; then nothing that it left counts.
func (f *Flattener) plain(b []byte) bool {
	f.begin()
	at := space(b, 0)
	if !has(b, at, '{') {
		return false
	}
	for {
		at = space(b, at+1)
		if at = f.plainName(b, at); at < 0 || !has(b, at, ':') {
			return false
		}
		if at = f.plainValue(b, space(b, at+1)); at < 0 {
			return false
		}
		switch at = space(b, at); {
		case has(b, at, '}'):
			return space(b, at+1) == len(b)
		case !has(b, at, ','):
			return false
		}
	}
}

func has(b []byte, at int, c byte) bool { return at < len(b) && b[at] == c }

func space(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\t' || b[at] == '\n' || b[at] == '\r') {
		at++
	}
	return at
}

// plainName reads a name into prefix, and returns where what follows begins, -1 for what it does
// not know.
func (f *Flattener) plainName(b []byte, at int) int {
	if !has(b, at, '"') {
		return -1
	}
	n := bytes.IndexByte(b[at+1:], '"')
	if n < 0 || bytes.IndexByte(b[at+1:at+1+n], '\\') >= 0 {
		return -1
	}
	f.prefix = append(f.prefix[:0], b[at+1:at+1+n]...)
	return space(b, at+n+2)
}

// plainValue reads a value, and returns where it ends, -1 for what it does not know.
func (f *Flattener) plainValue(b []byte, at int) int {
	start := at
	switch {
	case has(b, at, '"'):
		if at = f.plainText(b, at+1); at < 0 {
			return -1
		}
		f.marks = append(f.marks, mark{f.name(), len(f.text)})
		return at
	case bytes.HasPrefix(b[at:], []byte("null")):
		return at + len("null")
	case bytes.HasPrefix(b[at:], []byte("true")):
		at += len("true")
	case bytes.HasPrefix(b[at:], []byte("false")):
		at += len("false")
	default:
		if has(b, at, '-') {
			at++
		}
		digits := at
		for at < len(b) && '0' <= b[at] && b[at] <= '9' {
			at++
		}
		if at == digits {
			return -1
		}
	}
	f.text = append(f.text, b[start:at]...)
	f.marks = append(f.marks, mark{f.name(), len(f.text)})
	return at
}

// plainText reads a text behind its first quote, and returns where it ends behind the last one.
func (f *Flattener) plainText(b []byte, at int) int {
	end := -1 // of the next quote
	for {
		if end < at {
			n := bytes.IndexByte(b[at:], '"')
			if n < 0 {
				return -1
			}
			end = at + n
		}
		n := bytes.IndexByte(b[at:end], '\\')
		if n < 0 {
			f.text = append(f.text, b[at:end]...)
			return end + 1
		}
		f.text = append(f.text, b[at:at+n]...)
		if at = f.escaped(b, at+n+1); at < 0 {
			return -1
		}
	}
}

// escapes are what stands for bytes behind a backslash (RFC 8259 §7).
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped reads what stands behind a backslash. Pairs of surrogates it does not know.
func (f *Flattener) escaped(b []byte, at int) int {
	if at >= len(b) {
		return -1
	}
	if c := escapes[b[at]]; c != 0 {
		f.text = append(f.text, c)
		return at + 1
	}
	if b[at] != 'u' || at+5 > len(b) {
		return -1
	}
	var r rune
	for _, c := range b[at+1 : at+5] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	if utf16.IsSurrogate(r) {
		return -1
	}
	f.text = utf8.AppendRune(f.text, r)
	return at + 5
}
