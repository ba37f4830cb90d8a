package receive

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
)

// Files calls read with the body, or with each file of it when it is multipart/form-data. Values
// of such a form that are no files are passed over.
func Files(r *http.Request, body io.Reader, read func(io.Reader) error) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return read(body)
	}
	parts, found := multipart.NewReader(body, params["boundary"]), false
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) && found {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errs.Invalidf("the form has no file: send one, as curl -F file=@app.log does, or the lines as the body")
		}
		if err != nil {
			return malformed(err)
		}
		if part.FileName() == "" {
			continue
		}
		found = true
		if err := read(part); err != nil {
			return err
		}
	}
}

// Outcome is what an upload of lines answers.
type Outcome struct {
	// Taken is how many lines are safe, counted from the first.
	Taken int `json:"taken"`
	// Format is how the lines were read, where that was found out.
	Format string `json:"format,omitempty"`
	// Unparsed are the first lines that were kept whole, and UnparsedCount how many there are.
	Unparsed      []Noted `json:"unparsed,omitempty"`
	UnparsedCount int     `json:"unparsed_count,omitempty"`
	// Misdated lines are stored under the time of arrival, because their own cannot be, for the reason
	// TimeError.
	Misdated  int64  `json:"misdated,omitempty"`
	TimeError string `json:"time_error,omitempty"`
	// First and Last are the times under which the lines are stored, RFC 3339, and Query finds
	// them with LogsQL: exactly them when they were uploaded as lines of the past.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	Query string `json:"query,omitempty"`
	Error string `json:"error,omitempty"`
}

// QueryFor finds what a source has stored between two instants, both included, and of that only one upload's
// when past is not zero.
func QueryFor(src string, r source.Receipt, past time.Time) string {
	q := fmt.Sprintf("_time:[%s, %s] source:=%s", r.First.UTC().Format(time.RFC3339Nano), r.Last.UTC().Format(time.RFC3339Nano), strconv.Quote(src))
	if !past.IsZero() {
		q += " " + signal.Uploaded + ":=" + strconv.Quote(source.UploadedAt(past))
	}
	return q
}

func (o *Outcome) found(d *Delivery) {
	o.Taken, o.Unparsed, o.UnparsedCount = d.Stored, d.Unparsed, d.UnparsedCount
	o.Misdated, o.TimeError = d.Receipt.Misdated, d.Receipt.Why
	if d.Stored > 0 {
		o.First, o.Last = d.Receipt.First.UTC().Format(time.RFC3339Nano), d.Receipt.Last.UTC().Format(time.RFC3339Nano)
		o.Query = QueryFor(d.from.Source.Name, d.Receipt, d.from.Past)
	}
}

// Finish answers an upload with its Outcome. The delivery is nil when nobody knows who sends.
func (c Config) Finish(w http.ResponseWriter, r *http.Request, d *Delivery, err error) {
	c.FinishAs(w, r, d, "", err)
}

// FinishAs is Finish with how the lines were read.
func (c Config) FinishAs(w http.ResponseWriter, r *http.Request, d *Delivery, format string, err error) {
	o := Outcome{Format: format}
	if d != nil {
		o.found(d)
	}
	if err == nil {
		c.JSON(w, r, http.StatusOK, o)
		return
	}
	f := c.Failure(r, err, o.Taken)
	o.Error = f.Text
	w.Header().Set("Content-Type", "application/json")
	f.Header(w)
	c.Encode(w, r, o)
}
