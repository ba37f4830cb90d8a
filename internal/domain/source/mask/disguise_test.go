package mask

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/engine/signal"
)

// TestSecretsAreMaskedInEveryFormThatProgramsWriteThemIn: § stands for a secret.
func TestSecretsAreMaskedInEveryFormThatProgramsWriteThemIn(t *testing.T) {
	m := maskerOf(t)
	const secret = "hunter2X"
	for _, form := range []string{
		// pairs
		`{"name":"password","value":"§"}`, `{"key":"db.password","value":"§"},`, `{"field":"password","new":"§"}`,
		`{"field":"password","old":"§","new":"§","by":"ana"}`, `{\"name\":\"password\",\"value\":\"§\"}`, `{"name":"pwd","type":"text","value":"§"}`,
		`{"key":"password","value":{"stringValue":"§"}}`, `[{"name": "A", "value": "b"}, {"name": "API_KEY", "value": "§"}]`,
		`<property name="password" value="§"/>`, `<entry key="password">§</entry>`, `<property name="password"><value>§</value></property>`,
		`<add key="ApiKey" value="§" />`, `('password', '§')`, `["password","§"]`, `[('user', 'ana'), ('password', '§')]`, `[[b'x-api-key', b'§']]`,
		// elements, addresses
		`&lt;password&gt;§&lt;/password&gt;`, `\u003cpassword\u003e§\u003c/password\u003e`, `password%3D§`, `a%26pass%3D§%26b`, `user%5Bpassword%5D=§`,
		`user%5Bpassword%5D%3D§&x=1`, `%7B%22password%22%3A%22§%22%7D`, `password%253D§%2526a`,
		// colours, columns, lines
		"\x1b[31mpassword \x1b[0m=§", "\x1b[36mpassword\x1b[0m=§ \x1b[36muser\x1b[0m=ana", `\u001b[36mpwd\u001b[0m=§ x`, "\x1b[1;31mapi_key\x1b[0m: \x1b[32m§\x1b[0m .",
		"password        :        §", "password\u00a0=\u00a0§", "pass\u200bword=§", "ｐａｓｓｗｏｒｄ＝§", "password =\n  §", "password =\r\n\t§\nnext",
		"Content-Disposition: form-data; name=\"password\"\r\n\r\n§\r\n--b", `name=\"password\"\r\nContent-Type: text/plain\r\n\r\n§\r\n--b`,
		// kinds of quotes
		"userPassword:: aHVudGVy§", `password='it''s §'`, `["password"]=> string(5) "§"`, "[\"password\"]=>\n  string(5) \"§\"", `"{""password"":""§"",""a"":1}"`,
		// commands
		`CREATE USER ana IDENTIFIED BY '§'`, `ALTER ROLE ana WITH PASSWORD '§'`, `create user a identified by "x" -- PASSWORD '§'`, "curl -u ana:§ https://x", "curl -s --user ana:§ x",
		`New-User -Password '§' -Name a`, `ConvertTo-SecureString '§' -AsPlainText`, `ConvertTo-SecureString -String "§"`, "openssl rsa -passin pass:§ -in k",
		// names
		"passwords=§", "password1=§", "password_confirmation=§", "passwordConfirm=§", "jwt=§", "credential=§", "пароль:§", "Пароль: §", "ПАРОЛЬ=§",
		"pwd2=§", "pwd_confirm=§", `{"api_key1":"§"}`,
	} {
		in := strings.ReplaceAll(form, "§", secret)
		got := m.text(in)
		if strings.Contains(got, secret) || !strings.Contains(got, masked) {
			t.Errorf("%q became %q", in, got)
		}
		if again := m.text(got); again != got {
			t.Errorf("%q is masked again: %q", got, again)
		}
	}
}

