package mask

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mainstay/internal/engine/signal"
)

func maskerOf(t interface{ Fatal(...any) }, list ...Mask) *Masker {
	m, err := New(list)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatLooksLikeASecretIsMaskedAndTheRestStays(t *testing.T) {
	m := maskerOf(t)
	key := "k7q2" + strings.Repeat("abcd", 7)
	for _, c := range []struct{ in, want string }{
		// names and their values
		{"login password=hunter2 ok", "login password=[masked] ok"},
		{"db_password = hunter2", "db_password = [masked]"},
		{"user=ana&password=a%20b&next=/", "user=ana&password=[masked]&next=/"},
		{"GET /x?api_key=abc123&a=b HTTP/1.1", "GET /x?api_key=[masked]&a=b HTTP/1.1"},
		{`{"user":"ana","password":"hun\"ter2","n":1}`, `{"user":"ana","password":"[masked]","n":1}`},
		{`{"accessToken" : "abc", "ttl": 5}`, `{"accessToken" : "[masked]", "ttl": 5}`},
		{`body={\"secret\":\"a b\",\"x\":1}`, `body={\"secret\":\"[masked]\",\"x\":1}`},
		{`{"secret":null,"token":12345}`, `{"secret":null,"token":[masked]}`},
		{`{"token":{"kind":"jwt"}}`, `{"token":{"kind":"jwt"}}`},
		{`{"password":["a","b"]}`, `{"password":[masked]}`},
		{"Config{user=ana, password=hunter2, port=1}", "Config{user=ana, password=[masked], port=1}"},
		{"Config{password=a,b}", "Config{password=[masked]}"},
		{"X-Api-Key: abcdef", "X-Api-Key: [masked]"},
		{`secret="two words" n=1`, `secret="[masked]" n=1`},
		{`:password => "x"`, `:password => "[masked]"`},
		{"password='it", "password='[masked]"},
		{"Authorization: Bearer abc.def", "Authorization: Bearer [masked]"},
		{"authorization=Basic dXNlcg== x=1", "authorization=Basic [masked] x=1"},
		{"Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "Authorization: AWS4-HMAC-SHA256 [masked]"},
		{`"Authorization": "Digest username=\"a\", response=\"b\""`, `"Authorization": "Digest [masked]"`},
		{"Authorization: opaque", "Authorization: [masked]"},
		{"open https://ana:s3cret@db:5432/x", "open https://ana:[masked]@db:5432/x"},
		// by their own looks
		{"sent Bearer abcdefghij0123456789", "sent Bearer [masked]"},
		{"-H 'basic dXNlcjpwYXNzd29yZA=='", "-H 'basic [masked]'"},
		{"key AKIAIOSFODNN7EXAMPLE used", "key [masked] used"},
		{"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.", "jwt [masked]"},
		{"mst_" + key + " and msk_" + key, "[masked] and [masked]"},
		{"a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n[masked]\nb"},
		{"-----BEGIN PRIVATE KEY-----\nMIIE", "[masked]"},
		// numbers, whatever digits of other scripts stand beside them
		{"EE270000000000000000\u0660", "[iban]\u0660"},
		{"4111111111111111\uff11", "[card …1111]\uff11"},
		// objects and lists
		{`{"password":{"v":"x","type":"bcrypt"},"n":1}`, `{"password":{"v":"[masked]","type":"bcrypt"},"n":1}`},
		{`{"secret":{"a":["b","c"],"n":12,"d":{"e":"f"}},"x":"y"}`, `{"secret":{"a":["[masked]","[masked]"],"n":[masked],"d":{"e":"[masked]"}},"x":"y"}`},
		{`{\"token\":{\"value\":\"a b\"}}`, `{\"token\":{\"value\":\"[masked]\"}}`},
		{`{"tokens":["a]b","c"],"n":1}`, `{"tokens":[masked],"n":1}`},
		{`{"passwords":["a","b`, `{"passwords":[masked]`},
		{`{"tokens":[1,2],"authorization":{"decision":"allow"}}`, `{"tokens":[1,2],"authorization":{"decision":"allow"}}`},
		// pass, other languages, elements, options
		{"user=ana pass=hunter2 db_pass=x1 dbPass: y2", "user=ana pass=[masked] db_pass=[masked] dbPass: [masked]"},
		{`{"pass":"hunter2"}`, `{"pass":"[masked]"}`},
		{"pass: hunter2", "pass: [masked]"},
		{"passwd: x pwd=y", "passwd: [masked] pwd=[masked]"},
		{"Passwort=geheim Kennwort: geheim", "Passwort=[masked] Kennwort: [masked]"},
		{"mot de passe : secret, mot_de_passe=x", "mot de passe : [masked], mot_de_passe=[masked]"},
		{"contraseña=uno CONTRASEÑA: dos contrasena=tres", "contraseña=[masked] CONTRASEÑA: [masked] contrasena=[masked]"},
		{"<user>ana</user><password>a&amp;b</password>", "<user>ana</user><password>[masked]</password>"},
		{`<ns:Password Type="x"> y z </ns:Password><secret/>`, `<ns:Password Type="x"> [masked] </ns:Password><secret/>`},
		{"<token><![CDATA[a<b]]></token>", "<token><![CDATA[[masked]]]></token>"},
		{"<password>cut off", "<password>[masked]"},
		{"run --password hunter2 --user ana --token 'a b' --api-key=k", "run --password [masked] --user ana --token '[masked]' --api-key=[masked]"},
		{`["db","--password","hunter2","--pass","x"]`, `["db","--password","[masked]","--pass","[masked]"]`},
		{"sshpass -p hunter2 ssh host; mysql -u root -phunter2 -h db", "sshpass -p [masked] ssh host; mysql -u root -p[masked] -h db"},
		{"docker login -u ana -p hunter2 registry", "docker login -u ana -p [masked] registry"},
		// cookies and schemes
		{"Cookie: sid=abc; theme=dark", "Cookie: sid=[masked]; theme=[masked]"},
		{`{"cookie":"sid=abc; t=\"x\"","n":1}`, `{"cookie":"sid=[masked]; t=[masked]","n":1}`},
		{"Cookie:[a=b; c=d] Accept:[x]", "Cookie:[a=[masked]; c=[masked]] Accept:[x]"},
		{"Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=[masked]; Path=/; HttpOnly"},
		{`Authorization: Digest username="Mufasa", realm="a b", response="6629f", qop=auth then`, "Authorization: Digest [masked] then"},
		{`curl -H 'Authorization: Digest username="a", response="b"' x`, "curl -H 'Authorization: Digest [masked]' x"},
		// addresses
		{"clone https://0123456789abcdef0123@git.example/x", "clone https://[masked]@git.example/x"},
		{"https://0123456789abcdef0123:x-oauth-basic@git.example", "https://[masked]:[masked]@git.example"},
		{"ssh://git@git.example/x http://support-team-london@x", "ssh://git@git.example/x http://support-team-london@x"},
		// well-known tokens
		{"ghp_" + key + " github_pat_11ABCDEFG0_" + key, "[masked] [masked]"},
		{"xoxb-123456789012-abcdefgh glpat-abcdefghij_KLMNOPQRS", "[masked] [masked]"},
		{"sk_live_4eC39HqLyjWDarjtT1zdp7dc AIzaSyA0123456789abcdefghijklmnopqrstuv", "[masked] [masked]"},
		{"npm_config_registry pk_live_abcdefghijkl glpat-short ghp_x", "npm_config_registry pk_live_abcdefghijkl glpat-short ghp_x"},
		// nothing secret
		{"12 tests pass=12 fail=0, pass: 12, bypass=true, compass: north", "12 tests pass=12 fail=0, pass: 12, bypass=true, compass: north"},
		{"first pass: scanning; process = 1; address=10.0.0.1", "first pass: scanning; process = 1; address=10.0.0.1"},
		{"use --password to log in, --token is deprecated", "use --password to log in, --token is deprecated"},
		{"docker run -p 8080:80 web; mysql -P 3306 -p", "docker run -p 8080:80 web; mysql -P 3306 -p"},
		{"cookie: none, cookies disabled, cookiecutter=a", "cookie: none, cookies disabled, cookiecutter=a"},
		{"<tokens>5</tokens> tokens: 5, tokens=abc", "<tokens>5</tokens> tokens: 5, tokens=abc"},
		{"Failed password for root from 10.0.0.1 port 22 ssh2", "Failed password for root from 10.0.0.1 port 22 ssh2"},
		{"PWD=/home/ana ; USER=root", "PWD=/home/ana ; USER=root"},
		{"max_tokens=100 secretary=ana tokenizer: fast", "max_tokens=100 secretary=ana tokenizer: fast"},
		{"Basic authentication failed, bearer missing", "Basic authentication failed, bearer missing"},
		{"-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"},
		{"password= ", "password= "},
		{"?s=1&password=x", "?s=1&password=[masked]"},
		{"https://host:8080/a@b", "https://host:8080/a@b"},
		{"password=[masked] ok", "password=[masked] ok"},
		// numbers
		{"pan=4111111111111111 paid", "pan=[card …1111] paid"},
		{"4111 1111 1111 1111", "[card …1111]"},
		{"3782-822463-10005", "[card …0005]"},
		{"n 12 4111-1111-1111-1111 99", "n 12 [card …1111] 99"},
		{"4111111111111112", "4111111111111112"},
		{"41111111111111111111111", "41111111111111111111111"},
		{"at 1446249499322 and 2026-11-02 12:00:00", "at 1446249499322 and 2026-11-02 12:00:00"},
		{"4111\u00a01111\u00a01111\u00a01111 é", "[card …1111] é"},
		{"é 4111\u20091111\u202f1111\u20071111.", "é [card …1111]."},
		{"４１１１１１１１１１１１１１１１ ok", "[card …1111] ok"},
		{"4111\u20111111\u200b‑1111‑1111", "[card …1111]"},
		{"DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000 é", "[iban] é"},
		{"1\u00a0234\u00a0567 € ４２", "1\u00a0234\u00a0567 € ４２"},
		{"to DE89370400440532013000, thanks", "to [iban], thanks"},
		{"IBANgb29 nwbk 6016 1331 9268 19", "IBAN[iban]"},
		{"DE89370400440532013001 xDE89370400440532013000", "DE89370400440532013001 xDE89370400440532013000"},
	} {
		if got := m.text(c.in); got != c.want {
			t.Errorf("%q\n became %q\n not    %q", c.in, got, c.want)
		}
		if once := m.text(c.in); m.text(once) != once {
			t.Errorf("%q is masked again: %q", once, m.text(once))
		}
	}
}

func TestNothingIsLeftOfAFieldThatIsNamedAfterASecret(t *testing.T) {
	row := signal.Row{Fields: []signal.Field{{Name: "user.Password", Value: "x"}, {Name: "PWD", Value: "/tmp"}, {Name: "host", Value: "a"},
		{Name: "api-key", Value: "two words"}, {Name: "_msg", Value: "card 4111111111111111"}}}
	maskerOf(t).Row(&row, new(LastRow))
	for name, want := range map[string]string{"user.Password": masked, "PWD": "/tmp", "host": "a", "api-key": masked, "_msg": "card [card …1111]"} {
		if got := row.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAFieldIsMaskedTheSameWhateverRowCameBefore(t *testing.T) {
	m := maskerOf(t)
	names := rapid.SampledFrom([]string{"_msg", "host", "token", "OLDPWD", "db_password"})
	values := rapid.SampledFrom([]string{"", "a", "/tmp", "password=x", "4111111111111111", "password=[masked]", "[masked]"})
	rapid.Check(t, func(t *rapid.T) {
		var before LastRow
		for range rapid.IntRange(1, 8).Draw(t, "rows") {
			var row, alone signal.Row
			for range rapid.IntRange(0, 4).Draw(t, "fields") {
				row.Fields = append(row.Fields, signal.Field{Name: names.Draw(t, "name"), Value: values.Draw(t, "value")})
			}
			alone.Fields = slices.Clone(row.Fields)
			m.Row(&row, &before)
			m.Row(&alone, new(LastRow))
			if !slices.Equal(row.Fields, alone.Fields) {
				t.Fatalf("%q, and alone %q", row.Fields, alone.Fields)
			}
		}
	})
}

func TestASourceMasksWhatItNamesAndNothingElse(t *testing.T) {
	const line = "ref ACC-12345 pan 4111111111111111 password=x"
	for _, c := range []struct {
		name string
		list []Mask
		want string
	}{
		{"none", []Mask{{What: "none"}}, line},
		{"card alone", []Mask{{What: "card"}}, "ref ACC-12345 pan [card …1111] password=x"},
		{"an expression", []Mask{{Regexp: `ACC-\d+`}}, "ref [masked] pan 4111111111111111 password=x"},
		{"a group", []Mask{{Regexp: `ACC-(\d+)`, Replace: "#"}}, "ref ACC-# pan 4111111111111111 password=x"},
		{"another word", []Mask{{What: "card", Replace: "PAN"}, {What: "secret", Replace: "***"}}, "ref ACC-12345 pan PAN password=***"},
		{"either", []Mask{{Regexp: `(?i)acc-\w+|zzz`}}, "ref [masked] pan 4111111111111111 password=x"},
	} {
		if got := maskerOf(t, c.list...).text(line); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// surrounding is text in which the number stands; what touches it is no letter and no digit.
func surrounding() *rapid.Generator[string] {
	return rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringMatching(`[ -~]{0,30}`), rapid.SampledFrom([]string{"12 ", "2026-11-02 ", " 99", "é", "\xff", "x=", "[", "4111 1111 "}))
}

func TestEveryCardNumberIsMaskedWhateverStandsAroundIt(t *testing.T) {
	m := maskerOf(t, Mask{What: "card"})
	rapid.Check(t, func(t *rapid.T) {
		digits := cardNumber(t)
		written := grouped(t, digits)
		before, after := surrounding().Draw(t, "before"), surrounding().Draw(t, "after")
		before, after = strings.TrimRight(before, "0123456789"), strings.TrimLeft(after, "0123456789")
		if got := m.text(before + written + after); strings.Contains(got, written) || strings.Contains(got, written[len(written)-8:]) || !strings.Contains(got, "[card …") {
			t.Fatalf("%q became %q", before+written+after, got)
		}
	})
}

// TestNumbersThatOverlapAreMaskedTogether: what begins inside of a number may be the card.
func TestNumbersThatOverlapAreMaskedTogether(t *testing.T) {
	m := maskerOf(t, Mask{What: "card"})
	for in, want := range map[string]string{
		"4111 1111 5100 0000 0000 0008":            "[card …0008]",
		"a 4111 1111 1111 1111 b 5105105105105100": "a [card …1111] b [card …5100]",
	} {
		if got := m.text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func cardNumber(t *rapid.T) string {
	i := rapid.SampledFrom(issuers).Draw(t, "issuer")
	length := rapid.IntRange(i.least, i.most).Filter(func(n int) bool { return i.from != 400000 || n%3 == 1 }).Draw(t, "length")
	first := rapid.IntRange(i.from, i.to).Draw(t, "first")
	number := strconv.Itoa(first) + rapid.StringMatching(`[0-9]{`+strconv.Itoa(length-7)+`}`).Draw(t, "rest")
	for d := range 10 {
		if luhn(number + strconv.Itoa(d)) {
			return number + strconv.Itoa(d)
		}
	}
	t.Fatal("no check digit")
	return ""
}

// grouped writes a number as people do.
func grouped(t *rapid.T, digits string) string {
	separator := rapid.SampledFrom([]string{"", " ", "-", "."}).Draw(t, "separator")
	if separator == "" || len(digits) == 14 {
		return digits
	}
	var groups []string
	if len(digits) == 15 {
		return digits[:4] + separator + digits[4:10] + separator + digits[10:]
	}
	for len(digits) > 4 {
		groups, digits = append(groups, digits[:4]), digits[4:]
	}
	return strings.Join(append(groups, digits), separator)
}

func TestDigitsThatFailTheChecksStay(t *testing.T) {
	m := maskerOf(t, Mask{What: "card"}, Mask{What: "iban"})
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{1,24}`).Filter(func(s string) bool { return !isCard(s) }).Draw(t, "digits")
		line := rapid.SampledFrom([]string{"", "id ", "x=", "("}).Draw(t, "before") + digits + rapid.SampledFrom([]string{"", " ok", ";"}).Draw(t, "after")
		if got := m.text(line); got != line {
			t.Fatalf("%q became %q", line, got)
		}
	})
}

func TestEveryIBANIsMaskedWhateverStandsAroundIt(t *testing.T) {
	m := maskerOf(t, Mask{What: "iban"})
	countries := make([][2]byte, 0, len(ibanLengths))
	for c := range ibanLengths {
		countries = append(countries, c)
	}
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom(countries).Draw(t, "country")
		account := rapid.StringMatching(`[0-9A-Z]{`+strconv.Itoa(ibanLengths[country]-4)+`}`).Draw(t, "account")
		number := ""
		for check := 2; check <= 98 && number == ""; check++ {
			if n := string(country[:]) + strconv.Itoa(check/10) + strconv.Itoa(check%10) + account; mod97([]byte(n)) == 1 {
				number = n
			}
		}
		written := number
		if rapid.Bool().Draw(t, "spaced") {
			written = ""
			for i := 0; i < len(number); i += 4 {
				written += number[i:min(i+4, len(number))] + " "
			}
			written = strings.TrimSpace(written)
		}
		if rapid.Bool().Draw(t, "lower") {
			written = strings.ToLower(written)
		}
		edge := func(r rune) bool { return r < utf8.RuneSelf && isAlnum(byte(r)) }
		before, after := strings.TrimRightFunc(surrounding().Draw(t, "before"), edge), strings.TrimLeftFunc(surrounding().Draw(t, "after"), edge)
		if got := m.text(before + written + after); strings.Contains(got, written) || !strings.Contains(got, "[iban]") {
			t.Fatalf("%q became %q", before+written+after, got)
		}
		wrong := []byte(number)
		wrong[len(wrong)-1] = '0' + (wrong[len(wrong)-1]+1)%10
		if mod97(wrong) != 1 && m.text(string(wrong)) != string(wrong) {
			t.Fatalf("%q fails the check and is masked", wrong)
		}
	})
}

func TestThePrescanMissesNoRunThatASlowOneFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([0-9a-zA-Z :.é-]{0,3}[0-9]{0,9}){0,8}`).Draw(t, "s")
		var want, got []int
		for p := range len(s) {
			if isDigit(s[p]) && (p == 0 || !isDigit(s[p-1])) && mayBe(s, p) {
				want = append(want, p)
			}
		}
		for p := nextRun(s, 0); p >= 0; p = nextRun(s, p+1) {
			got = append(got, p)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%q: %v, want %v", s, got, want)
			}
		}
	})
}

func TestAGlanceMissesNoSecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[ -~é]{0,12}`).Draw(t, "before") + rapid.SampledFrom([]string{" ", ".", "\"", "é"}).Draw(t, "edge") + rapid.SampledFrom([]string{
			"password=x", "PassWd: x", "pwd=x", "passphrase=x", "client_secret=x", "token:x", "API_KEY=x", "apikey=x", "Authorization: x", "credentials=x",
			"Bearer abcdefghij0123456789", "basic dXNlcjpwYXNzd29yZA==", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "eyJhbGciOiJI.eyJzdWIiOiIxIn0.c2ln",
			"pass=x", "pass = x", "PASS: x", "--pass x", "<pass>x", "Passwort=x", "kennwort: x", "mot de passe : x", "motDePasse=x", "contraseña=x",
			"senha=x", "wachtwoord=x", "Cookie: a=b", "cookies=a=b", "tokens: [a]", "secrets: [a]", "--api-key x", "sshpass -p x", "mysql -px", "mariadb -px",
			"docker login -p x", "podman login -p x", "ghp_x", "gho_x", "ghu_x", "ghs_x", "ghr_x", "github_pat_x", "xoxb-x", "xoxp-x", "xoxa-x", "glpat-x",
			"sk_live_x", "rk_live_x", "sk_test_x", "rk_test_x", "npm_x", "AIzax", "<token>x", "<pwd>x", "<apikey>x",
			"mst_abcdefghijklmnopqrstuvwx", "mik_abcdefghijklmnopqrstuvwx", "msk_abcdefghijklmnopqrstuvwx", "-----BEGIN PRIVATE KEY-----", "http://a:b@c",
		}).Draw(t, "secret") + rapid.StringMatching(`[ -~é]{0,12}`).Draw(t, "after")
		if may, _ := maySecret(line); !may {
			t.Fatalf("%q is passed over", line)
		}
	})
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"password=\"a\\\"b", "token: [", "https://a:b@", "4111 1111 1111 1111", "DE89370400440532013000", "-----BEGIN X PRIVATE KEY-----", "eyJ.", "Bearer ", `\"secret\":\"`} {
		f.Add(s)
	}
	m, err := New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := m.text(s); utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q became %q, which is not UTF-8", s, got)
		}
		const pan = "4111111111111111"
		line := strings.TrimRight(s, "0123456789") + " " + pan
		if got := m.text(line); strings.Contains(got, pan) {
			t.Errorf("%q keeps a card number: %q", line, got)
		}
	})
}

func TestRealLinesKeepTheirText(t *testing.T) {
	m := maskerOf(t)
	changed := 0
	for _, line := range realLines(t) {
		if got := m.text(line); got != line {
			if changed++; changed <= 20 {
				t.Logf("%s\n became %s", line, got)
			}
		}
	}
	if changed > 0 {
		t.Errorf("%d lines have no secret and are masked", changed)
	}
}
