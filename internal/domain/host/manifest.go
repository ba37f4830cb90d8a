package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"mainstay/internal/base/errs"
)

// Entry is a file of a manifest.
type Entry struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// maxNamed is how many lines of a manifest an error names.
const maxNamed = 20

// ParseManifest reads a list of files with their hashes, in the order in which they stand: lines as
// sha256sum and "mainstay-agent manifest" print them, or JSON, [{"path":…,"sha256":…},…], also as
// the files of an object. The Invalid error names the lines, or elements, at fault.
//
// Lines may end with CR LF and the first may begin with a byte order mark. A line that begins with
// a backslash has its name escaped, as GNU sha256sum writes names with line ends and backslashes.
func ParseManifest(text []byte) ([]Entry, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	m := manifest{seen: map[string]int{}}
	if start := bytes.TrimSpace(text); len(start) > 0 && (start[0] == '[' || start[0] == '{') {
		list, err := jsonEntries(start)
		if err != nil {
			return nil, err
		}
		for i, e := range list {
			m.add(i+1, e, checkEntry(e))
		}
		return m.done("file")
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
			e, problem := parseLine(string(line))
			m.add(n, e, problem)
		}
		if m.full() {
			break
		}
	}
	return m.done("line")
}

// CheckManifest refuses entries that could not come from a manifest.
func CheckManifest(list []Entry) ([]Entry, error) {
	m := manifest{seen: map[string]int{}}
	for i, e := range list {
		e.Path = strings.TrimPrefix(e.Path, "./")
		m.add(i+1, e, checkEntry(e))
	}
	return m.done("file")
}

func jsonEntries(text []byte) (list []Entry, err error) {
	if text[0] == '[' {
		err = json.Unmarshal(text, &list)
	} else {
		var object struct{ Files []Entry }
		err = json.Unmarshal(text, &object)
		list = object.Files
	}
	if err != nil {
		return nil, &errs.E{Kind: errs.Invalid, Message: `the manifest is neither lines of sha256sum nor JSON such as [{"path":"lib/a.jar","sha256":"2c26…"}]`, Err: err}
	}
	for i := range list {
		list[i].Path = strings.TrimPrefix(list[i].Path, "./")
	}
	return list, nil
}

// manifest gathers entries and what is wrong with them.
type manifest struct {
	entries []Entry
	seen    map[string]int // path → place
	check   errs.Check
	wrong   int
}

func (m *manifest) add(place int, e Entry, problem string) {
	if before, twice := m.seen[e.Path]; twice && problem == "" {
		problem = fmt.Sprintf("names the path that %d names already", before)
	}
	if len(m.entries) == MaxFiles && problem == "" {
		problem = fmt.Sprintf("is too many: a manifest has up to %d files", MaxFiles)
	}
	if problem != "" {
		m.refuse(place, problem)
		return
	}
	m.seen[e.Path] = place
	m.entries = append(m.entries, Entry{e.Path, strings.ToLower(e.SHA256)})
}

func (m *manifest) refuse(place int, problem string) {
	if !m.full() {
		m.check.Add(fmt.Sprint(place), "%s", problem)
	}
	m.wrong++
}

func (m *manifest) full() bool { return m.wrong >= maxNamed }

// done returns the entries, or an error; unit is what places count.
func (m *manifest) done(unit string) ([]Entry, error) {
	if err := m.check.Err("the manifest"); err != nil {
		fields := errs.FieldsOf(err)
		for i := range fields {
			fields[i].Path = "manifest " + unit + " " + fields[i].Path
		}
		return nil, err
	}
	if len(m.entries) == 0 {
		return nil, &errs.E{Kind: errs.Invalid, Message: "the manifest is not valid",
			Fields: []errs.Field{{Path: "manifest", Message: "is empty: it needs lines such as sha256sum prints"}}}
	}
	return m.entries, nil
}

func checkEntry(e Entry) string {
	if hashed(e.SHA256) == "" {
		return "must have the 64 digits of a SHA-256"
	}
	return checkPath(e.Path)
}

func parseLine(line string) (e Entry, problem string) {
	rest, escaped := strings.CutPrefix(line, `\`)
	sum, name, found := strings.Cut(rest, " ")
	if !found || hashed(sum) == "" {
		return e, "must begin with the 64 digits of a SHA-256 and two blanks"
	}
	if name == "" || name[0] != ' ' && name[0] != '*' {
		return e, "must have two blanks, or a blank and an asterisk, before the path"
	}
	name = name[1:]
	if escaped {
		if name, problem = unescape(name); problem != "" {
			return e, problem
		}
	}
	e = Entry{strings.TrimPrefix(name, "./"), sum}
	return e, checkEntry(e)
}

// unescape reads a name as GNU sha256sum escapes it.
func unescape(s string) (_ string, problem string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", "ends with half an escape"
		}
		switch s[i] {
		case '\\':
			b.WriteByte('\\')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		default:
			return "", fmt.Sprintf(`has \%c in its path, which is no escape of sha256sum`, s[i])
		}
	}
	return b.String(), ""
}
