package admin

import (
	"bufio"
	"io"
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// backup downloads a backup of the running server; key= puts the key file into it.
func (p pages) backup(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.SystemWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	if p.System.Backup == nil {
		return action.Answer{}, errs.Conflictf("these records are backed up with the tools of their database; keep the key file with them")
	}
	withKey := r.PostFormValue("key") != ""
	body, err := stream(func(w io.Writer) error { return p.System.Backup(r.Context(), by, w, withKey) })
	if err != nil {
		return action.Answer{}, err
	}
	name := "mainstay-" + p.Clock.Now().Format("20060102-150405") + ".tar.gz"
	return action.Download(action.File{Name: name, Type: "application/gzip", Body: body}), nil
}

// streamed is what a writer writes while somebody reads it. Closing it stops the writer.
type streamed struct {
	*bufio.Reader
	io.Closer
}

// stream starts write and returns what it writes. An error before the first byte is returned
// here, so that it can still be shown as a page; a later one ends the reading.
func stream(write func(io.Writer) error) (io.ReadCloser, error) {
	out, in := io.Pipe()
	go func() { in.CloseWithError(write(in)) }()
	s := streamed{bufio.NewReader(out), out}
	if _, err := s.Peek(1); err != nil {
		return nil, err
	}
	return s, nil
}
