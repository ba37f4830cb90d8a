package action

import (
	"io"
	"net/http"

	"github.com/a-h/templ"

	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/web/ui"
)

// Answer is what a handler wants the reader to get. Make one with Show, Again, Go, Data,
// Download or Unchanged.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Page is rendered in the frame of the request; nil for the other kinds of answer.
	Page templ.Component
	// To is where to go next, with Messages for the page there.
	To       string
	Messages []ui.Flash
	// JSON is encoded for scripts.
	JSON any
	// File is sent as it is.
	File *File
	// SignIn is the session that the browser gets, SignOut takes from it the one that it has.
	SignIn  *people.Session
	SignOut bool
}

// File is something to download.
type File struct {
	Name, Type string
	Body       io.ReadCloser
}

// Show answers with a page, or a fragment of one.
func Show(page templ.Component) Answer { return Answer{Status: http.StatusOK, Page: page} }

// Again answers a refused form with its page, on which the form shows err.
func Again(page templ.Component, err error) Answer { return Answer{Status: Status(err), Page: page} }

// Go leads to another page, which begins with the messages.
func Go(to string, messages ...ui.Flash) Answer {
	return Answer{Status: http.StatusSeeOther, To: to, Messages: messages}
}

// Data answers a script.
func Data(v any) Answer { return Answer{Status: http.StatusOK, JSON: v} }

// Download answers with a file, never shown inside our own pages.
func Download(f File) Answer { return Answer{Status: http.StatusOK, File: &f} }

// Done is the message that something was done.
func Done(text string) ui.Flash { return ui.Flash{Tone: ui.ToneOK, Text: text} }

// Careful is a message that deserves a second look.
func Careful(text string) ui.Flash { return ui.Flash{Tone: ui.ToneWarn, Text: text} }

// Failed is the message that something was not done.
func Failed(text string) ui.Flash { return ui.Flash{Tone: ui.ToneBad, Text: text} }

// Status is the HTTP status of an error.
func Status(err error) int { return edge.ProblemOf(err).Status }
