package source

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/source/mask"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

// ID identifies a source.
type ID string

// Direct is the source of lines that people send with an API token and name no other. It exists
// in every installation.
const Direct = "direct"

// Priority says which sources go on when the disk gets short.
type Priority string

// The priorities. When the spool is half full low ones are told to wait, at four fifths
// normal ones too.
const (
	High   Priority = "high"
	Normal Priority = "normal"
	Low    Priority = "low"
)

// Source is one sender of log lines, or one kind of sender.
type Source struct {
	ID      ID
	Name    string
	Spec    Spec // as people write it, normal
	Service catalogue.ServiceID
	Limit   int64 // bytes per UTC day, 0 for none
	Version int64 // grows with every change
	Created time.Time
	Changed time.Time
}

// Record names a source in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "source", ID: string(id)} }

// Title is the source's name for people.
func (s Source) Title() string {
	if s.Spec.Title != "" {
		return s.Spec.Title
	}
	return s.Name
}

// Labels are what the server says of every time series of the source: of which service, component and
// environment it is, as far as the source says so.
func (s Source) Labels() (out signal.Labels) {
	for _, f := range []signal.Field{
		{Name: signal.Component, Value: s.Spec.Component},
		{Name: signal.Environment, Value: s.Spec.Environment},
		{Name: signal.Service, Value: s.Spec.Service},
	} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// Spec is a source as people write it.
type Spec struct {
	Title       string       `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the source's name when left out."`
	Description string       `yaml:"description,omitempty" json:"description,omitempty" doc:"What sends here, and from where."`
	Service     string       `yaml:"service,omitempty" json:"service,omitempty" doc:"Service that the lines belong to. Without one, each line's own field service says it."`
	Component   string       `yaml:"component,omitempty" json:"component,omitempty" doc:"Component that the lines come from."`
	Environment string       `yaml:"environment,omitempty" json:"environment,omitempty" doc:"Environment that the lines come from."`
	Parse       Format       `yaml:"parse,omitempty" json:"parse,omitempty" doc:"How plain lines are read: auto (default), plain, json, logfmt, access, rfc3164, rfc5424 or timestamped."`
	Zone        string       `yaml:"zone,omitempty" json:"zone,omitempty" doc:"IANA time zone of times that name none; UTC when left out."`
	Extract     []Extract    `yaml:"extract,omitempty" json:"extract,omitempty" doc:"What to take out of the lines into fields of their own, in this order."`
	Mask        []mask.Mask  `yaml:"mask,omitempty" json:"mask,omitempty" doc:"What must not be stored; card numbers, IBANs and secrets when left out."`
	Addresses   []string     `yaml:"addresses,omitempty" json:"addresses,omitempty" doc:"Networks (CIDR) or addresses whose syslog belongs to this source."`
	DailyLimit  string       `yaml:"daily_limit,omitempty" json:"daily_limit,omitempty" doc:"How much may be sent in a UTC day, such as 10GB; no limit when left out."`
	Retention   signal.Class `yaml:"retention,omitempty" json:"retention,omitempty" doc:"How long the lines are kept: short, standard (default) or long, each as long as the server says. A class that the server does not have is standard."`
	Priority    Priority     `yaml:"priority,omitempty" json:"priority,omitempty" doc:"high, normal (default) or low: low ones wait first when the disk gets short."`
}

// Format says how plain lines are read.
type Format string

// The formats; "" is Auto.
const (
	Auto        Format = "auto"
	Plain       Format = "plain"
	JSON        Format = "json"
	Logfmt      Format = "logfmt"
	Access      Format = "access"
	RFC3164     Format = "rfc3164"
	RFC5424     Format = "rfc5424"
	Timestamped Format = "timestamped"
)

// Formats lists every format.
var Formats = []Format{Auto, Plain, JSON, Logfmt, Access, RFC3164, RFC5424, Timestamped}

// Named is a source in an export.
type Named struct {
	Name string
	Spec Spec
}

const (
	maxExtracts  = 50
	maxMasks     = 50
	maxAddresses = 200
)

// Validate collects what is wrong with the spec. References are checked when it is applied.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	c.Require(s.Parse == "" || slices.Contains(Formats, s.Parse), "parse", "must be one of %v, not %q", Formats, s.Parse)
	_, err := time.LoadLocation(s.Zone)
	c.Require(err == nil && s.Zone != "Local", "zone", "must be an IANA time zone such as Europe/London, not %q", s.Zone)
	c.Require(len(s.Extract) <= maxExtracts, "extract", "must have at most %d entries", maxExtracts)
	for i, e := range s.Extract {
		e.validate(c, fmt.Sprintf("extract[%d]", i))
	}
	c.Require(len(s.Mask) <= maxMasks, "mask", "must have at most %d entries", maxMasks)
	mask.Validate(c, s.Mask)
	c.Require(len(s.Addresses) <= maxAddresses, "addresses", "must have at most %d entries", maxAddresses)
	for i, a := range s.Addresses {
		_, err := prefix(a)
		c.Require(err == nil, fmt.Sprintf("addresses[%d]", i), "must be a network such as 10.1.0.0/16, or an address, not %q", a)
	}
	if _, err := text.Bytes(s.DailyLimit); err != nil {
		c.Add("daily_limit", "%v", err)
	}
	c.Require(s.Retention == "" || slices.Contains(signal.Classes, s.Retention), "retention", "must be short, standard or long, not %q", s.Retention)
	c.Require(s.Priority == "" || slices.Contains([]Priority{High, Normal, Low}, s.Priority), "priority", "must be high, normal or low, not %q", s.Priority)
}

// normal leaves out what is said anyway, so that equal sources have equal specs.
func (s Spec) normal(name string) Spec {
	if s.Title = text.Trim(s.Title); s.Title == name {
		s.Title = ""
	}
	if s.Zone == "UTC" {
		s.Zone = ""
	}
	if s.Parse == Auto {
		s.Parse = ""
	}
	if s.Retention == signal.Standard {
		s.Retention = ""
	}
	if s.Priority == Normal {
		s.Priority = ""
	}
	return s
}

// prefix reads a network, or an address as the network of itself.
func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}
