package probe

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"mainstay/internal/base/errs"
)

// Spec says what to look at: one of its kinds, with its parameters.
type Spec struct {
	HTTP      *HTTP      `yaml:"http,omitempty" json:"http,omitempty" doc:"A request over HTTP: status, body, headers, certificate."`
	TCP       *TCP       `yaml:"tcp,omitempty" json:"tcp,omitempty" doc:"A port that takes connections, and what it says."`
	TLS       *TLS       `yaml:"tls,omitempty" json:"tls,omitempty" doc:"A certificate: who it is for, who signed it, how long it lasts."`
	ICMP      *ICMP      `yaml:"icmp,omitempty" json:"icmp,omitempty" doc:"Echo requests (ping): loss and round trip."`
	DNS       *DNS       `yaml:"dns,omitempty" json:"dns,omitempty" doc:"What a name server answers."`
	SMTP      *SMTP      `yaml:"smtp,omitempty" json:"smtp,omitempty" doc:"A mail server that takes mail."`
	IMAP      *IMAP      `yaml:"imap,omitempty" json:"imap,omitempty" doc:"A mail server that gives mail."`
	SSH       *SSH       `yaml:"ssh,omitempty" json:"ssh,omitempty" doc:"The banner of an SSH server."`
	SQL       *SQL       `yaml:"sql,omitempty" json:"sql,omitempty" doc:"A query that gives a number or a text."`
	Redis     *Redis     `yaml:"redis,omitempty" json:"redis,omitempty" doc:"A command to Redis."`
	Queue     *Queue     `yaml:"queue,omitempty" json:"queue,omitempty" doc:"How many messages wait in a queue, or how far a consumer lags."`
	SNMP      *SNMP      `yaml:"snmp,omitempty" json:"snmp,omitempty" doc:"Values of a device."`
	Login     *Login     `yaml:"login,omitempty" json:"login,omitempty" doc:"Several requests over HTTP, as a person signs in."`
	Process   *Process   `yaml:"process,omitempty" json:"process,omitempty" doc:"Processes of a host; agents only."`
	File      *File      `yaml:"file,omitempty" json:"file,omitempty" doc:"Files of a host: there, young, of the right size, few enough; agents only."`
	Log       *Log       `yaml:"log,omitempty" json:"log,omitempty" doc:"A log file of a host that is written on; agents only."`
	Script    *RunScript `yaml:"script,omitempty" json:"script,omitempty" doc:"A Nagios plug-in or another script that an agent's configuration names; agents only."`
	Heartbeat *Heartbeat `yaml:"heartbeat,omitempty" json:"heartbeat,omitempty" doc:"A job that must call in by itself."`
}

// params is what the parameters of every kind can do.
type params interface {
	// validate collects what is wrong; at ends with a dot.
	validate(c *errs.Check, at string)
}

// given lists the kinds that are set, with their parameters; a spec that can be used has one.
func (s Spec) given() (kinds []Kind, list []params) {
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsNil() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			kinds = append(kinds, Kind(name))
			list = append(list, f.Interface().(params))
		}
	}
	return kinds, list
}

// Kind is what the spec looks at; "" when it says nothing or too much.
func (s Spec) Kind() Kind {
	kinds, _ := s.given()
	if len(kinds) != 1 {
		return ""
	}
	return kinds[0]
}

// Validate collects what is wrong with the spec; at ends with a dot or is empty.
func (s Spec) Validate(c *errs.Check, at string) {
	kinds, list := s.given()
	switch len(kinds) {
	case 0:
		c.Add(strings.TrimSuffix(at, "."), "must say what to look at, such as http or tcp")
	case 1:
		list[0].validate(c, at+string(kinds[0])+".")
	default:
		c.Add(at+string(kinds[1]), "is one kind too many, besides %s: a check looks at one thing", kinds[0])
	}
}

// Secret is a parameter that is kept encrypted and never shown.
type Secret string

// Kept stands for a secret that is stored, where specs are shown, and leaves it as it is.
const Kept = "kept"

// SecretAt is a secret of a spec, and where it stands: "http.headers[0].secret".
type SecretAt struct {
	Path   string
	Secret *Secret
}

// Clone returns a copy that shares nothing.
func (s Spec) Clone() Spec {
	var out Spec
	text, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("a spec cannot be copied: %v", err)) // its types are wrong: every test finds it
	}
	return out
}

// Secrets lists the secrets that are set. They can be changed, in a Clone.
func (s Spec) Secrets() []SecretAt {
	var out []SecretAt
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem(), path)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				walk(v.Field(i), strings.TrimPrefix(path+"."+name, "."))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
			}
		case reflect.String:
			if v.Type() == reflect.TypeFor[Secret]() && v.Len() > 0 {
				out = append(out, SecretAt{path, v.Addr().Interface().(*Secret)})
			}
		}
	}
	walk(reflect.ValueOf(&s).Elem(), "")
	return out
}

// leastSecret is the length below which a secret is too likely to be a part of ordinary words.
const leastSecret = 4

// conceal takes the secrets of the spec out of a text, as they are and as they stand in addresses.
func (s Spec) conceal(text string) string {
	for _, at := range s.Secrets() {
		plain := string(*at.Secret)
		if len(plain) < leastSecret {
			continue
		}
		for _, form := range []string{plain, url.QueryEscape(plain), url.PathEscape(plain), fmt.Sprintf("%q", plain)} {
			text = strings.ReplaceAll(text, form, "•••")
		}
	}
	return text
}

// Where is whom the spec speaks to: a secret that is kept goes only where it was meant to go. It is the
// spec without its secrets and without what merely judges the answer.
func (s Spec) Where() string {
	_, list := s.given()
	var parts []string
	for _, p := range list {
		if w, ok := p.(interface{ where() string }); ok {
			parts = append(parts, w.where())
		}
	}
	return string(s.Kind()) + " " + strings.Join(parts, " ")
}

// Target is what people call what is looked at: an address, a path, a name.
func (s Spec) Target() string {
	_, list := s.given()
	if len(list) != 1 {
		return ""
	}
	if t, ok := list[0].(interface{ target() string }); ok {
		return t.target()
	}
	return ""
}
