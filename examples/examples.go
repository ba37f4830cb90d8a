// Package examples holds configuration to start from, as files and inside the program: the
// demo applies it.
package examples

import "embed"

// Bank is a bank's payment desk; see bank/README.md.
//
//go:embed bank/*.yaml
var Bank embed.FS
