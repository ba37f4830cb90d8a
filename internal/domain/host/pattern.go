package host

import (
	"path"
	"strings"
)

// Patterns of paths: * ? and [a-z] within a name, ** as a whole name for any folders. One without a
// slash is about the last name of a path.

func validPattern(p string) bool {
	if p == "" || len(p) > maxPattern || !storable(p) {
		return false
	}
	for name := range strings.SplitSeq(p, "/") {
		if _, err := path.Match(name, ""); err != nil || name != "**" && strings.Contains(name, "**") {
			return false
		}
	}
	return true
}

// fitsAny reports whether a path fits one of the patterns, or lies in a folder that does.
func fitsAny(patterns []string, p string) bool {
	names := strings.Split(p, "/")
	for _, pattern := range patterns {
		want := strings.Split(pattern, "/")
		if len(want) == 1 {
			want = []string{"**", want[0]}
		}
		for end := range names {
			if fits(want, names[:end+1]) {
				return true
			}
		}
	}
	return false
}

// fits goes through names and pattern side by side; on a mismatch it lets the last ** take one name more.
func fits(want, names []string) bool {
	w, n, star, from := 0, 0, -1, 0
	for n < len(names) {
		switch {
		case w < len(want) && want[w] == "**":
			star, from = w, n
			w++
		case w < len(want) && fitsName(want[w], names[n]):
			w++
			n++
		case star >= 0:
			from++
			w, n = star+1, from
		default:
			return false
		}
	}
	for w < len(want) && want[w] == "**" {
		w++
	}
	return w == len(want)
}

func fitsName(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// isPattern reports whether the name of a host stands for several.
func isPattern(host string) bool { return strings.ContainsAny(host, `*?[\`) }
