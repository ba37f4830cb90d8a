package people

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type contactsPage struct {
	subject
	methods  []notify.Method
	rules    []ruleRow
	mayWrite bool
	mayVouch bool

	add       method // as being typed
	addErr    error
	rulesErr  error
	verifyErr error
	verifying string // name of the method whose code was refused
	secret    string // of a webhook, shown once
	secretOf  string
	test      *outcome
	by        actor.Actor
}

// method is a new contact method as being typed.
type method struct {
	channel, address, name string
	vouch                  bool
}

// ruleRow is a method with the waits after which it is used, as people write them.
type ruleRow struct {
	name      string
	high, low string
}

// outcome is what became of a test message.
type outcome struct {
	state, reason string
	method        string // address
	at            time.Time
	id            string
}

func (o outcome) pending() bool { return o.state == "queued" || o.state == "sending" }

// contacts shows how a person is reached. ?test= is a test message to tell the outcome of.
func (p pages) contacts(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(contacts(in)), nil
}

func (p pages) contactsOf(r *http.Request, by actor.Actor) (in contactsPage, err error) {
	in.by, in.add.channel = by, "mail"
	if in.subject, err = p.subject(r, by); err != nil {
		return in, err
	}
	c, err := p.Contacts.Contacts(r.Context(), by, in.Login)
	if err != nil {
		return in, err
	}
	in.methods, in.rules = c.Methods, ruleRows(c)
	if len(in.methods) == 0 {
		in.add.address = in.Email // most want to be paged where they read
	}
	in.mayWrite = people.Can(by, people.ContactWrite, in.Target())
	in.mayVouch = people.Can(by, people.ContactWrite, people.Target{})
	in.test, err = p.outcome(r, by)
	return in, err
}

// base is the address of these pages: what is one's own stands under /me.
func (in contactsPage) base() string { return in.subject.base + "/contacts" }

func (in contactsPage) act(method, act string) string {
	return in.base() + "/" + url.PathEscape(method) + "/" + act
}

func (p pages) outcome(r *http.Request, by actor.Actor) (*outcome, error) {
	id := r.URL.Query().Get("test")
	if id == "" {
		return nil, nil
	}
	m, err := p.Contacts.MessageByID(r.Context(), by, id)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Forbidden) {
		return nil, nil
	}
	return &outcome{string(m.State), m.Reason, m.Address, m.Finished, id}, err
}

// addMethod adds a contact method; a code goes there, unless an admin vouches for it.
func (p pages) addMethod(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.add = method{action.Line(r, "channel"), action.Line(r, "address"), action.Line(r, "name"), r.PostFormValue("vouch") != ""}
	spec := notify.MethodSpec{Name: in.add.name, Channel: "mail", Address: in.add.address, Verified: in.add.vouch}
	if in.add.channel == "webhook" {
		spec.Channel = "webhook"
	}
	m, secret, err := p.Contacts.AddMethod(r.Context(), by, in.Login, spec)
	if err != nil {
		in.addErr = lastMethod(err)
		return action.Again(contacts(in), err), nil
	}
	if secret != "" {
		if in, err = p.contactsOf(r, by); err != nil {
			return action.Answer{}, err
		}
		in.secret, in.secretOf = secret, m.Name
		return action.Show(contacts(in)), nil
	}
	done := "Added. A code is on its way to " + m.Address + ": enter it here."
	if m.Usable() {
		done = m.Address + " is added."
	}
	return action.Go(in.base(), action.Done(done)), nil
}

// lastMethod names the fields of the new method as the form does: the room calls it
// "methods[2].address", because it stands last among all.
func lastMethod(err error) error {
	fields := slices.Clone(errs.FieldsOf(err))
	if len(fields) == 0 {
		return err
	}
	for i, f := range fields {
		if strings.HasPrefix(f.Path, "methods[") {
			fields[i].Path = f.Path[strings.LastIndex(f.Path, ".")+1:]
		}
	}
	return &errs.E{Kind: errs.KindOf(err), Message: "the contact method was not added", Fields: fields}
}

func (p pages) removeMethod(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	left, err := p.Contacts.RemoveMethod(r.Context(), by, in.Login, r.PathValue("method"))
	if err != nil {
		return action.Answer{}, err
	}
	told := []ui.Flash{action.Done(r.PathValue("method") + " is removed.")}
	if left == 0 {
		told = append(told, action.Failed("No verified contact method is left: "+in.Name+" cannot be paged."))
	}
	return action.Go(in.base(), told...), nil
}

// newSecret replaces what a webhook's deliveries are signed with, and shows it this once.
func (p pages) newSecret(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.secretOf = r.PathValue("method")
	in.secret, err = p.Contacts.NewSecret(r.Context(), by, in.Login, in.secretOf)
	return action.Show(contacts(in)), err
}
