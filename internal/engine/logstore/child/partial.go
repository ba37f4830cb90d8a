package child

import "net/http"

// wholly passes an answer on, and breaks it off when an error comes after its first rows have left: the
// engine would otherwise write the error's text between the rows, and the caller take the part for the whole.
// The engine's own server does the same.
type wholly struct {
	http.ResponseWriter
	begun  bool // the header has left
	broken bool
}

// WriteHeader sends the header, or notes that what follows is an error of an answer that has begun.
func (w *wholly) WriteHeader(status int) {
	if w.begun {
		w.broken = w.broken || status >= http.StatusBadRequest
		return
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

// Write sends what belongs to the answer.
func (w *wholly) Write(p []byte) (int, error) {
	if w.broken {
		return 0, http.ErrAbortHandler
	}
	w.begun = true
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written: a tail shows lines as they come.
func (w *wholly) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok && !w.broken {
		w.begun = true
		f.Flush()
	}
}

// end breaks the connection of a broken answer.
func (w *wholly) end() {
	if w.broken {
		panic(http.ErrAbortHandler)
	}
}
