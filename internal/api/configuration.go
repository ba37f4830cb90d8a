package api

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
	"mainstay/internal/config"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// Documents is configuration as code, file by file.
type Documents struct {
	Documents []Document `json:"documents"`
}

// Document is one YAML file, which may hold several objects.
type Document struct {
	File string `json:"file" doc:"What it is called in errors."`
	Text string `json:"text" doc:"YAML."`
}

func (a *API) configuration() {
	a.raw(post("/config/apply", people.ConfigApply, "Apply configuration as code: all of it or nothing"), a.describeApply, a.apply)
	a.raw(get("/config/export", people.ConfigExport, "Write the configuration as code"), a.describeExport, a.export)
	a.raw(get("/config/schema", "", "Get the JSON Schema of the configuration, for editors"), describeSchema, a.schema)
}

func (a *API) describeApply(op *huma.Operation) {
	registry := a.huma.OpenAPI().Components.Schemas
	op.Parameters = []*huma.Param{{Name: "dry_run", In: "query", Schema: &huma.Schema{Type: "boolean"},
		Description: "Say what would change, and change nothing."}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: registry.Schema(reflect.TypeFor[Documents](), true, "")},
		"application/yaml": {Schema: &huma.Schema{Type: "string"}},
	}}
	op.Responses = map[string]*huma.Response{"200": {Description: "What changed.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: registry.Schema(reflect.TypeFor[config.Diff](), true, "")}}}}
}

// apply takes {"documents":[{"file":…,"text":…}]}, or YAML as it is.
func (a *API) apply(w http.ResponseWriter, r *http.Request) {
	files, err := a.documents(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	dry := false
	if text := r.URL.Query().Get("dry_run"); text != "" {
		if dry, err = strconv.ParseBool(text); err != nil {
			a.fail(w, r, &errs.E{Kind: errs.Invalid, Message: "the request is not valid",
				Fields: []errs.Field{{Path: "dry_run", Message: "must be true or false"}}})
			return
		}
	}
	do := a.Configuration.Apply
	if dry {
		do = a.Configuration.Plan
	}
	diff, err := do(r.Context(), edge.Actor(r.Context()), files)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	diff.Objects = orEmpty(diff.Objects)
	a.write(w, r, http.StatusOK, diff)
}

func (a *API) documents(r *http.Request) ([]config.File, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, cutOff(err)
	}
	if !isJSON(r) {
		if len(bytes.TrimSpace(body)) == 0 {
			return nil, &errs.E{Kind: errs.Invalid, Message: "the request is not valid", Fields: []errs.Field{{Path: "body", Message: "must be YAML, but it is empty"}}}
		}
		return []config.File{{Name: fileName(r), Text: string(body)}}, nil
	}
	in, err := a.readDocuments(body)
	if err != nil {
		return nil, err
	}
	files := make([]config.File, len(in.Documents))
	for i, d := range in.Documents {
		files[i] = config.File{Name: d.File, Text: d.Text}
		if d.File == "" {
			files[i].Name = fmt.Sprintf("documents[%d]", i)
		}
	}
	return files, nil
}

// readDocuments reads sound JSON, as admit has seen, by the rules of all other bodies.
func (a *API) readDocuments(body []byte) (in Documents, err error) {
	var sent any
	if err := strictjson.Into(body, &sent); err != nil {
		return in, err
	}
	registry, found := a.huma.OpenAPI().Components.Schemas, &huma.ValidateResult{}
	huma.Validate(registry, registry.Schema(reflect.TypeFor[Documents](), true, ""), huma.NewPathBuffer([]byte("body"), len("body")),
		huma.ModeWriteToServer, sent, found)
	if len(found.Errors) > 0 {
		return in, &errs.E{Kind: errs.Invalid, Message: "the request is not valid", Fields: translate(0, "", found.Errors).Errors}
	}
	if err := strictjson.Into(body, &in); err != nil {
		return in, err
	}
	var c errs.Check
	c.Require(len(in.Documents) > 0, "documents", `must have at least one document, such as {"file": "bank.yaml", "text": "…"}`)
	return in, c.Err("the request")
}

// fileName is what a YAML body is called in errors: the name in Content-Disposition, if any.
func fileName(r *http.Request) string {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return "body"
	}
	return params["filename"]
}

func (a *API) describeExport(op *huma.Operation) {
	registry := a.huma.OpenAPI().Components.Schemas
	op.Parameters = []*huma.Param{{Name: "format", In: "query", Schema: &huma.Schema{Type: "string", Enum: []any{"json", "yaml"}},
		Description: "One YAML text instead of JSON with one document per kind."}}
	op.Responses = map[string]*huma.Response{"200": {Description: "Everything.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: registry.Schema(reflect.TypeFor[Documents](), true, "")},
		"application/yaml": {Schema: &huma.Schema{Type: "string"}}}}}
}

func (a *API) export(w http.ResponseWriter, r *http.Request) {
	files, err := a.Configuration.Export(r.Context(), edge.Actor(r.Context()))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if r.URL.Query().Get("format") == "yaml" {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = io.WriteString(w, config.Join(files)) // an answer that cannot be written has lost its reader
		return
	}
	out := Documents{Documents: []Document{}}
	for _, f := range files {
		out.Documents = append(out.Documents, Document{f.Name, f.Text})
	}
	a.write(w, r, http.StatusOK, out)
}

func describeSchema(op *huma.Operation) {
	op.Responses = map[string]*huma.Response{"200": {Description: "A JSON Schema.", Content: map[string]*huma.MediaType{
		"application/schema+json": {Schema: &huma.Schema{Type: "object"}}}}}
}

func (a *API) schema(w http.ResponseWriter, r *http.Request) {
	text, err := a.Configuration.Schema()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/schema+json")
	_, _ = w.Write(text)
}
