package admin

import (
	"io"
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

type configurationPage struct {
	files    []config.File // as the desk is now
	mayApply bool
	text     string // typed or pasted
	given    []config.File
	diff     *config.Diff // what applying would change
	moved    bool         // the plan that was confirmed no longer holds; diff is the new one
	done     bool         // it has been applied
	err      error
}

// configuration shows the desk as documents, and takes others.
func (p pages) configuration(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.present(r, by)
	return action.Show(configuration(in)), err
}

func (p pages) present(r *http.Request, by actor.Actor) (in configurationPage, err error) {
	in.mayApply = people.Can(by, people.ConfigApply, people.Target{})
	in.files, err = p.Configuration.Export(r.Context(), by)
	return in, err
}

// export downloads all documents as one file, or one kind with ?file=services.yaml.
func (p pages) export(r *http.Request, by actor.Actor) (action.Answer, error) {
	files, err := p.Configuration.Export(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	name, body := "mainstay.yaml", config.Join(files)
	if want := r.URL.Query().Get("file"); want != "" {
		body = ""
		for _, f := range files {
			if f.Name == want {
				name, body = f.Name, f.Text
			}
		}
		if body == "" {
			return action.Answer{}, errs.NotFoundf("the configuration has no file %q", want)
		}
	}
	return action.Download(action.File{Name: name, Type: "application/yaml", Body: io.NopCloser(strings.NewReader(body))}), nil
}

// plan shows what the documents would change, and changes nothing.
func (p pages) plan(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.present(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.text = action.Block(r, "text")
	if in.given, in.err = uploaded(r, in.text); in.err == nil {
		var diff config.Diff
		diff, in.err = p.Configuration.Plan(r.Context(), by, in.given)
		in.diff = &diff
	}
	return p.answer(in)
}

// apply does exactly what the plan showed. When that no longer holds it shows the plan anew.
func (p pages) apply(r *http.Request, by actor.Actor) (action.Answer, error) {
	given, err := confirmed(r)
	if err != nil {
		return action.Answer{}, err
	}
	diff, failed := p.Configuration.ApplyPlanned(r.Context(), by, given, action.Line(r, "plan"))
	moved := errs.Is(failed, errs.Conflict)
	if moved {
		diff, failed = p.Configuration.Plan(r.Context(), by, given)
	}
	in, err := p.present(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.given, in.diff, in.err, in.moved = given, &diff, failed, moved
	in.done = failed == nil && !moved
	return p.answer(in)
}

func (p pages) answer(in configurationPage) (action.Answer, error) {
	switch {
	case in.err == nil && in.moved:
		return action.Answer{Status: http.StatusConflict, Page: configuration(in)}, nil
	case in.err == nil:
		return action.Show(configuration(in)), nil
	case errs.Is(in.err, errs.Internal), errs.Is(in.err, errs.Forbidden):
		return action.Answer{}, in.err
	}
	in.diff = nil
	return action.Again(configuration(in), in.err), nil
}

// lines ends lines with LF, as they come back after a browser has sent them to and fro, so
// that a plan and its confirmation are about the same text.
var lines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// uploaded are the files of the form, or the text that was typed into it.
func uploaded(r *http.Request, text string) ([]config.File, error) {
	var out []config.File
	if r.MultipartForm != nil {
		for _, head := range r.MultipartForm.File["files"] {
			body, err := head.Open()
			if err != nil {
				return nil, err
			}
			b, err := io.ReadAll(io.LimitReader(body, config.MaxBytes+1))
			if err := body.Close(); err != nil {
				return nil, err
			}
			if err != nil {
				return nil, err
			}
			out = append(out, config.File{Name: head.Filename, Text: lines.Replace(string(b))})
		}
	}
	if text != "" {
		out = append(out, config.File{Name: "typed", Text: text + "\n"})
	}
	if len(out) == 0 {
		var c errs.Check
		c.Add("files", "choose files, or paste documents")
		return nil, c.Err("the upload")
	}
	return out, nil
}

// confirmed are the files as the page with the plan sends them back.
func confirmed(r *http.Request) ([]config.File, error) {
	names, texts := action.Picked(r, "file_name"), action.Picked(r, "file_text")
	if len(names) == 0 || len(names) != len(texts) {
		return nil, errs.Invalidf("The files did not arrive whole: upload them again")
	}
	out := make([]config.File, len(names))
	for i := range names {
		out[i] = config.File{Name: names[i], Text: lines.Replace(texts[i])}
	}
	return out, nil
}

// changes counts the objects that a plan changes.
func (in configurationPage) changes() int {
	return in.diff.Count(config.Created) + in.diff.Count(config.Changed)
}
