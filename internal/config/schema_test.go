package config_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
)

// node is a JSON Schema as far as the tests look at it.
type node struct {
	Schema      string           `json:"$schema"`
	Ref         string           `json:"$ref"`
	Description string           `json:"description"`
	Type        any              `json:"type"`
	Const       string           `json:"const"`
	Enum        []any            `json:"enum"`
	Pattern     string           `json:"pattern"`
	Properties  map[string]*node `json:"properties"`
	Required    []string         `json:"required"`
	Closed      any              `json:"additionalProperties"` // false, or what names of people's own stand for
	Items       *node            `json:"items"`
	Defs        map[string]*node `json:"$defs"`
	AllOf       []struct {
		If   node `json:"if"`
		Then node `json:"then"`
	} `json:"allOf"`
}

func schemaOf(t *testing.T) *node {
	t.Helper()
	text, err := onSQLite(t).Schema()
	if err != nil {
		t.Fatal(err)
	}
	var n node
	if err := json.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

func TestEveryFieldOfTheSchemaIsDescribed(t *testing.T) {
	top := schemaOf(t)
	if top.Schema != "https://json-schema.org/draft/2020-12/schema" || len(top.Defs) != len(top.AllOf) {
		t.Fatalf("%q, %d kinds, %d branches", top.Schema, len(top.Defs), len(top.AllOf))
	}
	for kind, def := range top.Defs {
		described(t, kind, def)
	}
}

func described(t *testing.T, path string, n *node) {
	for n.Items != nil {
		n = n.Items
	}
	if n.Properties == nil {
		return
	}
	if n.Closed == nil || n.Closed == true {
		t.Errorf("%s allows any field", path)
	}
	for name, f := range n.Properties {
		if f.Description == "" && f.Const == "" {
			t.Errorf("%s.%s has no description", path, name)
		}
		described(t, path+"."+name, f)
	}
}

// conforms reports what in a document the schema does not allow. It knows the part of JSON
// Schema that ours uses.
func conforms(n *node, v any, path string) error {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range n.Required {
			if _, ok := v[key]; !ok {
				return fmt.Errorf("%s.%s is required", path, key)
			}
		}
		for key, item := range v {
			f := n.Properties[key]
			if _, free := n.Closed.(map[string]any); free && f == nil {
				continue
			}
			if f == nil {
				return fmt.Errorf("%s.%s is not in the schema", path, key)
			}
			if err := conforms(f, item, path+"."+key); err != nil {
				return err
			}
		}
		return nil
	case []any:
		if n.Items == nil {
			return fmt.Errorf("%s is no list in the schema", path)
		}
		for i, item := range v {
			if err := conforms(n.Items, item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	}
	return conformsPlain(n, v, path)
}

func conformsPlain(n *node, v any, path string) error {
	if n.Const != "" && v != n.Const {
		return fmt.Errorf("%s is %v, must be %s", path, v, n.Const)
	}
	if s, ok := v.(string); ok && n.Pattern != "" && !regexp.MustCompile(n.Pattern).MatchString(s) {
		return fmt.Errorf("%s is %q, which does not match %s", path, s, n.Pattern)
	}
	if n.Enum != nil {
		for _, e := range n.Enum {
			if fmt.Sprint(e) == fmt.Sprint(v) {
				return nil
			}
		}
		return fmt.Errorf("%s is %v, must be one of %v", path, v, n.Enum)
	}
	kinds := map[string]bool{}
	switch t := n.Type.(type) {
	case string:
		kinds[t] = true
	case []any:
		for _, k := range t {
			kinds[k.(string)] = true
		}
	}
	ok := n.Const != ""
	switch v.(type) {
	case string:
		ok = ok || kinds["string"]
	case bool:
		ok = kinds["boolean"]
	case int:
		ok = kinds["integer"] || kinds["number"]
	case float64:
		ok = kinds["number"]
	}
	if !ok {
		return fmt.Errorf("%s is %T, must be %v", path, v, n.Type)
	}
	return nil
}
