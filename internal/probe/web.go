package probe

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

// HTTP is a request over HTTP.
type HTTP struct {
	URL       string   `yaml:"url" json:"url" doc:"Such as https://shop.example/health."`
	Method    string   `yaml:"method,omitempty" json:"method,omitempty" doc:"GET when left out."`
	Headers   []Header `yaml:"headers,omitempty" json:"headers,omitempty" doc:"What to send besides."`
	Body      string   `yaml:"body,omitempty" json:"body,omitempty" doc:"What to send as the body."`
	User      string   `yaml:"user,omitempty" json:"user,omitempty" doc:"For basic authentication."`
	Password  Secret   `yaml:"password,omitempty" json:"password,omitempty" doc:"For basic authentication. Kept encrypted; \"kept\" leaves the stored one."`
	Stay      bool     `yaml:"stay,omitempty" json:"stay,omitempty" doc:"Do not follow redirects."`
	Insecure  bool     `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Do not check the certificate."`
	Expect    Expect   `yaml:"expect,omitempty" json:"expect,omitempty,omitzero" doc:"What the answer must be; any status of 200 to 299 when left out."`
	Expires   Expires  `yaml:"expires,omitempty" json:"expires,omitempty,omitzero" doc:"How long the certificate must still last."`
	MaxAnswer int      `yaml:"max_answer,omitempty" json:"max_answer,omitempty" doc:"Bytes of the answer that are read; 1 MB when left out."`
}

// Header is a header of a request.
type Header struct {
	Name   string `yaml:"name" json:"name" doc:"Such as Accept."`
	Value  string `yaml:"value,omitempty" json:"value,omitempty" doc:"What it says; or a secret."`
	Secret Secret `yaml:"secret,omitempty" json:"secret,omitempty" doc:"Instead of a value: kept encrypted; \"kept\" leaves the stored one."`
}

// Said is what the header says.
func (h Header) Said() string {
	if h.Secret != "" {
		return string(h.Secret)
	}
	return h.Value
}

// Expect is what an answer must be.
type Expect struct {
	Status   []int          `yaml:"status,omitempty" json:"status,omitempty" doc:"One of these; 200 to 299 when left out."`
	Contains []string       `yaml:"contains,omitempty" json:"contains,omitempty" doc:"Texts that the body must have."`
	Lacks    []string       `yaml:"lacks,omitempty" json:"lacks,omitempty" doc:"Texts that the body must not have."`
	Matches  string         `yaml:"matches,omitempty" json:"matches,omitempty" doc:"Regular expression that the body must match."`
	JSON     []JSONExpect   `yaml:"json,omitempty" json:"json,omitempty" doc:"What stands in a JSON body."`
	Headers  []HeaderExpect `yaml:"headers,omitempty" json:"headers,omitempty" doc:"What the answer's headers say."`
	URL      string         `yaml:"url,omitempty" json:"url,omitempty" doc:"Regular expression of the address after redirects."`
}

// JSONExpect is what a value of a JSON body must be.
type JSONExpect struct {
	Path   string `yaml:"path" json:"path" doc:"JSONPath, such as $.status or $.queues[0].depth."`
	Equals string `yaml:"equals,omitempty" json:"equals,omitempty" doc:"What it must be, as text; when left out, it must be there."`
	Figure string `yaml:"figure,omitempty" json:"figure,omitempty" doc:"Keep the number as a figure of this name."`
	Value  Limits `yaml:"value,omitempty" json:"value,omitempty,omitzero" doc:"Limits of the number."`
}

// HeaderExpect is what a header of an answer must be.
type HeaderExpect struct {
	Name    string `yaml:"name" json:"name" doc:"Such as Content-Type."`
	Equals  string `yaml:"equals,omitempty" json:"equals,omitempty" doc:"What it must be."`
	Matches string `yaml:"matches,omitempty" json:"matches,omitempty" doc:"Regular expression of what it must be."`
}

// Expires says how long a certificate must still last.
type Expires struct {
	DegradedDays int `yaml:"degraded_days,omitempty" json:"degraded_days,omitempty" doc:"Degraded when fewer days are left; 14 when left out."`
	FailedDays   int `yaml:"failed_days,omitempty" json:"failed_days,omitempty" doc:"Failed when fewer days are left; 3 when left out."`
}

