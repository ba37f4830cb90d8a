package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/internal/base/secret"
)

func open(t *testing.T, path string) *secret.Box {
	t.Helper()
	b, err := secret.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealedSecretOpensOnlyWithItsKeyAtItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	sealed := open(t, path).Seal("method/1", "s3cret")
	if strings.Contains(sealed, "s3cret") {
		t.Fatal("stored in the clear")
	}
	if plain, err := open(t, path).Unseal("method/1", sealed); err != nil || plain != "s3cret" {
		t.Fatalf("%q %v", plain, err)
	}
	if _, err := open(t, path).Unseal("method/2", sealed); err == nil {
		t.Error("opened at another place")
	}
	if _, err := open(t, filepath.Join(t.TempDir(), "other")).Unseal("method/1", sealed); err == nil {
		t.Error("opened with another key")
	}
}

// TestHalfAKeyIsNeverTakenForOne: a disk that was full when the key was made, or a crash, leaves no
// file that keeps the next start from making one.
func TestHalfAKeyIsNeverTakenForOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path+".new", []byte("12ab"), 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := open(t, path).Seal("place", "x")
	if got, err := open(t, path).Unseal("place", sealed); err != nil || got != "x" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(path + ".new"); err == nil {
		t.Error("what was made is left beside the key")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Open(path); err == nil {
		t.Error("a key that cannot be made is no error")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a key that could not be made is there")
	}
}

func TestSignatureHoldsForItsPartsOnly(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "key"))
	s := b.Sign("user", "incident")
	for _, c := range []struct {
		parts []string
		want  bool
	}{{[]string{"user", "incident"}, true}, {[]string{"user", "other"}, false}, {[]string{"userincident"}, false}, {[]string{"useri", "ncident"}, false}} {
		if got := b.Verify(s, c.parts...); got != c.want {
			t.Errorf("%q: %v", c.parts, got)
		}
	}
}

func TestKeyFileIsForItsOwnerAndRefusedWhenDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Open(path); err == nil {
		t.Error("a damaged key file was taken")
	}
}
