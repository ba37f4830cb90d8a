// Package secret encrypts what must be kept but never shown: signing secrets of webhooks,
// mail passwords. The key lies in a file of its own, so that a stolen database alone gives
// nothing away; a backup carries it. It also signs links that act without a login.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"mainstay/internal/base/errs"
)

// KeySize is the length of a key file's content in bytes, before hex encoding.
const KeySize = 32

// Box encrypts, decrypts and signs with one key.
type Box struct {
	aead cipher.AEAD
	sign []byte
}

// Open reads the key file at path and makes it, readable by its owner only, when there is none.
func Open(path string) (*Box, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != KeySize {
		return nil, errs.Invalidf("key file %s must hold %d hexadecimal digits", path, 2*KeySize)
	}
	return New(key)
}

func create(path string) ([]byte, error) {
	key := make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	text := []byte(hex.EncodeToString(key) + "\n")
	part := path + ".new" // half a key, as a full disk or a crash leaves it, is never taken for one
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(part))
	}
	return text, os.Rename(part, path)
}

// New makes a box from a key of KeySize bytes.
func New(key []byte) (*Box, error) {
	enc, err := hkdf.Key(sha256.New, key, nil, "mainstay encrypt", KeySize)
	if err != nil {
		return nil, err
	}
	sign, err := hkdf.Key(sha256.New, key, nil, "mainstay sign", KeySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(enc)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Box{aead: aead, sign: sign}, err
}

// Seal encrypts plain for the place it is stored in; "" stays "".
func (b *Box) Seal(place, plain string) string {
	if plain == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b.aead.Seal(nil, nil, []byte(plain), []byte(place)))
}

// Unseal decrypts what Seal made for the same place.
func (b *Box) Unseal(place, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("stored secret of %s is damaged: %w", place, err)
	}
	plain, err := b.aead.Open(nil, nil, raw, []byte(place))
	if err != nil {
		return "", fmt.Errorf("stored secret of %s does not open with this key file: %w", place, err)
	}
	return string(plain), nil
}

// Sign returns the first 160 bits of an HMAC-SHA-256 over the parts, for links.
func (b *Box) Sign(parts ...string) string {
	m := hmac.New(sha256.New, b.sign)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s,", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:20])
}

// Verify reports whether signature was made by Sign over the same parts.
func (b *Box) Verify(signature string, parts ...string) bool {
	return hmac.Equal([]byte(signature), []byte(b.Sign(parts...)))
}
