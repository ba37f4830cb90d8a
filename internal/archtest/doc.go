// Package archtest keeps the plan of the house: which folder may import which, which domain
// room stands above which, and the few manners that a compiler does not check. It holds only
// tests, reads the source with go/parser, and needs nothing but the standard library.
//
// The plan itself is in table_test.go and is shown in ARCHITECTURE.md. Changing it is a
// decision: change both, and write an ADR in docs/adr.
package archtest
