// Package config is configuration as code: what the desk looks after and who answers for
// it, as YAML documents that people keep in their own version control.
//
//	kind: Service
//	name: payments
//	tier: 1
//	owner: payments-l2
//
// Each document is one object: its kind, its name, and the fields of the room that the kind
// belongs to (its Spec). Files may hold several documents, separated by lines of "---"; the
// order of documents and files means nothing.
//
//	Plan     says what Apply would change, and changes nothing
//	Apply    makes the desk be as the documents say: all of them or none, in one transaction
//	Export   writes the desk as documents; applying them changes nothing
//	Schema   describes the documents to editors (JSON Schema 2020-12)
//
// What no document names is left alone: nothing is deleted. Documents go through the same
// methods as edits on a page, with the permissions of whoever applies them.
//
// Errors name file, line and column of each value at fault, all of them at once: first what
// the documents show by themselves, then, when that is in order, what they refer to.
package config
