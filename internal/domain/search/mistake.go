package search

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"mainstay/internal/base/errs"
)

var (
	whereAsked = regexp.MustCompile(`^remoteAddr: .*?; requestURI: \S*?; `)
	notParsed  = regexp.MustCompile(`(?s)^cannot parse query \[.*\]: (.*?); context: \[(.*?)\](?:; tail: \[(.*)\])?$`)
	notKnown   = regexp.MustCompile(`(?s)^cannot parse (.*); context: \[(.*?)\]`)
	notRun     = regexp.MustCompile(`(?s)^cannot (?:execute|obtain|get) .*?(?:query )?\[.*\]: `)
	tooLong    = regexp.MustCompile(`(?i)context deadline exceeded|-search\.maxQueryDuration|timeout`)
	tooMuch    = regexp.MustCompile(`(?i)memory`)
)

// mistake makes what the engine says of a question readable. Asked is the question as it was sent.
func mistake(err error, asked string) error {
	e, ok := errors.AsType[*errs.E](err)
	if !ok || e.Kind != errs.Invalid {
		return err
	}
	return explain(e.Message, asked)
}

// said is what the engine said in the middle of an answer.
func said(line string) error { return explain(line, "") }

func explain(text, asked string) error {
	text = sentence(text)
	switch m := notParsed.FindStringSubmatch(text); {
	case m != nil:
		why := m[1]
		if asked != "" && strings.HasPrefix(m[2], asked) && m[2] != asked { // it stumbled over a pipe that nobody typed
			why = "something is missing there"
		}
		return &errs.E{Kind: errs.Invalid, Message: "this is no LogsQL " + place(m[2], asked) + ": " + why}
	case notKnown.MatchString(text):
		m := notKnown.FindStringSubmatch(text)
		return &errs.E{Kind: errs.Invalid, Message: "this is no LogsQL " + place(m[2], asked) + ": cannot parse " + m[1]}
	case tooLong.MatchString(text):
		return errs.Invalidf("the search took too long and was given up: take a shorter range of time, or name a service or host")
	case tooMuch.MatchString(text):
		return errs.Invalidf("the search needs more memory than the log engine may use: take a shorter range of time, or count fewer different values (%s)", cutBack(text))
	}
	return errs.Invalidf("the log engine cannot answer this: %s", cutBack(notRun.ReplaceAllString(text, "")))
}

// sentence takes the engine's words out of what it wraps them in.
func sentence(text string) string {
	var wrapped struct {
		Error string `json:"error"`
	}
	if json.Unmarshal([]byte(text), &wrapped) == nil && wrapped.Error != "" {
		text = wrapped.Error
	}
	return whereAsked.ReplaceAllString(text, "")
}

// place says where in the question the engine stumbled: seen is the last that it read.
func place(seen, asked string) string {
	if asked != "" && strings.HasPrefix(seen, asked) {
		return "at its end"
	}
	end := strings.Index(asked, seen)
	if end < 0 || seen == "" {
		return "near " + quote(seen)
	}
	end += len(seen)
	if end == len(asked) {
		return "at its end"
	}
	return "at character " + strconv.Itoa(utf8.RuneCountInString(asked[:end])) + ", near " + quote(seen)
}

func cutBack(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}

func quote(s string) string { return "“" + cutBack(s) + "”" }
