package customer

import (
	"fmt"
	"net/mail"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// ID identifies a customer.
type ID string

// Customer is somebody whom the business serves.
type Customer struct {
	ID           ID
	Name         string
	Title        string
	Description  string
	Zone         string        // IANA; for showing times to its people
	AccountOwner people.UserID // our person for it, empty when nobody is
	Contacts     []Contact
	Services     []string // names, in the order in which people wrote them
	Version      int64    // grows with every change
	Created      time.Time
	Changed      time.Time
}

// Contact is a person or desk at a customer.
type Contact struct {
	Name      string `yaml:"name" json:"name" doc:"Person or desk."`
	Role      string `yaml:"role,omitempty" json:"role,omitempty" doc:"What they do there."`
	Mail      string `yaml:"mail,omitempty" json:"mail,omitempty" doc:"Mail address."`
	Telephone string `yaml:"telephone,omitempty" json:"telephone,omitempty" doc:"Telephone number, as it is dialled or spoken."`
	Note      string `yaml:"note,omitempty" json:"note,omitempty" doc:"When and for what to call them; not shown to the customer."`
}

// Record names a customer in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "customer", ID: string(id)} }

// Target is what acts on the customer are done to.
func (c Customer) Target() people.Target { return people.Target{Customers: []string{c.Name}} }

// seenBy is the customer as a may see it: what we note about it among ourselves is not for its
// own people.
func (c Customer) seenBy(a actor.Actor) Customer {
	if people.Can(a, people.CustomerRead, people.Target{}) {
		return c
	}
	c.Description, c.AccountOwner = "", ""
	c.Contacts = slices.Clone(c.Contacts)
	for i := range c.Contacts {
		c.Contacts[i].Note = ""
	}
	return c
}

// Spec is a customer as people write it.
type Spec struct {
	Title        string    `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the customer's name when left out."`
	Description  string    `yaml:"description,omitempty" json:"description,omitempty" doc:"What they do with us; not shown to the customer."`
	Zone         string    `yaml:"zone,omitempty" json:"zone,omitempty" doc:"IANA time zone such as Europe/London; UTC when left out."`
	AccountOwner string    `yaml:"account_owner,omitempty" json:"account_owner,omitempty" doc:"Login of our person for this customer; not shown to the customer."`
	Services     []string  `yaml:"services,omitempty,flow" json:"services,omitempty" doc:"Services that they use."`
	Contacts     []Contact `yaml:"contacts,omitempty" json:"contacts,omitempty" doc:"Whom to speak to there."`
}

// Named is a customer in an export.
type Named struct {
	Name string
	Spec Spec
}

const (
	maxServices = 500
	maxContacts = 100
)

// Validate collects what is wrong with the spec. References are checked when it is applied.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	_, err := time.LoadLocation(s.Zone)
	c.Require(err == nil && s.Zone != "Local", "zone", "must be an IANA time zone such as Europe/London, not %q", s.Zone)
	c.Require(len(s.Services) <= maxServices, "services", "must have at most %d services", maxServices)
	seen := map[string]bool{}
	for i, name := range s.Services {
		c.Require(!seen[name], fmt.Sprintf("services[%d]", i), "names %q a second time", name)
		seen[name] = true
	}
	c.Require(len(s.Contacts) <= maxContacts, "contacts", "must have at most %d entries", maxContacts)
	for i, contact := range s.Contacts {
		contact.validate(c, fmt.Sprintf("contacts[%d]", i))
	}
}

func (t Contact) validate(c *errs.Check, path string) {
	c.Require(!text.Blank(t.Name), path+".name", "is required")
	text.Line(c, path+".name", t.Name)
	text.Line(c, path+".role", t.Role)
	if t.Mail != "" {
		a, err := mail.ParseAddress(t.Mail)
		c.Require(err == nil && a.Address == t.Mail && len(t.Mail) <= 254, path+".mail",
			"must be a mail address such as desk@client.example, not %q", t.Mail)
	}
	text.Line(c, path+".telephone", t.Telephone)
	text.Block(c, path+".note", t.Note)
}

// normal fills in and leaves out, so that equal customers have equal specs.
func (s Spec) normal(name string) Spec {
	if s.Title = text.Trim(s.Title); s.Title == name {
		s.Title = ""
	}
	if s.Zone == "UTC" {
		s.Zone = ""
	}
	return s
}