// TestSessionsAndCodesAreMaskedWhenTheyCannotBeAnythingElse tells them from counts and numbers of sessions.
func TestSessionsAndCodesAreMaskedWhenTheyCannotBeAnythingElse(t *testing.T) {
	m := maskerOf(t)
	const id = "5f4dcc3b5aa765d61d8327deb882cf99"
	for in, want := range map[string]string{
		"/x;jsessionid=" + id + "?a=b":                         "/x;jsessionid=[masked]?a=b",
		"JSESSIONID=" + id + " ok":                             "JSESSIONID=[masked] ok",
		"PHPSESSID=" + id:                                      "PHPSESSID=[masked]",
		"sessionid=" + id:                                      "sessionid=[masked]",
		`{"session_id":"` + id + `"}`:                          `{"session_id":"[masked]"}`,
		"https://a.blob.example/x?sv=1&sig=" + id + "%3D&se=2": "https://a.blob.example/x?sv=1&sig=[masked]&se=2",
		"/x?X-Amz-Signature=" + id:                             "/x?X-Amz-Signature=[masked]",
		"POST https://hooks.slack.com/services/T0000AAAA/B0000AAAA/abcdefghijklmnop 200":         "POST https://hooks.slack.com/services/[masked] 200",
		"pin=1234 otp: 123456 cvv=123, card_pin=9876":                                            "pin=[masked] otp: [masked] cvv=[masked], card_pin=[masked]",
		"sessionid = 0x1591a9f5b0e0000a, negotiated timeout = 6000":                              "sessionid = 0x1591a9f5b0e0000a, negotiated timeout = 6000",
		"session_id=42 sid=ORCL sig=11 spin=1234 pin=13 OTP: 26 jwt: expired":                    "session_id=42 sid=ORCL sig=11 spin=1234 pin=13 OTP: 26 jwt: expired",
		`missing ["password","email"], want name="password" type=text; passwords: 3`:             `missing ["password","email"], want name="password" type=text; passwords: 3`,
		`{"name":"password","label":"Password","required":true} {"key":"user","value":"x"}`:      `{"name":"password","label":"Password","required":true} {"key":"user","value":"x"}`,
		"Token::parse failed, secret:: x, std::token::Kind, 50%3D token%20of password%20reset":   "Token::parse failed, secret:: x, std::token::Kind, 50%3D token%20of password%20reset",
		"password=\nnext line, token_confirm=1, identified by name 'ana', curl -u ana https://x": "password=\nnext line, token_confirm=1, identified by name 'ana', curl -u ana https://x",
		"sessionid=" + strings.Repeat(id, 100) + " ok":                                           "sessionid=[masked] ok",
		"password='' user='ana'":      "password='' user='ana'",
		"4111\t1111\t1111\t1111":      "[card …1111]",
		"4111%201111%201111%201111&a": "[card …1111]&a",
		"4111  1111  1111  1111":      "[card …1111]",
	} {
		if got := m.text(in); got != want {
			t.Errorf("%q\n became %q\n not    %q", in, got, want)
		}
	}
	row := signal.Row{Fields: []signal.Field{{Name: "cookies.sid", Value: "abc"}, {Name: "sessionId", Value: id}, {Name: "session_id", Value: "7"},
		{Name: "cookies.path", Value: "/"}, {Name: "otp", Value: "123456"}, {Name: "password_confirmation", Value: "x"}}}
	m.Row(&row, new(LastRow))
	for name, want := range map[string]string{"cookies.sid": masked, "sessionId": masked, "session_id": "7", "cookies.path": "/", "otp": masked, "password_confirmation": masked} {
		if got := row.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAGlanceMissesNoSecretInAnyForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[ -~é]{0,12}`).Draw(t, "before") + rapid.SampledFrom([]string{" ", ".", "\""}).Draw(t, "edge") + rapid.SampledFrom([]string{
			"jwt=x", "jwt: x", "_pin=x", "otp=1", "totp=1", "cvv=1", "cvc=1", "cvv2=1", "пароль=x", "Пароль: x", "ПАРОЛЬ: x", "sessionid=x", "session_id: x",
			"JSESSIONID=x", "sessionId\":\"x", "PHPSESSID=x", "connect.sid=x", "?sig=x", "&sig=x", "X-Amz-Signature=x", "X-Goog-Signature=x",
			"https://hooks.slack.com/services/x", "curl -u a:b", "ConvertTo-SecureString 'x'", "IDENTIFIED BY 'x'", "pwd\x1b[0m=x", "pwd%3Dx", "pwd&gt;x", "pass%3Dx", "pass%22%3A",
			"pass\x1b[0m=x", "pass1=x", "apikey%3Dx", "api_key%22%3A", "apikey&gt;x", "pwd_confirm=x", "pwd1=x", "api_key\x1b[0m=x", "credential=x", "passwords=x", "-pass pass:x",
		}).Draw(t, "secret") + rapid.StringMatching(`[ -~é]{0,12}`).Draw(t, "after")
		if may, _ := maySecret(line); !may {
			t.Fatalf("%q is passed over", line)
		}
	})
}
