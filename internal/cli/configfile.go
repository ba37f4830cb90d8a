package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/errs"
)

// configFile gives the options of "serve" that stand in a YAML file and neither in the
// arguments nor in the environment. Nested names are joined, so that
//
//	smtp:
//	  url: smtp://mail.bank.example
//
// is the option --smtp-url.
type configFile struct {
	read   bool
	values map[string]setting
}

type setting struct {
	text string
	line int
}

// Validate has nothing to do: the file is named by an argument that is not parsed yet.
func (*configFile) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag, nil when the file has none.
func (c *configFile) Resolve(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if !hasConfig(parent.Flags) || flag.Name == "config" {
		return nil, nil
	}
	if err := c.load(ctx, parent.Flags); err != nil {
		return nil, err
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if s, ok := c.values[flag.Name]; ok {
		return s.text, nil
	}
	return nil, nil
}

func hasConfig(flags []*kong.Flag) bool { return flagNamed(flags, "config") != nil }

func flagNamed(flags []*kong.Flag, name string) *kong.Flag {
	for _, f := range flags {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (c *configFile) load(ctx *kong.Context, flags []*kong.Flag) error {
	if c.read {
		return nil
	}
	c.read = true
	path, _ := ctx.FlagValue(flagNamed(flags, "config")).(string)
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errs.NotFoundf("there is no configuration file %s", path)
	}
	if err != nil {
		return errs.Invalidf("configuration file: %v", err)
	}
	if c.values, err = parseSettings(text); err != nil {
		return errs.Invalidf("%s: %v", path, err)
	}
	return c.known(path, flags)
}

// known refuses names that are no option.
func (c *configFile) known(path string, flags []*kong.Flag) error {
	var check errs.Check
	for name, s := range c.values {
		if name == "config" || flagNamed(flags, name) == nil {
			check.Add(fmt.Sprintf("%s:%d", path, s.line), "sets %q, which is no option of serve", name)
		}
	}
	return check.Err("the configuration file")
}

func parseSettings(text []byte) (map[string]setting, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	out := map[string]setting{}
	if len(root.Content) == 0 {
		return out, nil
	}
	return out, flatten(root.Content[0], "", out)
}

// flatten gives every value in the file the name of its option.
func flatten(n *yaml.Node, prefix string, out map[string]setting) error {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := prefix + strings.ReplaceAll(n.Content[i].Value, "_", "-")
			if _, twice := out[name]; twice {
				return fmt.Errorf("line %d: %s stands there twice", n.Content[i].Line, name)
			}
			if err := flatten(n.Content[i+1], name+"-", out); err != nil {
				return err
			}
		}
		return nil
	case yaml.SequenceNode:
		if prefix == "" {
			return fmt.Errorf("line %d: must be names and values", n.Line)
		}
		list := make([]string, len(n.Content))
		for i, item := range n.Content {
			if item.Kind != yaml.ScalarNode || strings.Contains(item.Value, ",") {
				return fmt.Errorf("line %d: a list must hold plain values", item.Line)
			}
			list[i] = item.Value
		}
		out[strings.TrimSuffix(prefix, "-")] = setting{strings.Join(list, ","), n.Line}
		return nil
	case yaml.ScalarNode:
		if prefix == "" {
			return fmt.Errorf("line %d: must be names and values", n.Line)
		}
		out[strings.TrimSuffix(prefix, "-")] = setting{n.Value, n.Line}
		return nil
	}
	return fmt.Errorf("line %d: cannot be read", n.Line)
}
