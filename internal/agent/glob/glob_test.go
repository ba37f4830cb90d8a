package glob_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mainstay/internal/agent/glob"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"/var/log/*.log", "/var/log/a.log", true},
		{"/var/log/*.log", "/var/log/a/b.log", false},
		{"/var/**/*.log", "/var/a.log", true},
		{"/var/**/*.log", "/var/a/b/c.log", true},
		{"/var/**/b/**/c", "/var/a/b/b/c", true},
		{"/var/**", "/var/a/b", true},
		{"**", "a/b", true},
		{"*.pid", "/run/a/b.pid", true},
		{"tmp", "a/tmp", true},
		{"a/*", "b/a/c", false},
		{"[ab].log", "c.log", false},
		{"**/**/a", "a", true},
	} {
		if glob.Match(c.pattern, c.name) != c.want {
			t.Errorf("%s and %s: want %v", c.pattern, c.name, c.want)
		}
	}
}

func TestWhatIsNoPatternIsRefused(t *testing.T) {
	for pattern, ok := range map[string]bool{"": false, "a**b": false, "[": false, "/a/[b": false, "/a/**/[b]": true, "**": true} {
		if err := glob.Check(pattern); (err == nil) != ok {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func TestFilesAreFoundOnceAndLinksToFilesToo(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/1.log", "a/b/2.log", "a/b/3.txt", "c/4.log"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"a/l.log": "1.log", "a/loop": "..", "a/broken.log": "nothing", "d": "c"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string][]string{
		"**/*.log": {"a/1.log", "a/b/2.log", "a/l.log", "c/4.log"}, "a/*.log": {"a/1.log", "a/l.log"}, "d/*": {"d/4.log"},
		"*/b/*": {"a/b/2.log", "a/b/3.txt"}, "a/1.log": {"a/1.log"}, "x/*": nil, "**/b/*.log": {"a/b/2.log"}, "a/**/b/**/2.log": {"a/b/2.log"}, "a/**": {"a/1.log", "a/b/2.log", "a/b/3.txt", "a/l.log"},
	} {
		var got []string
		err := glob.Files(filepath.Join(dir, pattern), func(name string, _ fs.FileInfo) {
			rel, _ := filepath.Rel(dir, name)
			got = append(got, filepath.ToSlash(rel))
		})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q %v", pattern, got, err)
		}
	}
}
