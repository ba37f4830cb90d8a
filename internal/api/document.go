package api

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/strictjson"
	"mainstay/internal/domain/people"
)

// document is what people configure, as they write it: a name and the fields of its spec,
// side by side.
type document[S any] struct {
	Name string
	Spec S
}

// MarshalJSON writes the name in front of the spec's fields.
func (d document[S]) MarshalJSON() ([]byte, error) {
	name, err := json.Marshal(d.Name)
	if err != nil {
		return nil, err
	}
	spec, err := json.Marshal(d.Spec)
	if err != nil {
		return nil, err
	}
	out := append([]byte(`{"name":`), name...)
	if !bytes.Equal(spec, []byte("{}")) {
		out = append(out, ',')
	}
	return append(out, spec[1:]...), nil
}

// Schema describes what MarshalJSON writes.
func (document[S]) Schema(r huma.Registry) *huma.Schema {
	s := (edit[S]{}).Schema(r)
	s.Required = append([]string{"name"}, s.Required...)
	return s
}

// edit is a document as callers send it: they may leave the name out, which is in the path.
type edit[S any] struct{ document[S] }

// UnmarshalJSON reads the name and the spec's fields.
func (e *edit[S]) UnmarshalJSON(text []byte) error {
	var named struct {
		Name string `json:"name"`
	}
	if err := strictjson.Into(text, &named); err != nil {
		return err
	}
	e.Name = named.Name
	return strictjson.Into(text, &e.Spec)
}

// Schema describes what UnmarshalJSON reads.
func (edit[S]) Schema(r huma.Registry) *huma.Schema {
	spec := r.Schema(reflect.TypeFor[S](), false, "")
	fields := maps.Clone(spec.Properties)
	fields["name"] = &huma.Schema{Type: huma.TypeString, Description: "What others call it by; it does not change."}
	return &huma.Schema{Type: huma.TypeObject, Properties: fields, Required: slices.Clone(spec.Required), AdditionalProperties: false}
}

// named refuses a body that is about another record than its path.
func (e edit[S]) named(name string) error {
	var c errs.Check
	c.Require(e.Name == "" || e.Name == name, "name", "must be %q, as in the path, or left out", name)
	return c.Err("the request")
}

// Paging is how every list is asked for.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"How many at most; 50 when left out."`
	Cursor string `query:"cursor" doc:"The \"next\" of the page before."`
}

func (p Paging) request() page.Request { return page.Request{Limit: p.Limit, Cursor: p.Cursor} }

// each shows every item of a list.
func each[T, V any](list page.List[T], show func(T) V) page.List[V] {
	out := page.List[V]{Items: make([]V, len(list.Items)), Next: list.Next}
	for i, item := range list.Items {
		out.Items[i] = show(item)
	}
	return out
}

// whole is a list that fits on one page.
func whole[T, V any](items []T, show func(T) V) page.List[V] {
	return each(page.List[T]{Items: items}, show)
}

// Named is the path of a record with a name.
type Named struct {
	Name string `path:"name" doc:"Name of the record."`
}

type search struct {
	Query string
	page.Request
}

// noun is a kind of record that people configure: what its four routes need.
type noun[S any] struct {
	path        string // "services"
	searched    bool   // whether list looks at search.Query
	one         string // "a service"
	read, write people.Action
	list        func(context.Context, actor.Actor, search) (page.List[document[S]], error)
	get         func(context.Context, actor.Actor, string) (S, error)
	put         func(context.Context, actor.Actor, string, S) error
	remove      func(context.Context, actor.Actor, string) error
}

// configure registers the four routes of a noun.
func configure[S any](a *API, n noun[S]) {
	at := "/" + n.path + "/{name}"
	all := get("/"+n.path, n.read, "List "+n.path+" by name")
	if n.searched {
		add(a, all, func(ctx context.Context, by actor.Actor, in *struct {
			Paging
			Query string `query:"q" maxLength:"200" doc:"Only those with this in name or title."`
		}) (page.List[document[S]], error) {
			return n.list(ctx, by, search{in.Query, in.request()})
		})
	} else {
		add(a, all, func(ctx context.Context, by actor.Actor, in *Paging) (page.List[document[S]], error) {
			return n.list(ctx, by, search{"", in.request()})
		})
	}
	add(a, get(at, n.read, "Get "+n.one), func(ctx context.Context, by actor.Actor, in *Named) (document[S], error) {
		spec, err := n.get(ctx, by, in.Name)
		return document[S]{in.Name, spec}, err
	})
	add(a, put(at, n.write, "Make "+n.one+", or change it to be as the body says"),
		func(ctx context.Context, by actor.Actor, in *struct {
			Named
			Body edit[S]
		}) (document[S], error) {
			if err := in.Body.named(in.Name); err != nil {
				return document[S]{}, err
			}
			if err := n.put(ctx, by, in.Name, in.Body.Spec); err != nil {
				return document[S]{}, err
			}
			spec, err := n.get(ctx, by, in.Name)
			return document[S]{in.Name, spec}, err
		})
	act(a, remove(at, n.write, "Remove "+n.one+" that nothing else names"),
		func(ctx context.Context, by actor.Actor, in *Named) error { return n.remove(ctx, by, in.Name) })
}

// schemaName names the schema of a type after its room and itself: a list of documents of
// customer.Spec is "ListCustomerSpec".
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	var out strings.Builder
	for part := range strings.FieldsFuncSeq(t.PkgPath()+"."+t.Name(), func(r rune) bool { return strings.ContainsRune("[]*,", r) }) {
		room, name, _ := strings.Cut(part[strings.LastIndexByte(part, '/')+1:], ".")
		if name == "" {
			room, name = "", room // a type without a package: string
		}
		if name == "document" {
			continue
		}
		if room != "api" && room != "page" && room != "edge" && !strings.EqualFold(room, name[:min(len(room), len(name))]) {
			out.WriteString(capital(room))
		}
		out.WriteString(capital(name))
	}
	return out.String()
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
