// Package mask hides card numbers, account numbers (IBAN) and secrets in log lines before they are
// stored. Everything it decides on, it decides from the line alone.
//
//	value ─▶ glance: can there be one at all? ─▶ secrets ─▶ numbers ─▶ a source's own expressions
//
// A card number has the length and the first digits of an issuer and passes Luhn's check (ISO/IEC
// 7812); an IBAN has its country's length and passes modulo 97 (ISO 13616). A secret is known by
// the name in front of it (password=…, "token": "…", Authorization: …), or by its own shape (ghp_…,
// AKIA…, web tokens, private keys). What a reader would take for a digit is one: spaces that do
// not break and full-width digits hide nothing.
package mask
