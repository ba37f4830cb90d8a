package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/edge"
)

// addHook enters a webhook of ana, and returns what was refused of its address.
func addHook(t *testing.T, d *apptest.Desk, address string) string {
	t.Helper()
	answer := d.Call("POST", "/api/v1/users/ana/contacts/methods", map[string]any{"channel": "webhook", "address": address, "verified": true}).Status(201, 422)
	var p edge.Problem
	if err := json.Unmarshal(answer.Body, &p); err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Errors {
		if strings.HasSuffix(f.Path, "address") {
			return f.Message
		}
	}
	if answer.Code != 201 {
		t.Fatalf("%s: %s", address, answer.Body)
	}
	return ""
}

func TestAddressesThatAreNeverCalledAreRefusedWhenTheyAreEntered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		apply(t, d)
		for _, address := range []string{"http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://2852039166/", "http://0/"} {
			if got := addHook(t, d, address); got == "" {
				t.Errorf("%s is taken", address)
			}
		}
		for _, address := range []string{"http://127.0.0.1:9/x", "http://10.0.0.1/x", "https://hooks.bank.example/x"} {
			if got := addHook(t, d, address); got != "" {
				t.Errorf("%s: %s", address, got)
			}
		}
	})
}

func TestPublicDeskTakesNoPrivateAddresses(t *testing.T) {
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.WebhooksOnlyPublic = true })
	apply(t, d)
	for _, address := range []string{"http://127.0.0.1:9/x", "http://localhost/x", "http://192.168.0.1/x", "http://[::1]/"} {
		if got := addHook(t, d, address); !strings.Contains(got, "public address") {
			t.Errorf("%s: %q", address, got)
		}
	}
	if got := addHook(t, d, "https://hooks.bank.example/x"); got != "" {
		t.Error(got)
	}
}

// Who has a private address from before a desk became public can still work on the others.
func TestStoredAddressesStayWhenTheDeskBecomesPublic(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	apply(t, d)
	if got := addHook(t, d, "http://10.0.0.1/old"); got != "" {
		t.Fatal(got)
	}
	d.Rooms.Notify.Egress.OnlyPublic = true
	if got := addHook(t, d, "https://hooks.bank.example/x"); got != "" {
		t.Error(got)
	}
}

func apply(t *testing.T, d *apptest.Desk) {
	t.Helper()
	d.Apply("{kind: User, name: ana, title: Ana Ruiz, role: first-line}")
}
