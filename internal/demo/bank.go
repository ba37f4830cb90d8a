package demo

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"mainstay/examples"
	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

// Password is everybody's in the demo.
const Password = "the-demo-password"

// contactsFile is the one file of the bank that the demo writes itself.
const contactsFile = "contacts.yaml"

// applyBank configures the desk with the bank, without ways to reach anybody.
func applyBank(ctx context.Context, c *client.Client) error {
	names, err := fs.Glob(examples.Bank, "bank/*.yaml")
	if err != nil {
		return err
	}
	var documents []client.Document
	for _, name := range names {
		if path.Base(name) == contactsFile {
			continue
		}
		text, err := fs.ReadFile(examples.Bank, name)
		if err != nil {
			return err
		}
		documents = append(documents, client.Document{File: name, Text: string(text)})
	}
	_, err = c.Apply(ctx, documents, false)
	return err
}

// everybody lists the people of the bank.
func everybody(ctx context.Context, c *client.Client) (out []client.User, err error) {
	for cursor := ""; ; {
		list, err := c.Users(ctx, page.MaxLimit, cursor)
		if err != nil {
			return nil, err
		}
		out = append(out, list.Items...)
		if list.Next == nil {
			return out, nil
		}
		cursor = *list.Next
	}
}

// connect gives everybody a telephone and a mailbox in the inbox: the telephone at once and
// mail a minute later when it is urgent, else mail alone.
func connect(ctx context.Context, c *client.Client, b *Inbox, people []client.User) error {
	var text strings.Builder
	for _, u := range people {
		b.Own(u.Email, u.Name)
		fmt.Fprintf(&text, `---
kind: Contacts
name: %q
methods:
  - {name: telephone, channel: webhook, address: %q, secret: %q, verified: true}
  - {name: mail, channel: mail, address: %q, verified: true}
rules:
  high: [{method: telephone, after: 0s}, {method: mail, after: 1m}]
  low: [{method: mail, after: 0s}]
`, u.Name, b.HookURL(u.Name), b.Secret, u.Email)
	}
	_, err := c.Apply(ctx, []client.Document{{File: contactsFile, Text: text.String()}}, false)
	return err
}

// testTitle is what the incidents of introduce are called.
const testTitle = "Test: monitoring reaches the desk"

// introduce lets monitoring speak about every service once, so that the desk knows how they
// are: a test alert that is over at once. It comes before anybody can be reached, and its
// incidents are closed.
func introduce(ctx context.Context, c *client.Client, now time.Time) error {
	var services []string
	for _, f := range Failures() {
		services = append(services, f.services()...)
	}
	slices.Sort(services)
	services = slices.Compact(services)
	for _, service := range services {
		if err := test(ctx, c, service, now); err != nil {
			return err
		}
	}
	list, err := c.Incidents(ctx, client.IncidentFilter{Limit: page.MaxLimit})
	if err != nil {
		return err
	}
	for _, i := range list.Items {
		if _, err := c.Restore(ctx, i.Key, "a test of monitoring", true); err != nil {
			return err
		}
		if _, err := c.Close(ctx, i.Key); err != nil {
			return err
		}
	}
	return nil
}

// test sends an alert and its end in one request, which the desk takes in one transaction:
// nothing is sent to anybody.
func test(ctx context.Context, c *client.Client, service string, now time.Time) error {
	s := Symptom{
		Labels:  map[string]string{"alertname": "MonitoringTest", "service": service, "severity": "info"},
		Summary: testTitle,
	}
	return c.SendAlerts(ctx, []client.PostableAlert{s.alert(now, now.Add(expireAfter)), s.alert(now, now)})
}

// letIn gives everybody the demo's password, as people set theirs: by a link that works once.
func letIn(ctx context.Context, c *client.Client, server string, people []client.User) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for _, u := range people {
		g.Go(func() error {
			link, err := c.PasswordLink(ctx, u.Name)
			if err != nil {
				return err
			}
			if err := setPassword(ctx, server, link); err != nil {
				return fmt.Errorf("password of %s: %w", u.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// setPassword sends the form behind a one-time link.
func setPassword(ctx context.Context, server, link string) error {
	at, err := url.Parse(link)
	if err != nil {
		return err
	}
	form := url.Values{"code": {at.Query().Get("code")}, "password": {Password}, "again": {Password}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server+at.Path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(r) // which follows no redirect
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("the desk answered %s", answer.Status)
	}
	return nil
}
