package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/client"
	"mainstay/internal/config"
)

type apply struct {
	shown  `embed:""`
	File   []string `short:"f" required:"" help:"YAML file, directory with .yaml and .yml files (subdirectories too), or - for standard input; may be repeated." placeholder:"FILE|DIR"`
	DryRun bool     `help:"Say what would change, and change nothing."`
}

func (c *apply) Run(ctx context.Context, env Env) error {
	list, err := readDocuments(c.File, env.In)
	if err != nil {
		return err
	}
	s, err := c.client()
	if err != nil {
		return err
	}
	answer, err := s.Apply(ctx, list, c.DryRun)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		fmt.Fprintf(env.Out, "%s\n", answer)
		return nil
	}
	var diff config.Diff
	if err := json.Unmarshal(answer, &diff); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	return diff.Print(env.Out)
}

// readDocuments reads files, the files of directories, and standard input.
func readDocuments(names []string, in io.Reader) (list []client.Document, err error) {
	for _, name := range names {
		if name == "-" {
			text, err := io.ReadAll(in)
			if err != nil {
				return nil, errs.Invalidf("standard input: %v", err)
			}
			list = append(list, client.Document{File: "stdin", Text: string(text)})
			continue
		}
		if list, err = readTree(list, name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func readTree(list []client.Document, name string) ([]client.Document, error) {
	found := false
	err := filepath.WalkDir(name, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() || path != name && !isYAML(path) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found = true
		list = append(list, client.Document{File: path, Text: string(text)})
		return nil
	})
	if os.IsNotExist(err) {
		return nil, errs.NotFoundf("there is no %s", name)
	}
	if err != nil {
		return nil, errs.Invalidf("%v", err)
	}
	if !found {
		return nil, errs.Invalidf("%s has no .yaml or .yml files", name)
	}
	return list, nil
}

func isYAML(path string) bool {
	return strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")
}

type export struct {
	remote `embed:""`
	Dir    string `short:"d" help:"Write one file per kind into this directory instead of one text to standard output." placeholder:"DIR"`
}

func (c *export) Run(ctx context.Context, env Env) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	list, err := s.Export(ctx)
	if err != nil {
		return err
	}
	if c.Dir == "" {
		texts := make([]config.File, len(list))
		for i, d := range list {
			texts[i] = config.File{Name: d.File, Text: d.Text}
		}
		_, err := io.WriteString(env.Out, config.Join(texts))
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // configuration holds no secrets
		return errs.Invalidf("%v", err)
	}
	for _, d := range list {
		path := filepath.Join(c.Dir, filepath.Base(d.File))
		if err := os.WriteFile(path, []byte(d.Text), 0o644); err != nil { //nolint:gosec // configuration holds no secrets
			return errs.Invalidf("%v", err)
		}
		fmt.Fprintln(env.Out, path)
	}
	return nil
}

type schema struct {
	remote `embed:""`
}

func (c *schema) Run(ctx context.Context, env Env) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	text, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s\n", text)
	return nil
}
