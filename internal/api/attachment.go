package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// Attachment is a file that is stored with an incident.
type Attachment struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Type    string    `json:"type" doc:"Media type, as the sender named it."`
	Size    int64     `json:"size" doc:"Bytes."`
	SHA256  string    `json:"sha256"`
	Created time.Time `json:"created"`
}

func (a *API) attachments() {
	add(a, get("/incidents/{key}/attachments", people.IncidentRead, "List the files of an incident"), a.listAttachments)
	a.raw(create("/incidents/{key}/attachments", people.IncidentWork, "Store files with an incident"), describeUpload, a.upload)
	a.raw(get("/incidents/{key}/attachments/{id}", people.IncidentRead, "Download a file of an incident"), describeDownload, a.download)
}

func (a *API) listAttachments(ctx context.Context, by actor.Actor, in *Keyed) (page.List[Attachment], error) {
	list, err := a.Incidents.Attachments(ctx, by, in.Key)
	out := page.List[Attachment]{Items: []Attachment{}}
	for _, f := range list {
		out.Items = append(out.Items, Attachment{string(f.ID), f.Name, f.Type, f.Size, f.SHA256, f.Created})
	}
	return out, err
}

var keyParam = &huma.Param{Name: "key", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}

func describeUpload(op *huma.Operation) {
	file := &huma.Schema{Type: "string", Format: "binary"}
	op.Parameters = []*huma.Param{keyParam}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": file}}},
	}}
	op.Responses = map[string]*huma.Response{"201": {Description: "The incident as it is now."}}
}

// upload stores each file of a multipart form as it arrives; nothing is kept in memory.
func (a *API) upload(w http.ResponseWriter, r *http.Request) {
	by := edge.Actor(r.Context())
	parts, err := r.MultipartReader()
	if err != nil {
		edge.Answer(w, r, edge.Malformed(errs.Invalidf("send the file as multipart/form-data")))
		return
	}
	var last *Incident
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			edge.Answer(w, r, edge.Malformed(unreadable(err)))
			return
		}
		if part.FileName() == "" {
			continue
		}
		i, err := a.Incidents.Attach(r.Context(), by, r.PathValue("key"), part.FileName(), part.Header.Get("Content-Type"), part)
		if err != nil {
			a.fail(w, r, unreadable(err))
			return
		}
		v := a.show(i)
		last = &v
	}
	if last == nil {
		edge.Answer(w, r, edge.Malformed(&errs.E{Kind: errs.Invalid, Message: "there is no file in the form",
			Fields: []errs.Field{{Path: "file", Message: "is required"}}}))
		return
	}
	a.write(w, r, http.StatusCreated, last)
}

// unreadable says that a form was cut off or is not well-formed; other errors stay.
func unreadable(err error) error {
	if _, known := errors.AsType[*errs.E](err); known {
		return err
	}
	if _, big := errors.AsType[*http.MaxBytesError](err); big {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.Invalidf("the form ends before its end")
	}
	return err
}

func (a *API) write(w http.ResponseWriter, r *http.Request, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		a.Log.DebugContext(r.Context(), "the caller left before the answer", "request", edge.RequestID(r.Context()), "err", err)
	}
}

func describeDownload(op *huma.Operation) {
	op.Parameters = []*huma.Param{keyParam, {Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}}
	op.Responses = map[string]*huma.Response{"200": {Description: "The file.", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
}

// download sends a file to be saved: a browser must not run what strangers attached.
func (a *API) download(w http.ResponseWriter, r *http.Request) {
	f, content, err := a.Incidents.OpenFile(r.Context(), edge.Actor(r.Context()), r.PathValue("key"), r.PathValue("id"))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("ETag", fmt.Sprintf("%q", f.SHA256))
	if _, err := io.Copy(w, content); err != nil {
		a.Log.DebugContext(r.Context(), "the caller left before the end of the file", "request", edge.RequestID(r.Context()), "err", err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
}
