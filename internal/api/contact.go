package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
)

// Contacts is how a person is reached.
type Contacts struct {
	Methods []Method         `json:"methods" doc:"In the person's order."`
	Rules   notify.RulesSpec `json:"rules" doc:"By urgency, when to use which method; every verified method at once when there are none."`
}

// Method is one way to reach a person.
type Method struct {
	Name     string     `json:"name"`
	Channel  string     `json:"channel" enum:"mail,webhook"`
	Address  string     `json:"address"`
	Verified *time.Time `json:"verified" doc:"Null while it may not be used."`
	Created  time.Time  `json:"created"`
	Secret   string     `json:"secret,omitempty" doc:"Signs a webhook's deliveries; only when the method is made."`
}

func showMethod(m notify.Method) Method {
	return Method{Name: m.Name, Channel: string(m.Channel), Address: m.Address, Verified: instant(m.Verified), Created: m.Created}
}

// MethodPath is the path of a contact method.
type MethodPath struct {
	Named
	Method string `path:"method" doc:"Name of the contact method."`
}

func (a *API) contacts() {
	const at = "/users/{name}/contacts"
	add(a, get(at, people.ContactRead, "Get how a person is reached"), a.getContacts)
	add(a, create(at+"/methods", people.ContactWrite, "Add a contact method and send a code to it"), a.addMethod)
	act(a, remove(at+"/methods/{method}", people.ContactWrite, "Take a contact method away, with the rules that use it"),
		func(ctx context.Context, by actor.Actor, in *MethodPath) error {
			_, err := a.Notify.RemoveMethod(ctx, by, in.Name, in.Method)
			return err
		})
	act(a, post(at+"/methods/{method}/send-code", people.ContactWrite, "Send another code to a method that is not verified"),
		func(ctx context.Context, by actor.Actor, in *MethodPath) error {
			return a.Notify.SendCode(ctx, by, in.Name, in.Method)
		})
	act(a, post(at+"/methods/{method}/verify", people.ContactWrite, "Confirm a method with the code that was sent to it"), a.verifyMethod)
	add(a, post(at+"/methods/{method}/test", people.ContactWrite, "Send a test message"), a.testMethod)
	add(a, post(at+"/methods/{method}/secret", people.ContactWrite, "Give a webhook another signing secret, which is shown once"), a.newSecret)
	add(a, put(at+"/rules", people.ContactWrite, "Replace a person's notification rules"), a.setRules)
}

func (a *API) getContacts(ctx context.Context, by actor.Actor, in *Named) (Contacts, error) {
	c, err := a.Notify.Contacts(ctx, by, in.Name)
	v := Contacts{Methods: []Method{}, Rules: c.Spec().Rules}
	for _, m := range c.Methods {
		v.Methods = append(v.Methods, showMethod(m))
	}
	return v, err
}

func (a *API) addMethod(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body struct {
		Name     string `json:"name,omitempty" doc:"The person's own name for it; the channel's when left out."`
		Channel  string `json:"channel" enum:"mail,webhook"`
		Address  string `json:"address"`
		Secret   string `json:"secret,omitempty" doc:"Signs a webhook's deliveries; a random one when left out."`
		Verified bool   `json:"verified,omitempty" doc:"An admin vouches for the address: no code is sent."`
	}
}) (Method, error) {
	spec := notify.MethodSpec{Name: in.Body.Name, Address: in.Body.Address, Secret: in.Body.Secret, Verified: in.Body.Verified}
	assign(&spec.Channel, in.Body.Channel)
	m, secret, err := a.Notify.AddMethod(ctx, by, in.Name, spec)
	v := showMethod(m)
	v.Secret = secret
	return v, err
}

func (a *API) verifyMethod(ctx context.Context, by actor.Actor, in *struct {
	MethodPath
	Body struct {
		Code string `json:"code"`
	}
}) error {
	return a.Notify.Verify(ctx, by, in.Name, in.Method, in.Body.Code)
}

// Sent names a message that was queued.
type Sent struct {
	Message string `json:"message" doc:"Id: GET /messages/{id} tells what became of it."`
}

func (a *API) testMethod(ctx context.Context, by actor.Actor, in *MethodPath) (Sent, error) {
	id, err := a.Notify.Test(ctx, by, in.Name, in.Method)
	return Sent{string(id)}, err
}

// Secret is shown once.
type Secret struct {
	Secret string `json:"secret"`
}

func (a *API) newSecret(ctx context.Context, by actor.Actor, in *MethodPath) (Secret, error) {
	secret, err := a.Notify.NewSecret(ctx, by, in.Name, in.Method)
	return Secret{secret}, err
}

func (a *API) setRules(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body notify.RulesSpec
}) (Contacts, error) {
	if err := a.Notify.SetRules(ctx, by, in.Name, in.Body); err != nil {
		return Contacts{}, err
	}
	return a.getContacts(ctx, by, &in.Named)
}
