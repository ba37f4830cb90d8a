package config

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
)

// schema is the part of JSON Schema (draft 2020-12) that documents need.
type schema struct {
	Schema      string         `json:"$schema,omitempty"`
	ID          string         `json:"$id,omitempty"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	Ref         string         `json:"$ref,omitempty"`
	Type        any            `json:"type,omitempty"` // a name or a list of names
	Const       string         `json:"const,omitempty"`
	Enum        []any          `json:"enum,omitempty"`
	Pattern     string         `json:"pattern,omitempty"`
	Properties  map[string]any `json:"properties,omitempty"`
	Required    []string       `json:"required,omitempty"`
	Closed      any            `json:"additionalProperties,omitempty"` // false, or the schema of what people name
	Items       *schema        `json:"items,omitempty"`
	AllOf       []branch       `json:"allOf,omitempty"`
	Defs        map[string]any `json:"$defs,omitempty"`
}

// branch says which definition holds for a kind.
type branch struct {
	If   schema `json:"if"`
	Then schema `json:"then"`
}

// Schema describes the documents to editors that complete and check YAML.
func (s *Service) Schema() ([]byte, error) {
	top := schema{
		Schema: "https://json-schema.org/draft/2020-12/schema", ID: "https://mainstay.example/schema/config.json",
		Title: "Mainstay configuration", Description: "One object of the desk.", Type: "object",
		Required: []string{"kind", "name"}, Properties: map[string]any{}, Defs: map[string]any{},
	}
	var names []any
	for _, k := range s.kinds {
		names = append(names, k.Name)
		top.Defs[k.Name] = k.schema()
		top.AllOf = append(top.AllOf, branch{
			If:   schema{Properties: map[string]any{"kind": schema{Const: k.Name}}, Required: []string{"kind"}},
			Then: schema{Ref: "#/$defs/" + k.Name},
		})
	}
	top.Properties["kind"] = schema{Description: "What the object is.", Enum: names}
	top.Properties["name"] = schema{Type: "string", Description: "What others call it by; it does not change."}
	return json.MarshalIndent(top, "", "  ")
}

// schema describes the documents of one kind.
func (k Kind) schema() schema {
	out := structSchema(k.spec, k.Name)
	out.Description = k.Doc
	out.Properties["kind"] = schema{Const: k.Name}
	name := schema{Type: "string", Pattern: "^[a-z0-9][a-z0-9-]{0,59}$", Description: "What others call it by; it does not change."}
	if k.login() {
		name = schema{Type: "string", Pattern: "^[a-z0-9][a-z0-9._-]{0,59}$", Description: "Login of the person."}
	}
	out.Properties["name"] = name
	out.Required = append([]string{"kind", "name"}, out.Required...)
	return out
}

// login reports whether the name of an object is a login.
func (k Kind) login() bool { return k.Name == "User" || k.Name == "Contacts" }

// structSchema describes a struct; path leads to it, such as "Team" or "Calendar.holidays".
func structSchema(t reflect.Type, path string) schema {
	out := schema{Type: "object", Properties: map[string]any{}, Closed: false}
	for field := range t.Fields() {
		f, ok := fieldOf(field)
		if !ok {
			continue
		}
		at := path + "." + f.name
		one := typeSchema(field.Type, at)
		one.Description = f.doc
		if f.doc == "" {
			one.Description = docOf(at)
		}
		for _, e := range f.enum {
			one.Enum = append(one.Enum, value(one.Type, e))
		}
		out.Properties[f.name] = one
		if !f.optional {
			out.Required = append(out.Required, f.name)
		}
	}
	return out
}

func typeSchema(t reflect.Type, path string) schema {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return schema{Type: []string{"string", "integer"}} // spans of time: 5m, or 0
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), path)
	case reflect.Struct:
		return structSchema(t, path)
	case reflect.Map:
		return schema{Type: "object", Closed: schema{Type: []string{"string", "number", "boolean", "null"}}}
	case reflect.Slice:
		return schema{Type: "array", Items: new(typeSchema(t.Elem(), path))}
	case reflect.Bool:
		return schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		return schema{Type: "integer"}
	case reflect.Float64:
		return schema{Type: "number"}
	}
	return schema{Type: "string", Enum: enumOf(path)}
}

// enumOf lists the values of the fields whose tags do not.
func enumOf(path string) []any {
	switch path {
	case "User.role":
		return values(actor.Roles)
	case "Team.level", "Policy.response.steps.targets.level", "Policy.resolution.ladders.steps.targets.level":
		return values(people.Levels)
	case "Contacts.methods.channel":
		return []any{"mail", "webhook"}
	case "Policy.resolution.ladders.hours":
		return []any{"business", "outside"}
	}
	return nil
}

func values[T ~string](list []T) (out []any) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// value writes an enum value as the type has it.
func value(kind any, s string) any {
	if kind == "integer" {
		return json.Number(strings.TrimSpace(s))
	}
	return s
}

// docOf finds the description of a field by its path. What stands in several places, such
// as the steps of a policy, is described once, under the kind and the end of its path.
func docOf(path string) string {
	kind, rest, _ := strings.Cut(path, ".")
	for {
		if doc := docs[kind+"."+rest]; doc != "" {
			return doc
		}
		_, end, ok := strings.Cut(rest, ".")
		if !ok {
			return ""
		}
		rest = end
	}
}

// docs describes fields whose rooms leave it to their Go comments.
var docs = map[string]string{
	"User.title":                       "The person's name; the login when left out.",
	"User.email":                       "Mail address.",
	"User.role":                        "What the person does at the desk.",
	"User.zone":                        "IANA time zone such as Europe/London; UTC when left out.",
	"User.customer":                    "Customer whom a user with role client belongs to.",
	"User.disabled":                    "May not sign in and is not called.",
	"Team.title":                       "Name for people; the team's name when left out.",
	"Team.level":                       "Where the team stands in the support organisation.",
	"Team.members":                     "Logins.",
	"Team.hours":                       "Calendar of the team's hours; always when left out.",
	"Team.contact":                     "How to reach the team, for people to read.",
	"Team.owner":                       "Login of who keeps this entry right.",
	"Contacts.methods":                 "Ways to reach the person.",
	"Contacts.methods.name":            "The person's own name for it, such as mail or phone.",
	"Contacts.methods.channel":         "How messages leave.",
	"Contacts.methods.address":         "Mail address, or the URL that a webhook posts to.",
	"Contacts.methods.secret":          "Signs the deliveries of a webhook. When left out, or kept, the stored one stays; a new webhook gets a random one.",
	"Contacts.methods.verified":        "An admin vouches for the address, so no code is sent.",
	"Contacts.rules":                   "When to use which method; every verified method at once when left out.",
	"Contacts.rules.high":              "For pages: somebody must act.",
	"Contacts.rules.low":               "For notices: somebody wants to know.",
	"Contacts.method":                  "Name of the method.",
	"Contacts.after":                   "Wait since the start of the page, such as 0s or 5m.",
	"Policy.response":                  "The clock that runs until somebody acknowledges.",
	"Policy.response.repeat":           "How many more times to go through the steps before the catch-all.",
	"Policy.response.repeat_after":     "Pause after the last step; 5 minutes when left out.",
	"Policy.response.ack_timeout":      "How long an acknowledgement lasts without progress; 30 minutes when left out.",
	"Policy.response.steps.after":      "Wait after the step before it.",
	"Policy.resolution":                "The clock that runs from detection until the service is restored.",
	"Policy.resolution.business_hours": "Calendar that the hours of ladders are judged by.",
	"Policy.resolution.ladders":        "Tried in order: the first that fits severity and hours counts.",
	"Policy.resolution.repeat_every":   "Pause after which the last step is called again; 60 minutes when left out.",
	"Policy.ladders.severities":        "Severities that it is for; all when left out.",
	"Policy.ladders.hours":             "business, or outside of business hours, at detection; any when left out.",
	"Policy.ladders.steps.after":       "Wait since detection.",
	"Policy.steps":                     "Whom to call, one step after the other.",
	"Policy.targets":                   "Whom to call; each target is one person, roster, team or level.",
	"Policy.targets.person":            "Login.",
	"Policy.targets.roster":            "Whoever is on call there.",
	"Policy.targets.team":              "All members.",
	"Policy.targets.level":             "All members of the service's teams at this level.",
	"Team.review_by":                   "Date by which the entry wants to be looked at again, such as 2026-12-31.",
}
