package tail

import "bytes"

// verdict says whether a line continues the record before it.
type verdict int

const (
	no verdict = iota
	yes
	unknown // that depends on lines that are not there yet
)

// trace knows how far a record has come in a stack trace. A trace belongs to the line that tells of the trouble:
//
//	ERROR the payment was refused                      its first line
//	java.lang.IllegalStateException: no rate           a header, because a frame follows
//	    at a.B.c(B.java:1)                             frames are indented, or begin with "at "
//	Caused by: …                                       and "... 3 more"
//
// In Python it begins with "Traceback" and ends with the exception, which is not indented. In Go an empty line and
// "goroutine 1 [running]:" follow "panic: …", and then functions, each with its place below it.
type trace struct {
	trouble bool // the first line tells of it
	python  bool // the exception is still to come
	routine bool // of Go
}

func traceOf(first []byte) trace {
	return trace{trouble: tellsOfTrouble(first), python: bytes.HasPrefix(first, traceback), routine: bytes.HasPrefix(first, goroutine)}
}

var (
	traceback = []byte("Traceback (most recent call last)")
	goroutine = []byte("goroutine ")
)

// troubles are words with which lines tell of it.
var troubles = [][]byte{[]byte("error"), []byte("warn"), []byte("fatal"), []byte("severe"), []byte("crit"), []byte("exception"), []byte("fail"), []byte("panic")}

func tellsOfTrouble(line []byte) bool {
	lower := bytes.ToLower(line[:min(len(line), 512)])
	for _, word := range troubles {
		if bytes.Contains(lower, word) {
			return true
		}
	}
	return false
}

// take reports whether a line goes on with the record. What follows it is asked for only where that decides: known is
// false while it may yet be written.
func (t *trace) take(line []byte, follows func() (next []byte, known bool)) verdict {
	switch {
	case bytes.HasPrefix(line, traceback):
		if !t.trouble && !t.python {
			return no
		}
		t.python = true
		return yes
	case bytes.HasPrefix(line, goroutine) && t.trouble:
		t.routine = true
		return yes
	case frame(line):
		return yes
	case t.python && exception(line):
		t.python = false
		return yes
	}
	var goesOn func(next []byte) bool
	switch {
	case len(line) == 0:
		goesOn = t.resumes
	case t.trouble && exception(line):
		goesOn = frame
	case t.routine && bytes.HasSuffix(line, []byte(")")):
		goesOn = func(next []byte) bool { return bytes.HasPrefix(next, []byte("\t")) }
	default:
		return no
	}
	next, known := follows()
	switch {
	case goesOn(next):
		return yes
	case known:
		return no
	}
	return unknown
}

// resumes reports whether a line goes on with a trace after an empty one.
func (t *trace) resumes(line []byte) bool {
	if t.trouble && bytes.HasPrefix(line, goroutine) {
		return true
	}
	return begins(line, "During handling of the above exception", "The above exception was the direct cause") || t.trouble && bytes.HasPrefix(line, traceback)
}

// frame reports whether a line looks like one within a stack trace, whatever stands before it.
func frame(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	if line[0] == ' ' || line[0] == '\t' {
		return len(bytes.TrimSpace(line)) > 0
	}
	return begins(line, "Caused by:", "Suppressed:", "at ", "... ", "created by ", "[signal ", "During handling of the above exception",
		"The above exception was the direct cause")
}

func begins(line []byte, with ...string) bool {
	for _, w := range with {
		if bytes.HasPrefix(line, []byte(w)) {
			return true
		}
	}
	return false
}

// exception reports whether a line begins with the name of one: java.io.IOException, ValueError, KeyboardInterrupt.
func exception(line []byte) bool {
	name, _, _ := bytes.Cut(line[:min(len(line), 256)], []byte(":"))
	if bytes.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return false
	}
	last := name[bytes.LastIndexByte(name, '.')+1:]
	if len(last) == 0 || last[0] < 'A' || last[0] > 'Z' {
		return false
	}
	for _, end := range []string{"Exception", "Error", "Throwable", "Interrupt", "Exit", "Failure", "Fault", "Warning"} {
		if bytes.HasSuffix(last, []byte(end)) {
			return true
		}
	}
	return false
}
