package apidoc

import (
	"encoding/json"
	"fmt"
	"path"
)

// document is what the page reads of an OpenAPI 3.1 document.
type document struct {
	Info       struct{ Title, Version string }
	Paths      map[string]map[string]operation // by path, then by method in small letters
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID string
	Summary     string
	Description string
	Tags        []string
	Parameters  []parameter
	RequestBody struct {
		Content  map[string]media
		Required bool
	}
	Responses map[string]response // by status, or "default"
}

type parameter struct {
	Name        string
	In          string // "path", "query"
	Description string
	Required    bool
	Schema      *schema
}

type response struct {
	Description string
	Content     map[string]media
}

type media struct{ Schema *schema }

// schema is the part of JSON Schema that the document uses.
type schema struct {
	Ref         string `json:"$ref"`
	Type        types
	Format      string
	Description string
	Enum        []json.RawMessage
	Examples    []json.RawMessage
	Items       *schema
	Properties  map[string]*schema
	Required    []string
}

// types are the JSON types that a value may have; a single one may stand without a list.
type types []string

// UnmarshalJSON reads "string" and ["string", "null"].
func (t *types) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = types{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(b, &many)
	*t = many
	return err
}

// name is the type that is not null, and whether null may stand for it.
func (t types) name() (name string, nullable bool) {
	for _, one := range t {
		if one == "null" {
			nullable = true
		} else {
			name = one
		}
	}
	return name, nullable
}

func read(text []byte) (document, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	return d, nil
}

// resolve follows a reference; nil stays nil.
func (d document) resolve(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	return d.Components.Schemas[path.Base(s.Ref)]
}
