package host_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/host"
)

const foo = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" // of "foo"

func TestManifestsOfManyWritersAreRead(t *testing.T) {
	one := []host.Entry{{Path: "lib/a.jar", SHA256: foo}}
	for text, want := range map[string][]host.Entry{
		foo + "  lib/a.jar\n":                             one,
		foo + "  lib/a.jar":                               one,
		"\ufeff" + foo + " *lib/a.jar\r\n\r\n":            one,
		strings.ToUpper(foo) + "  ./lib/a.jar\n":          one,
		`\` + foo + `  a\nb\\c\r` + "\n":                  {{Path: "a\nb\\c\r", SHA256: foo}},
		foo + `  a\nb` + "\n":                             {{Path: `a\nb`, SHA256: foo}},
		foo + "   a b\n":                                  {{Path: " a b", SHA256: foo}},
		`[{"path":"./lib/a.jar","sha256":"` + foo + `"}]`: one,
		"\ufeff {\"root\":\"/x\",\"files\":[{\"path\":\"lib/a.jar\",\"sha256\":\"" + foo + "\",\"size\":3}]}": one,
	} {
		if got, err := host.ParseManifest([]byte(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}

func TestWhatIsNoManifestIsRefusedByLine(t *testing.T) {
	for text, want := range map[string]string{
		"": "manifest is empty", foo + "  a\nnonsense": "line 2", foo: "line 1", foo + "  ": "line 1", foo + " a": "line 1", foo[1:] + "  a": "line 1",
		foo + "  /a": "line 1", foo + "  ../a": "line 1", foo + "  a/../b": "line 1", foo + "  a//b": "line 1", foo + "  ..": "line 1",
		foo + "  a\n\n" + foo + "  a": "line 3 names the path that 1 names already", `\` + foo + `  a\x`: "line 1", `\` + foo + `  a\`: "line 1",
		foo + "  a\x00b": "line 1", foo + "  \xff": "line 1", `[{"path":"a"}]`: "file 1", `[1]`: "neither", `{"files":[{"path":"/a","sha256":"` + foo + `"}]}`: "file 1",
	} {
		if _, err := host.ParseManifest([]byte(text)); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.90q: %v, want %s", text, err, want)
		}
	}
	_, err := host.ParseManifest([]byte(strings.Repeat("nonsense\n", 1000)))
	if n := len(errs.FieldsOf(err)); n != 20 {
		t.Errorf("%d lines are named", n)
	}
}

func TestAManifestHas200000FilesAndNotOneMore(t *testing.T) {
	var b strings.Builder
	for i := range host.MaxFiles {
		fmt.Fprintf(&b, "%s  lib/%d\n", foo, i)
	}
	if list, err := host.ParseManifest([]byte(b.String())); err != nil || len(list) != host.MaxFiles {
		t.Fatalf("%d %v", len(list), err)
	}
	b.WriteString(foo + "  more\n")
	_, err := host.ParseManifest([]byte(b.String()))
	if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "line 200001") {
		t.Errorf("%v", err)
	}
}

// What is read can be written as sha256sum does and read again.
func FuzzParseManifest(f *testing.F) {
	for _, seed := range []string{"", foo + "  lib/a.jar\n", `\` + foo + `  a\\b\nc` + "\n", foo + " *a\r\n", "\ufeff" + foo + "  x", "x  y",
		`[{"path":"a","sha256":"` + foo + `"}]`, `{"files":[]}`, foo + "  ../a", foo + "  a\n" + foo + "  a"} {
		f.Add([]byte(seed))
	}
	escapes := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := host.ParseManifest(text)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatal(err)
			}
			return
		}
		var again strings.Builder
		seen := map[string]bool{}
		for _, e := range list {
			if seen[e.Path] || strings.HasPrefix(e.Path, "/") || strings.HasPrefix(e.Path, "../") || len(e.SHA256) != 64 {
				t.Fatalf("%+v", e)
			}
			seen[e.Path] = true
			name := escapes.Replace(e.Path)
			if name != e.Path {
				again.WriteByte('\\')
			}
			again.WriteString(e.SHA256 + "  " + name + "\n")
		}
		got, err := host.ParseManifest([]byte(again.String()))
		if err != nil || !slices.Equal(got, list) {
			t.Fatalf("%q became %q: %v", list, got, err)
		}
	})
}
