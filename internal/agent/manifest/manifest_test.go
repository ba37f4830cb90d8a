package manifest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/agent/manifest"
	"mainstay/internal/base/errs"
)

const foo = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" // of "foo"

func tree(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAManifestIsWhatSha256sumWrites(t *testing.T) {
	files := map[string]string{"lib/a.jar": "foo"}
	want := foo + "  lib/a.jar\n"
	if runtime.GOOS != "windows" {
		files["lib/odd\nname\\"] = "foo"
		want += `\` + foo + `  lib/odd\nname\\` + "\n"
	}
	dir := tree(t, files)
	var text bytes.Buffer
	if err := manifest.Write(t.Context(), &text, dir); err != nil || text.String() != want {
		t.Fatalf("%v\n%s", err, &text)
	}
	entries, err := manifest.Read(&text)
	if err != nil || len(entries) != len(files) {
		t.Fatalf("%v %v", entries, err)
	}
	if different, err := manifest.Compare(t.Context(), entries, dir); err != nil || len(different) > 0 {
		t.Fatalf("%v %v", different, err)
	}
}

func TestDifferencesAreTold(t *testing.T) {
	dir := tree(t, map[string]string{"same": "foo", "changed": "bar", "extra": "x"})
	want, err := manifest.Read(strings.NewReader(foo + "  same\n\n" + foo + " *changed\n" + strings.ToUpper(foo) + "  ./missing\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := manifest.Compare(t.Context(), want, dir)
	if err != nil || !slices.Equal(got, []manifest.Difference{{Path: "changed", What: "changed"}, {Path: "extra", What: "extra"}, {Path: "missing", What: "missing"}}) {
		t.Fatalf("%v %v", got, err)
	}
}

func TestWhatIsNoManifestIsRefusedByLine(t *testing.T) {
	for text, want := range map[string]string{
		foo + "  a\nnonsense": "line 2", foo: "line 1", foo + "  ": "line 1", foo + " a": "line 1", foo[1:] + "  a": "line 1",
		foo + "  /a": "line 1", foo + "  ../a": "line 1", foo + "  a/../b": "line 1", foo + "  a\n" + foo + "  a": "line 2",
		foo + "  a\n" + strings.Repeat("x", 100_000): "line 1",
	} {
		if _, err := manifest.Read(strings.NewReader(text)); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.90q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", foo + "  lib/a.jar\n", `\` + foo + `  a\\b\nc` + "\n", foo + " *a\r\n", "x  y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := manifest.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		var again strings.Builder
		for _, e := range entries {
			again.WriteString(e.String() + "\n")
		}
		got, err := manifest.Read(strings.NewReader(again.String()))
		if err != nil || !slices.Equal(got, entries) {
			t.Fatalf("%q became %q: %v", entries, got, err)
		}
	})
}
