// Package examples holds configuration to start from, as files and inside the program: the
// demo applies the bank, every fresh installation the log rules.
package examples

import "embed"

// Bank is a bank's payment desk; see bank/README.md.
//
//go:embed bank/*.yaml
var Bank embed.FS

// LogRules are those of a fresh installation.
//
//go:embed logs/rules.yaml
var LogRules string
