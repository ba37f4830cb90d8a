package mask

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/engine/signal"
)

// TestPartsOfWhatIsNamedAfterASecretAreMasked: objects are flattened before masks see them.
func TestPartsOfWhatIsNamedAfterASecretAreMasked(t *testing.T) {
	m := maskerOf(t)
	for _, c := range []struct{ name, value, want string }{
		{"db.password.v", "x", masked},
		{"db.password.salt.a", "12", masked},
		{"password.type", "bcrypt", "bcrypt"},
		{"password.expires_in", "3600", "3600"},
		{"tokens", `["a","b"]`, masked},
		{"tokens", "120", "120"},
		{"max_tokens", "100", "100"},
		{"secrets.0", "x", masked},
		{"pass", "hunter2", masked},
		{"pass", "12", "12"},
		{"bypass", "x", "x"},
		{"Contraseña", "x", masked},
		{"authorization.k8s.io/decision", "allow", "allow"},
		{"token.valid", "true", "true"},
		{"http.request.header.cookie", "sid=abc; theme=dark", "sid=[masked]; theme=[masked]"},
		{"set-cookie", "sid=abc; Path=/", "sid=[masked]; Path=/"},
		{"cookie", "none", "none"},
	} {
		if got := m.field(c.name, c.value); got != c.want {
			t.Errorf("%s %q became %q, want %q", c.name, c.value, got, c.want)
		}
	}
}

// TestNamesOfFieldsHideWhatValuesDo: a map by card number becomes a field for each.
func TestNamesOfFieldsHideWhatValuesDo(t *testing.T) {
	m := maskerOf(t)
	var before LastRow
	for range 2 {
		row := signal.Row{Stream: []string{"host", "pan 4111111111111111"}, Fields: []signal.Field{{Name: "pan 4111111111111111", Value: "a"},
			{Name: "amounts.DE89370400440532013000", Value: "12"}, {Name: "mst_" + strings.Repeat("k7q2", 8), Value: "b"}, {Name: "password", Value: "c"}}}
		shared := row.Stream
		m.Row(&row, &before)
		want := []signal.Field{{Name: "pan [card …1111]", Value: "a"}, {Name: "amounts.[iban]", Value: "12"}, {Name: masked, Value: "b"}, {Name: "password", Value: masked}}
		if !slices.Equal(row.Fields, want) || row.Stream[1] != "pan [card …1111]" || shared[1] != "pan 4111111111111111" {
			t.Errorf("%q, stream %q of %q", row.Fields, row.Stream, shared)
		}
	}
}

// TestACardNumberInTheTimeIsNotKeptAsAnInstant: 4111111111111111 is a moment of the year 2100 in
// microseconds, of which the number can be read again.
func TestACardNumberInTheTimeIsNotKeptAsAnInstant(t *testing.T) {
	const pan = 4111111111111111
	for name, at := range map[string]time.Time{"s": time.Unix(pan, 0), "ms": time.UnixMilli(pan), "µs": time.UnixMicro(pan), "ns": time.Unix(0, 4000000000000000006)} {
		row := signal.Row{Time: at, Fields: []signal.Field{{Name: "_msg", Value: "paid"}}}
		maskerOf(t).Row(&row, new(LastRow))
		if kept := row.Get(signal.OriginalTime); !row.Time.IsZero() || !strings.HasPrefix(kept, "[card …") {
			t.Errorf("%s: %v, original %q", name, row.Time, kept)
		}
		row.Time = at
		maskerOf(t, Mask{What: "iban"}).Row(&row, new(LastRow))
		if !row.Time.Equal(at) {
			t.Errorf("%s: an instant is hidden without the mask of cards: %v", name, row.Time)
		}
	}
	for _, at := range []time.Time{{}, time.Date(2026, 11, 2, 12, 0, 0, 123456000, time.UTC), time.Date(1999, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)} {
		row := signal.Row{Time: at}
		if maskerOf(t).Row(&row, new(LastRow)); !row.Time.Equal(at) || len(row.Fields) > 0 {
			t.Errorf("%v became %v %v", at, row.Time, row.Fields)
		}
	}
}

// TestNoTextTakesLongToMask: what is opened again and again and never closed is looked at once.
func TestNoTextTakesLongToMask(t *testing.T) {
	const row = 1 << 20 // the longest that is taken
	m := maskerOf(t)
	for _, s := range []string{"token=[", `token=["`, `"token":{"`, `"password":{"password":{`, "<token>", "<token ", "<token><![CDATA[", "token='", `token=\"`,
		"--token ", "Cookie: a=", "Authorization: Digest a=", "://", "mysql -p", "password=x;", "4111\u00a0",
		`"name":"password","value":{`, `name="password">`, `name="password"`, `name="password"\r\n`, `"name":"password","value":"`, "('password',", "('password','", "password%3D",
		"%22password%22%3A%22", "%25", "%5D", "&lt;password&gt;", `\u003cpassword\u003e`, "\x1b[31m", "\x1b[", "password=\n ", "password=''", "password=''x", "curl -u ", "PASSWORD '", "password '",
		"identified by '", "to-securestring ", "hooks.slack.com/services/", "-Password ", "password                                              ", "4111%20", "4111  ", "session_id=", "pin=", "tokens=", "passwords=", "password_confirm: ", "jwt=\""} {
		done := make(chan struct{})
		go func() {
			m.text(strings.Repeat(s, row/len(s)))
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("a text of %q takes more than 10 s", s)
		}
	}
}
