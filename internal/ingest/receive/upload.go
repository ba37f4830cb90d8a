package receive

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"mainstay/internal/base/errs"
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
	Error         string  `json:"error,omitempty"`
}

// Finish answers an upload with its Outcome. The delivery is nil when nobody knows who sends.
func (c Config) Finish(w http.ResponseWriter, r *http.Request, d *Delivery, err error) {
	c.FinishAs(w, r, d, "", err)
}

// FinishAs is Finish with how the lines were read.
func (c Config) FinishAs(w http.ResponseWriter, r *http.Request, d *Delivery, format string, err error) {
	o := Outcome{Format: format}
	if d != nil {
		o.Taken, o.Unparsed, o.UnparsedCount = d.Stored, d.Unparsed, d.UnparsedCount
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
