package api

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
)

// Here is what huma finds wrong, in our words: what the value must be, for people who have to
// change it.

const aTime = "must be a time such as 2026-03-28T22:15:00Z"

// useOurWords replaces those of huma's validator. The schemas of this API use no others. The words are
// package variables of huma's, so they are replaced for the whole process, and with the same ones each time.
func useOurWords() {
	validation.MsgUnexpectedProperty = "is not a field here: leave it out"
	validation.MsgExpectedRequiredProperty = missing + "%s"
	validation.MsgExpectedRFC3339DateTime = aTime
	validation.MsgExpectedBoolean = "must be true or false"
	validation.MsgExpectedNumber = "must be a number"
	validation.MsgExpectedInteger = "must be a whole number"
	validation.MsgExpectedString = "must be a text"
	validation.MsgExpectedArray = "must be a list"
	validation.MsgExpectedObject = "must be an object with fields"
	validation.MsgExpectedOneOf = "must be one of %s"
	validation.MsgExpectedMinimumNumber = "must be %v or more"
	validation.MsgExpectedMaximumNumber = "must be %v or less"
	validation.MsgExpectedMinLength = "must be at least %d characters long"
	validation.MsgExpectedMaxLength = "must be at most %d characters long"
	validation.MsgExpectedMinItems = "must have at least %d entries"
	validation.MsgExpectedMaxItems = "must have at most %d entries"
}

// missing begins what the validator says of a whole object; the field's name follows.
const missing = "is required: "

// parameters are what huma says of parameters, with no variable to change it.
var parameters = map[string]string{
	"unknown query parameter":             "is not a parameter here: leave it out",
	"required query parameter is missing": "is required",
	"invalid integer":                     "must be a whole number",
	"invalid boolean":                     "must be true or false",
}

// fields says what is wrong, by path. The value is left out: it may be secret.
func fields(d *huma.ErrorDetail) []errs.Field {
	if list, ok := undecoded(d.Message); ok {
		return list
	}
	path := d.Location
	for _, where := range []string{"body.", "query.", "path.", "header."} {
		path = strings.TrimPrefix(path, where)
	}
	if name, ok := strings.CutPrefix(d.Message, missing); ok {
		if path != "body" && path != "" {
			name = path + "." + name
		}
		return []errs.Field{{Path: name, Message: "is required"}}
	}
	message := strings.TrimPrefix(d.Message, "invalid value: ")
	if ours, ok := parameters[message]; ok {
		message = ours
	}
	return []errs.Field{{Path: path, Message: message}}
}

// decode reads a body. Of an error huma keeps only the text, so that carries the fields.
func decode(body []byte, v any) error {
	err := strictjson.Into(body, v)
	list := errs.FieldsOf(err)
	if len(list) == 0 {
		return err
	}
	text, failed := json.Marshal(list)
	if failed != nil {
		return failed
	}
	return errors.New(carried + string(text))
}

const carried = "fields "

// undecoded returns what decode refused.
func undecoded(message string) (list []errs.Field, ok bool) {
	text, ok := strings.CutPrefix(message, carried)
	return list, ok && json.Unmarshal([]byte(text), &list) == nil
}
