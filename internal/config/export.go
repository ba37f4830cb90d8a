package config

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Export writes everything as documents: one file per kind, in the order in which they are
// applied, the objects in order of name. Applying them again changes nothing.
func (s *Service) Export(ctx context.Context, by actor.Actor) (files []File, err error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		files = nil
		for _, k := range s.kinds {
			objects, err := k.export(tx, by)
			if err != nil {
				return err
			}
			if len(objects) == 0 {
				continue
			}
			text, err := write(k.Name, objects)
			if err != nil {
				return err
			}
			files = append(files, File{Name: fileName(k.Name), Text: text})
		}
		return nil
	})
	return files, err
}

// Join makes one file of several.
func Join(files []File) string {
	texts := make([]string, len(files))
	for i, f := range files {
		texts[i] = f.Text
	}
	return strings.Join(texts, "---\n")
}

// fileName is where the objects of a kind are exported to: services.yaml.
func fileName(kind string) string {
	plural := strings.ToLower(kind)
	switch {
	case strings.HasSuffix(plural, "cy"):
		plural = strings.TrimSuffix(plural, "y") + "ies"
	case !strings.HasSuffix(plural, "s"):
		plural += "s"
	}
	return plural + ".yaml"
}

// write writes objects of a kind as documents: kind and name first, then the fields.
func write(kind string, objects []object) (string, error) {
	var b bytes.Buffer
	for i, o := range objects {
		if i > 0 {
			b.WriteString("---\n")
		}
		n := &yaml.Node{Kind: yaml.MappingNode}
		n.Content = append(n.Content, word("kind"), word(kind), word("name"), word(o.name))
		n.Content = append(n.Content, o.spec.Content...)
		enc := yaml.NewEncoder(&b)
		enc.SetIndent(2)
		if err := enc.Encode(n); err != nil {
			return "", fmt.Errorf("%s %s: %w", kind, o.name, err)
		}
		if err := enc.Close(); err != nil {
			return "", fmt.Errorf("%s %s: %w", kind, o.name, err)
		}
	}
	return b.String(), nil
}

// word is a text; the encoder quotes those that would read as something else.
func word(s string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(s)
	return n
}
