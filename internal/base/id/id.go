// Package id makes record identities: UUIDv7 (RFC 9562 §5.7), so that ids made later
// sort later and database indexes stay compact.
package id

import (
	"crypto/rand"
	"encoding/base32"

	"github.com/google/uuid"
)

// New returns a fresh identity of the room's own type, for example id.New[IncidentID]().
func New[T ~string]() T { return T(uuid.Must(uuid.NewV7()).String()) }

// Secret returns a random token of 160 bits in lower-case base32: 32 letters and digits
// that survive mail clients, shells and being read out over a telephone.
func Secret() string {
	b := make([]byte, 20)
	if _, err := rand.Read(b); err != nil {
		panic(err) // crypto/rand.Read never fails since Go 1.24
	}
	return lower.EncodeToString(b)
}

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