// The usual days that a certificate must last.
const (
	degradedDays = 14
	failedDays   = 3
)

// Days are the limits, with their defaults.
func (e Expires) Days() (degraded, failed int) {
	degraded, failed = e.DegradedDays, e.FailedDays
	if degraded == 0 {
		degraded = degradedDays
	}
	if failed == 0 {
		failed = failedDays
	}
	return degraded, failed
}

func (e Expires) validate(c *errs.Check, at string) {
	c.Require(e.DegradedDays >= 0 && e.FailedDays >= 0, at+"degraded_days", "must not be negative")
	d, f := e.Days()
	c.Require(f <= d, at+"degraded_days", "must not be less than failed_days: it would never be reached")
}

const (
	maxList      = 50
	maxParameter = 4 << 10
	maxBody      = 64 << 10
	maxAnswer    = 10 << 20
)

func (h *HTTP) validate(c *errs.Check, at string) {
	text.URL(c, at+"url", h.URL)
	c.Require(h.URL != "", at+"url", "is required")
	c.Require(!hasUser(h.URL), at+"url", "must not hold a password: write user and password")
	c.Require(h.Method == "" || token(h.Method), at+"method", "must be a method such as GET or POST, not %q", h.Method)
	c.Require(len(h.Body) <= maxBody, at+"body", "must be at most %d bytes", maxBody)
	c.Require(h.MaxAnswer >= 0 && h.MaxAnswer <= maxAnswer, at+"max_answer", "must be at most %d bytes", maxAnswer)
	headers(c, at+"headers", h.Headers)
	h.Expect.validate(c, at+"expect.")
	h.Expires.validate(c, at+"expires.")
}

func hasUser(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User != nil
}

