// Package glob finds files by patterns. A pattern is a path whose parts may hold * ? [a-z] as in
// package path; a part that is ** stands for any number of folders, none included.
//
// Patterns use slashes on every system; on Windows backslashes are read as slashes.
package glob

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Check says what is wrong with a pattern.
func Check(pattern string) error {
	if pattern == "" {
		return errors.New("must not be empty")
	}
	for _, part := range split(pattern) {
		if part != "**" && strings.Contains(part, "**") {
			return errors.New("may hold ** only as a whole part, as in /var/log/**/*.log")
		}
		if _, err := path.Match(part, ""); err != nil {
			return errors.New("is not a pattern: a [ without its ], or a backslash at the end")
		}
	}
	return nil
}

// Match reports whether a path fits a pattern. A pattern without a slash is compared with the last
// part of the path alone.
func Match(pattern, name string) bool {
	parts, names := split(pattern), split(name)
	if len(parts) == 1 && parts[0] != "**" {
		names = names[len(names)-1:]
	}
	return match(parts, names)
}

// Any reports whether a path fits one of the patterns.
func Any(patterns []string, name string) bool {
	for _, p := range patterns {
		if Match(p, name) {
			return true
		}
	}
	return false
}

func split(p string) []string { return strings.Split(filepath.ToSlash(p), "/") }

func match(parts, names []string) bool {
	for len(parts) > 0 && parts[0] != "**" {
		if len(names) == 0 {
			return false
		}
		if ok, err := path.Match(parts[0], names[0]); err != nil || !ok {
			return false
		}
		parts, names = parts[1:], names[1:]
	}
	if len(parts) == 0 {
		return len(names) == 0
	}
	for len(parts) > 1 && parts[1] == "**" { // more of them say no more
		parts = parts[1:]
	}
	for i := range len(names) + 1 {
		if match(parts[1:], names[i:]) {
			return true
		}
	}
	return false
}

// Files calls found for every regular file that fits the pattern, links to files included; folders
// that are links are entered only where the pattern names them. Folders that cannot be read are
// left out and returned as one error after all others were looked at.
func Files(pattern string, found func(name string, info fs.FileInfo)) error {
	parts := split(pattern)
	fixed := 0
	for fixed < len(parts)-1 && !strings.ContainsAny(parts[fixed], `*?[\`) {
		fixed++
	}
	root := strings.Join(parts[:fixed], "/")
	if root == "" && fixed > 0 {
		root = "/"
	} else if root == "" {
		root = "."
	}
	return walk(filepath.FromSlash(root), parts[fixed:], found)
}

// walk finds what fits the parts below a folder.
func walk(dir string, parts []string, found func(string, fs.FileInfo)) error {
	if parts[0] == "**" {
		return deep(dir, nil, parts, found)
	}
	entries, err := read(dir)
	problems := []error{err}
	for _, e := range entries {
		if !match(parts[:1], []string{e.Name()}) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		if len(parts) == 1 {
			file(name, e, found)
		} else if info, err := os.Stat(name); err == nil && info.IsDir() {
			problems = append(problems, walk(name, parts[1:], found))
		}
	}
	return errors.Join(problems...)
}

// deep finds, in a folder and all below it, what fits the parts; below leads there from where the
// parts begin.
func deep(dir string, below, parts []string, found func(string, fs.FileInfo)) error {
	entries, err := read(dir)
	problems := []error{err}
	for _, e := range entries {
		name, way := filepath.Join(dir, e.Name()), slices.Concat(below, []string{e.Name()})
		if e.IsDir() {
			problems = append(problems, deep(name, way, parts, found))
		} else if match(parts, way) {
			file(name, e, found)
		}
	}
	return errors.Join(problems...)
}

// read lists a folder; one that does not exist is empty.
func read(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return entries, err
}

// file hands on a regular file, or a link to one.
func file(name string, e fs.DirEntry, found func(string, fs.FileInfo)) {
	if !e.Type().IsRegular() && e.Type()&fs.ModeSymlink == 0 {
		return
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		found(name, info)
	}
}
