package host

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/ledger"
)

// ID identifies a host.
type ID string

// RootID identifies a directory of a host.
type RootID string

// Silence is how long after its last inventory a root counts as not heard of. Agents send one a
// day when nothing changes.
const Silence = 26 * time.Hour

// Limits of what is taken.
const (
	MaxFiles = 200_000 // of an inventory or a manifest
	maxPath  = 4096    // bytes
	maxHost  = 253     // bytes
	maxHosts = 10_000
	maxRoots = 50 // of a host
)

// Host is a machine whose files are known.
type Host struct {
	ID      ID
	Name    string
	Created time.Time
	Roots   []Root // by path
	Changes int64  // in the last 24 hours
}

// Heard is when the host last sent an inventory, of whatever root.
func (h Host) Heard() (at time.Time) {
	for _, r := range h.Roots {
		if r.Received.After(at) {
			at = r.Received
		}
	}
	return at
}

// Files is how many files of the host are known.
func (h Host) Files() (n int64) {
	for _, r := range h.Roots {
		n += r.Files
	}
	return n
}

// Silent counts the roots that have not been heard of for too long.
func (h Host) Silent(now time.Time) (n int) {
	for _, r := range h.Roots {
		if r.Silent(now) {
			n++
		}
	}
	return n
}

// Root is a directory of a host.
type Root struct {
	ID         RootID
	Host       ID
	Path       string
	Files      int64
	Bytes      int64
	Taken      time.Time // when the agent looked
	Received   time.Time // when the inventory was whole; zero before the first
	Changed    time.Time // when one last differed from the one before
	Sender     string
	generation int64
	upload     string
	uploadAt   time.Time
}

// Silent reports whether the root has not been heard of for too long.
func (r Root) Silent(now time.Time) bool {
	return r.Received.IsZero() || now.Sub(r.Received) > Silence
}

// Record names a host in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "host", ID: string(id)} }

// File is a file or a link on a host.
type File struct {
	Path     string
	SHA256   string
	Size     int64 // bytes
	Mode     string
	Owner    string
	Modified time.Time
}

// Link reports whether it is a symbolic link, whose hash is that of where it leads to.
func (f File) Link() bool { return strings.HasPrefix(f.Mode, "L") }

// differs reports whether anything is another that people care about.
func (f File) differs(before File) bool {
	return f.SHA256 != before.SHA256 || f.Mode != before.Mode || f.Owner != before.Owner
}

// Kind is what became of a file.
type Kind string

// The kinds.
const (
	Created Kind = "created"
	Changed Kind = "changed"
	Deleted Kind = "deleted"
)

// Change is a file that was not as in the inventory before. Size, mode, owner and time are the new
// ones, or the last ones of a file that is gone.
type Change struct {
	Root string // path of the root
	Kind Kind
	File
	OldSHA256 string // "" for what is new; SHA256 is "" for what is gone
	Seen      time.Time
}

// longKey is the longest path that is a key by itself, in bytes: PostgreSQL's indexes hold little more.
const longKey = 900

// keyOf is what a path is found by: the path itself, or its beginning and its hash.
func keyOf(p string) string {
	if len(p) <= longKey {
		return p
	}
	sum := sha256.Sum256([]byte(p))
	return strings.ToValidUTF8(p[:longKey], "") + "\u2026" + hex.EncodeToString(sum[:])
}

// besides is what is stored beside the key: the path where the key does not say it.
func besides(p string) string {
	if len(p) <= longKey {
		return ""
	}
	return p
}

// whole is the path that a row has.
func whole(key, path string) string {
	if path == "" {
		return key
	}
	return path
}

// checkHost refuses what cannot be the name of a host. "rolls" is the page of rolls.
func checkHost(name string) error {
	sound := utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == '/' })
	if name == "" || name == "." || name == ".." || name == "rolls" || len(name) > maxHost || !sound {
		return errs.Invalidf("a host has a name of up to %d letters without slashes, and it is not \"rolls\"", maxHost)
	}
	return nil
}

// checkRoot says what is wrong with the path of a root, "" when nothing is.
func checkRoot(root string) string {
	if !storable(root) || root == "" || len(root) > longKey {
		return "must be the full path of a directory, such as /opt/payments"
	}
	return ""
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkPath says what is wrong with a path below a root, "" when nothing is.
func checkPath(p string) string {
	switch {
	case !storable(p):
		return "must be UTF-8 without NUL"
	case len(p) > maxPath:
		return "is too long"
	case p == "" || p == "." || p == ".." || path.IsAbs(p) || strings.HasPrefix(p, "../") || path.Clean(p) != p:
		return "must name a file below the directory, such as lib/payments.jar"
	}
	return ""
}

// hashed is a SHA-256 as it is stored, "" when s is none.
func hashed(s string) string {
	if raw, err := hex.DecodeString(s); err != nil || len(raw) != sha256.Size {
		return ""
	}
	return strings.ToLower(s)
}

// normal is a file as it is stored, or what is wrong with it.
func (f File) normal() (_ File, field, problem string) {
	if problem := checkPath(f.Path); problem != "" {
		return f, "path", problem
	}
	if f.SHA256 = hashed(f.SHA256); f.SHA256 == "" {
		return f, "sha256", "must be the 64 digits of a SHA-256"
	}
	if f.Size < 0 {
		return f, "size", "must not be negative"
	}
	f.Mode, f.Owner = cut(f.Mode, maxMode), cut(f.Owner, maxOwner)
	if f.Modified = clock.Micro(f.Modified); !f.Modified.IsZero() && !clock.Plausible(f.Modified) {
		f.Modified = time.Time{} // clocks of hosts, and archives, say strange things
	}
	return f, "", ""
}

// The longest modes and owners that are kept, in bytes.
const (
	maxMode  = 40
	maxOwner = 200
)

// cut keeps what can be stored of a text.
func cut(s string, most int) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