func token(s string) bool {
	return len(s) <= 40 && s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func headers(c *errs.Check, at string, list []Header) {
	c.Require(len(list) <= maxList, at, "must have at most %d entries", maxList)
	for i, h := range list {
		one := at + "[" + strconv.Itoa(i) + "]."
		c.Require(h.Name != "" && len(h.Name) <= 200 && !strings.ContainsAny(h.Name, " \t\r\n:"), one+"name", "must be the name of a header")
		c.Require(h.Value == "" || h.Secret == "", one+"value", "must not be there beside a secret")
		c.Require(len(h.Said()) <= maxParameter && !strings.ContainsAny(h.Said(), "\r\n\x00"), one+"value", "must be one line of at most %d bytes", maxParameter)
	}
}

func (e Expect) validate(c *errs.Check, at string) {
	for i, s := range e.Status {
		c.Require(s >= 100 && s <= 599, at+"status["+strconv.Itoa(i)+"]", "must be 100 to 599")
	}
	few(c, at+"contains", e.Contains)
	few(c, at+"lacks", e.Lacks)
	expression(c, at+"matches", e.Matches)
	expression(c, at+"url", e.URL)
	c.Require(len(e.JSON) <= maxList && len(e.Headers) <= maxList, at+"json", "must have at most %d entries", maxList)
	for i, j := range e.JSON {
		one := at + "json[" + strconv.Itoa(i) + "]."
		c.Require(j.Path != "" && len(j.Path) <= maxParameter, one+"path", "must be a JSONPath such as $.status")
		c.Require(j.Figure == "" || FigureName(j.Figure) == j.Figure, one+"figure", "must be lower-case letters, digits and underscores")
		j.Value.Validate(c, one+"value.")
	}
	for i, h := range e.Headers {
		one := at + "headers[" + strconv.Itoa(i) + "]."
		c.Require(h.Name != "", one+"name", "is required")
		expression(c, one+"matches", h.Matches)
	}
}

func few(c *errs.Check, at string, list []string) {
	c.Require(len(list) <= maxList, at, "must have at most %d entries", maxList)
	for i, s := range list {
		c.Require(s != "" && len(s) <= maxParameter, at+"["+strconv.Itoa(i)+"]", "must be 1 to %d bytes", maxParameter)
	}
}

func expression(c *errs.Check, at, s string) {
	if s == "" {
		return
	}
	if _, err := regexp.Compile(s); err != nil || len(s) > maxParameter {
		c.Add(at, "must be a regular expression: %v", err)
	}
}

func (h *HTTP) where() string  { return origin(h.URL) }
func (h *HTTP) target() string { return h.URL }

// origin is scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// Fits reports whether a status is one of those expected.
func (e Expect) Fits(status int) bool {
	if len(e.Status) == 0 {
		return status >= http.StatusOK && status < http.StatusMultipleChoices
	}
	return slices.Contains(e.Status, status)
}

// Login is a chain of requests, as a person signs in: cookies stay, and what a step extracts the next
// ones can use as ${name}.
type Login struct {
	Steps    []Step   `yaml:"steps" json:"steps" doc:"One request after the other."`
	Secrets  []Header `yaml:"secrets,omitempty" json:"secrets,omitempty" doc:"Values that steps can use as ${name}: a login, a password."`
	Insecure bool     `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Do not check certificates."`
}

// Step is one request of a login.
type Step struct {
	Name    string    `yaml:"name" json:"name" doc:"What people call it, such as \"sign in\"."`
	URL     string    `yaml:"url" json:"url" doc:"Address; may hold ${name}."`
	Method  string    `yaml:"method,omitempty" json:"method,omitempty" doc:"GET when left out, or POST when there is a form."`
	Headers []Header  `yaml:"headers,omitempty" json:"headers,omitempty" doc:"What to send besides; values may hold ${name}."`
	Form    []Header  `yaml:"form,omitempty" json:"form,omitempty" doc:"Fields of a form; values may hold ${name}."`
	Body    string    `yaml:"body,omitempty" json:"body,omitempty" doc:"Body, where there is no form; may hold ${name}."`
	Extract []Extract `yaml:"extract,omitempty" json:"extract,omitempty" doc:"What later steps use."`
	Expect  Expect    `yaml:"expect,omitempty" json:"expect,omitempty,omitzero" doc:"What the answer must be."`
}

// Extract takes a value from an answer.
type Extract struct {
	Name    string `yaml:"name" json:"name" doc:"Later steps use it as ${name}."`
	Matches string `yaml:"matches,omitempty" json:"matches,omitempty" doc:"Regular expression over the body; its first group is the value."`
	JSON    string `yaml:"json,omitempty" json:"json,omitempty" doc:"JSONPath of the value."`
	Header  string `yaml:"header,omitempty" json:"header,omitempty" doc:"Header that is the value."`
}

const maxSteps = 20

func (l *Login) validate(c *errs.Check, at string) {
	c.Require(len(l.Steps) > 0 && len(l.Steps) <= maxSteps, at+"steps", "must be 1 to %d", maxSteps)
	headers(c, at+"secrets", l.Secrets)
	for i, s := range l.Steps {
		one := at + "steps[" + strconv.Itoa(i) + "]."
		text.Line(c, one+"name", s.Name)
		c.Require(s.Name != "", one+"name", "is required")
		c.Require(strings.HasPrefix(s.URL, "http://") || strings.HasPrefix(s.URL, "https://"), one+"url", "must start with https:// or http://")
		c.Require(s.Method == "" || token(s.Method), one+"method", "must be a method such as GET or POST, not %q", s.Method)
		c.Require(len(s.Form) == 0 || s.Body == "", one+"body", "must not be there beside a form")
		headers(c, one+"headers", s.Headers)
		headers(c, one+"form", s.Form)
		s.Expect.validate(c, one+"expect.")
		for n, e := range s.Extract {
			e.validate(c, one+"extract["+strconv.Itoa(n)+"].")
		}
	}
}

func (e Extract) validate(c *errs.Check, at string) {
	c.Require(e.Name != "" && FigureName(e.Name) == e.Name, at+"name", "must be lower-case letters, digits and underscores")
	ways := 0
	for _, w := range []string{e.Matches, e.JSON, e.Header} {
		if w != "" {
			ways++
		}
	}
	c.Require(ways == 1, at+"matches", "must be there, or json, or header: one of them")
	expression(c, at+"matches", e.Matches)
}

func (l *Login) where() string {
	var all []string
	for _, s := range l.Steps {
		all = append(all, origin(s.URL))
	}
	return strings.Join(all, " ")
}

func (l *Login) target() string {
	if len(l.Steps) == 0 {
		return ""
	}
	return l.Steps[0].URL
}
