// Package drain clusters the messages of log lines into templates: "Accepted password for <*> from
// <ip> port <num>". It has no clock, no store and no permissions: package pattern has.
//
// The algorithm is Drain (He et al., ICWS 2017): a tree of fixed depth over the number of tokens
// and the first two words, and below it a choice by similarity. What is plainly a value (numbers,
// addresses, instants) becomes a typed wildcard before:
//
//	message ─▶ masker: tokens and wildcards ─▶ tree: exact, else the nearest, else a new template
//
// A template only becomes more general, so every line that it has taken matches it for ever, and
// the question that Template.LogsQL makes of it finds them.
package drain
