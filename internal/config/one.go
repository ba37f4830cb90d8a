package config

import (
	"reflect"

	"mainstay/internal/base/errs"
)

// One reads a text that is one document of a kind, as strictly as those that are applied: for pages on
// which people write one. It checks nothing that only the room can know.
func One[S any](kind, text string) (name string, spec S, err error) {
	var p problems
	docs := parse([]File{{Name: "the text", Text: text}}, &p)
	if err := p.err(); err != nil {
		return "", spec, notRead(err)
	}
	if len(docs) != 1 || docs[0].Kind != kind {
		return "", spec, errs.Invalidf("the text must be one document that begins with \"kind: %s\" and \"name:\"", kind)
	}
	d := docs[0]
	if d.decode(reflect.TypeFor[S](), &p) {
		return d.Name, d.spec.(S), nil
	}
	return d.Name, spec, notRead(p.err())
}

// notRead is an error about one text, not about all that is configured.
func notRead(err error) error {
	return &errs.E{Kind: errs.Invalid, Message: "the text cannot be read", Fields: errs.FieldsOf(err)}
}

// Text writes one document of a kind.
func Text[S any](kind, name string, spec S) (string, error) {
	o, err := objectOf(name, spec)
	if err != nil {
		return "", err
	}
	return write(kind, []object{o})
}
