// Package sharedtest finds real input for tests: log files and calendars that are too large, or not ours,
// to be part of this repository. They lie in the folder that MAINSTAY_SHARED names, or else in the folder
// "shared" beside the checkout.
//
// Where there is no such folder, what needs it is skipped: a fresh clone has none. A folder that
// MAINSTAY_SHARED names and that lacks what a test asks for is a failure, so that whoever names one knows
// that all of it was used. scripts/test names it when it is there, and says so when not.
package sharedtest

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Path returns where a file or folder of the real input is, such as "data/logs". It skips the test where
// there is no real input.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	named := os.Getenv("MAINSTAY_SHARED")
	folder := named
	if named == "" {
		folder = filepath.Join(checkout(tb), "..", "shared")
	}
	path := filepath.Join(folder, filepath.FromSlash(name))
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return path
	case named == "" && os.IsNotExist(err):
		tb.Skipf("no real input at %s: set MAINSTAY_SHARED to the folder that holds %s", path, name)
	default:
		tb.Fatalf("MAINSTAY_SHARED names a folder without %s: %v", name, err)
	}
	return ""
}

// checkout is the folder with go.mod, above the one in which a package's tests run.
func checkout(tb testing.TB) string {
	tb.Helper()
	folder, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			tb.Fatal("there is no go.mod above the tests")
		}
	}
}

// TextLogs are the files of text among the logs, in the order of their names: those that a pattern below
// data/logs matches, such as "kafka/*".
func TextLogs(tb testing.TB, patterns ...string) (paths []string) {
	tb.Helper()
	folder := Path(tb, "data/logs")
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(folder, filepath.FromSlash(p)))
		if err != nil || len(found) == 0 {
			tb.Fatalf("%s has no %s: %v", folder, p, err)
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	return paths
}

// AllText are the patterns of all text logs.
func AllText() []string { return []string{"*.log", "kafka/*"} }

// Lines are the lines of a file.
func Lines(tb testing.TB, path string) (lines []string) {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	s := bufio.NewScanner(strings.NewReader(string(text)))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	if err := s.Err(); err != nil {
		tb.Fatal(err)
	}
	return lines
}
