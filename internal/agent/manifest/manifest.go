// Package manifest writes and reads lists of files with their hashes, in the form of sha256sum, so
// that what a release holds can be compared with what lies on a host.
//
//	2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae  lib/payments.jar
//
// A name with a line end or a backslash is written escaped, on a line that begins with a backslash,
// as sha256sum does. Paths are relative to the directory and have slashes on every system.
package manifest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mainstay/internal/base/errs"
)

// Entry is one file.
type Entry struct{ Path, SHA256 string }

// Write writes the entries of every regular file below a directory, in the order of their paths.
func Write(ctx context.Context, w io.Writer, dir string) error {
	return Walk(ctx, dir, func(e Entry) error {
		_, err := io.WriteString(w, e.String()+"\n")
		return err
	})
}

// Walk hands every regular file below a directory to each. Links are not followed.
func Walk(ctx context.Context, dir string, each func(Entry) error) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return errs.Invalidf("%s is not a directory that can be read", dir)
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		sum, err := hash(name)
		if err != nil {
			return err
		}
		return each(Entry{filepath.ToSlash(rel), sum})
	})
}

func hash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

var (
	escapes   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// String is the entry's line, without its end.
func (e Entry) String() string {
	if name := escapes.Replace(e.Path); name != e.Path {
		return `\` + e.SHA256 + "  " + name
	}
	return e.SHA256 + "  " + e.Path
}

// maxLine is the longest line, in bytes.
const maxLine = 64 << 10

// Read reads a manifest. Blank lines are skipped; what else is no entry is an Invalid error that
// names its line. A path may stand there once.
func Read(r io.Reader) ([]Entry, error) {
	var entries []Entry
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		e, problem := parse(lines.Text())
		if problem == "" && seen[e.Path] {
			problem = "names a path that an earlier line names"
		}
		if problem != "" {
			return nil, &errs.E{Kind: errs.Invalid, Message: "the manifest cannot be read",
				Fields: []errs.Field{{Path: fmt.Sprintf("line %d", n), Message: problem}}}
		}
		seen[e.Path] = true
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, &errs.E{Kind: errs.Invalid, Err: err, Message: fmt.Sprintf("the manifest cannot be read after line %d", n)}
	}
	return entries, nil
}

func parse(text string) (_ Entry, problem string) {
	rest, escaped := strings.CutPrefix(text, `\`)
	sum, name, found := strings.Cut(rest, " ")
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha256.Size || !found {
		return Entry{}, "must begin with the 64 digits of a SHA-256 and two blanks"
	}
	if name == "" || name[0] != ' ' && name[0] != '*' {
		return Entry{}, "must have two blanks, or a blank and an asterisk, before the path"
	}
	name = name[1:]
	if escaped {
		name = unescapes.Replace(name)
	}
	name = strings.TrimPrefix(name, "./")
	if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") || name == "." {
		return Entry{}, "must name a path below the directory, such as lib/payments.jar"
	}
	return Entry{Path: name, SHA256: strings.ToLower(sum)}, ""
}

// Difference is a file that is not as the manifest says.
type Difference struct{ Path, What string }

// Compare tells a directory from a manifest: what is missing, changed, or not in the manifest, in
// the order of the paths.
func Compare(ctx context.Context, want []Entry, dir string) ([]Difference, error) {
	sums := make(map[string]string, len(want))
	for _, e := range want {
		sums[e.Path] = e.SHA256
	}
	var found []Difference
	err := Walk(ctx, dir, func(e Entry) error {
		switch sum, there := sums[e.Path]; {
		case !there:
			found = append(found, Difference{e.Path, "extra"})
		case sum != e.SHA256:
			found = append(found, Difference{e.Path, "changed"})
		}
		delete(sums, e.Path)
		return nil
	})
	for _, missing := range slices.Sorted(maps.Keys(sums)) {
		found = append(found, Difference{missing, "missing"})
	}
	slices.SortStableFunc(found, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return found, err
}
