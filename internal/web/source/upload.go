package source

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// uploadPage is lines on their way in by hand.
type uploadPage struct {
	source, format, zone, text string
	live                       bool // log rules judge the lines

	err     error
	sources []ui.Option
	preview *preview
	done    []stored
}

// preview is how text was recognised, before it is stored.
type preview struct {
	format   string
	rows     []signal.Row
	unparsed int
}

// stored is what became of one file.
type stored struct {
	name string
	Stored
}

func (p pages) uploadForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.uploaded(r, by, uploadPage{source: r.URL.Query().Get("source")})
}

func (p pages) uploaded(r *http.Request, by actor.Actor, in uploadPage) (action.Answer, error) {
	list, err := p.Sources.Sources(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	for _, src := range list {
		in.sources = append(in.sources, ui.Option{Value: src.Name, Label: src.Title()})
	}
	if in.source == "" {
		in.source = source.Direct
	}
	if in.err != nil {
		return action.Again(uploadForm(in), in.err), nil
	}
	return action.Show(uploadForm(in)), nil
}

// upload stores the files and the text of the form, or shows how they would be read.
func (p pages) upload(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := uploadPage{source: action.Line(r, "source"), format: action.Line(r, "format"), zone: action.Line(r, "zone"),
		live: action.Line(r, "live") != "",
		text: strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")}
	from, err := p.Sources.SenderFor(r.Context(), by, in.source)
	if err == nil {
		var c errs.Check
		source.Spec{Parse: source.Format(in.format), Zone: in.zone}.Validate(&c)
		err = c.Err("the upload")
	}
	if err == nil && action.Line(r, "do") == "preview" {
		err = p.look(&in, from, r)
	} else if err == nil {
		err = p.store(&in, from, r)
	}
	if err != nil && !refused(err) && !errs.Is(err, errs.Unavailable) {
		return action.Answer{}, err
	}
	in.err = err
	return p.uploaded(r, by, in)
}

// peeked is how much of a file the preview reads, in bytes.
const peeked = 64 << 10

// peek is the beginning of what is in a file.
func (p pages) peek(file io.Reader) (string, error) {
	in, err := p.Log.Unpack(file)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(in, peeked))
	return string(b), err
}

// look reads the beginning of what is to be stored.
func (p pages) look(in *uploadPage, from source.Sender, r *http.Request) error {
	spec := from.Source.Spec
	text := in.text
	if text == "" {
		for _, head := range files(r) {
			f, err := head.Open()
			if err != nil {
				return err
			}
			text, err = p.peek(f)
			if err := f.Close(); err != nil {
				return err
			}
			if err != nil {
				return err
			}
			break
		}
	}
	text = text[:min(len(text), peeked)]
	if strings.TrimSpace(text) == "" {
		return nothing()
	}
	if in.format != "" {
		spec.Parse = source.Format(in.format)
	}
	if in.zone != "" {
		spec.Zone = in.zone
	}
	rows, format, err := p.Log.Read(spec, strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		return err
	}
	rows, err = p.Sources.Preview(r.Context(), from, rows)
	in.preview = &preview{format: format, rows: rows}
	for _, row := range rows {
		if row.Get(signal.ParseError) != "" {
			in.preview.unparsed++
		}
	}
	return err
}

func nothing() error {
	var c errs.Check
	c.Add("files", "choose files, or paste lines")
	return c.Err("the upload")
}

func files(r *http.Request) []*multipart.FileHeader {
	if r.MultipartForm == nil {
		return nil
	}
	return r.MultipartForm.File["files"]
}

// store stores every file in its turn, and the text. What is stored before an error is safe, and
// the page says how much that is.
func (p pages) store(in *uploadPage, from source.Sender, r *http.Request) error {
	list := files(r)
	if len(list) == 0 && strings.TrimSpace(in.text) == "" {
		return nothing()
	}
	one := func(name string, body io.Reader) error {
		out, err := p.Log.Store(r.Context(), from, Text{Format: in.format, Zone: in.zone, Live: in.live, Body: body})
		if out.Lines > 0 || err == nil {
			in.done = append(in.done, stored{name, out})
		}
		return err
	}
	for _, head := range list {
		f, err := head.Open()
		if err != nil {
			return err
		}
		err = one(head.Filename, f)
		if err := f.Close(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
	if strings.TrimSpace(in.text) == "" {
		return nil
	}
	if err := one("what was pasted", strings.NewReader(in.text)); err != nil {
		return err
	}
	in.text = ""
	return nil
}

func (s stored) sentence() string {
	out := s.name + ": " + strconv.Itoa(s.Lines) + " lines stored"
	if s.Format != "" {
		out += ", read as " + s.Format
	}
	if s.Unparsed > 0 {
		out += ", " + strconv.Itoa(s.Unparsed) + " of them kept whole"
	}
	if out += "."; s.Misdated > 0 {
		out += " " + strconv.FormatInt(s.Misdated, 10) + " are under the time of arrival, because their own is " + s.TimeError + "."
	}
	return out
}

// url searches exactly these lines.
func (s stored) url() string {
	q := url.Values{"q": {s.Query}, "range": {"custom"}, "start": {s.First.UTC().Format(time.RFC3339Nano)},
		"end": {s.Last.UTC().Add(time.Second).Format(time.RFC3339Nano)}}
	return "/logs?" + q.Encode()
}

// state is how it went: what was kept whole, or is under another time than its own, is worth a look.
func (in uploadPage) state() ui.State {
	for _, s := range in.done {
		if s.Unparsed > 0 || s.Misdated > 0 || s.Lines == 0 {
			return ui.Warn
		}
	}
	return ui.OK
}

func (p preview) state() ui.State {
	if p.unparsed > 0 {
		return ui.Warn
	}
	return ui.OK
}
