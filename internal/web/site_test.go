package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/internal/edge"
	"mainstay/internal/web/ui"
)

func TestVisitorsAreLedToTheSignInAndBack(t *testing.T) {
	s := openSite(t)
	b := s.visitor(t)
	b.get("/incidents?severity=1").want(http.StatusSeeOther).wantHeader("Location", "/login?next=%2Fincidents%3Fseverity%3D1")
	b.get("/login?next=%2Fincidents%3Fseverity%3D1").want(http.StatusOK).wantText("Sign in")
	b.post("/incidents/bulk", url.Values{"do": {"restore"}}).want(http.StatusUnauthorized).wantText("Sign in first")
	b.get("/board", "HX-Request: true").want(http.StatusUnauthorized).wantNoText("<html")
	b.get("/palette?q=x", "Accept: application/json").want(http.StatusUnauthorized).wantNoText("<html")
}

func TestSessionCookieIsSafeAndEndsWithSigningOut(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	code, err := s.Rooms.People.PasswordCode(t.Context(), s.Root, "ben")
	if err != nil {
		t.Fatal(err)
	}
	in := s.visitor(t).post("/password", url.Values{"code": {code}, "password": {password}, "again": {password}}).want(http.StatusSeeOther)
	found := false
	for _, c := range in.Cookies() {
		if c.Name == edge.Cookie {
			found = true
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Value == "" {
				t.Errorf("the session's cookie is %+v", c)
			}
		}
	}
	if !found {
		t.Error("no session after setting a password")
	}
	b.get("/").want(http.StatusOK).wantText("Ana Ruiz", "First line", "/logout")
	b.post("/logout", nil).want(http.StatusSeeOther).wantHeader("Location", "/login")
	b.get("/").want(http.StatusSeeOther)
}

func TestMessagesTravelToTheNextPageOnce(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	s.Alert("payments", "QueueDepth", "critical")
	b.post("/incidents/INC-1/acknowledge", nil).want(http.StatusSeeOther)
	b.get("/incidents/INC-1/head", "HX-Request: true").want(http.StatusOK).wantNoText("You have INC-1")
	b.get("/incidents/INC-1").want(http.StatusOK).wantText("You have INC-1")
	b.get("/incidents/INC-1").want(http.StatusOK).wantNoText("You have INC-1")
}

func TestMessagesOfOthersMakingAreOnlyText(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	for _, cookie := range []string{"garbage", "bm8ganNvbg", ""} {
		b.get("/incidents", "Cookie: mainstay_messages="+cookie).want(http.StatusOK, http.StatusSeeOther)
	}
}

func TestErrorPagesSayWhatToDoAndNothingOfTheInside(t *testing.T) {
	s := openSite(t)
	b, visitor := s.as(t, "ana"), s.visitor(t)
	b.get("/no-such-page").want(http.StatusNotFound).wantText("There is no page at this address", `href="/"`)
	visitor.get("/no-such-page").want(http.StatusNotFound).wantText("There is no page at this address", "/login")
	b.get("/incidents/INC-99").want(http.StatusNotFound).wantText("INC-99")
	b.post("/incidents/INC-1/stop-clock", nil).want(http.StatusForbidden).wantText("first line")
	b.get("/incidents/INC-1/comment").want(http.StatusMethodNotAllowed) // a way back from the sign-in after a form

	broken := b.get("/broken").want(http.StatusInternalServerError)
	broken.wantText("Something went wrong on our side", broken.Header.Get("X-Request-Id"))
	broken.wantNoText("secret detail")
	if !strings.Contains(s.log.String(), "secret detail") || !strings.Contains(s.log.String(), broken.Header.Get("X-Request-Id")) {
		t.Error("the log does not say what the page hides")
	}
	b.get("/broken", "HX-Request: true").want(http.StatusInternalServerError).wantNoText("<html", "secret detail")
}

func TestClientBeginsAtTheirServices(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "acme")
	b.get("/").want(http.StatusSeeOther).wantHeader("Location", "/portal")
	b.get("/portal").want(http.StatusOK).wantText("Your services").wantNoText(`href="/incidents"`, `href="/customers"`, `href="/admin"`)
	b.get("/me/contacts").want(http.StatusOK).wantNoText(`href="/incidents"`, `href="/admin"`)
	s.as(t, "vera").get("/").want(http.StatusOK).wantNoText(`href="/portal"`)
}

func TestErrorPagesLeadOnlyToWhatIsOpen(t *testing.T) {
	s := openSite(t)
	s.as(t, "acme").get("/incidents").want(http.StatusForbidden).wantText("Not allowed", `href="/portal"`).wantNoText(`href="/incidents"`)
	s.as(t, "vera").get("/customers").want(http.StatusForbidden).wantText("Not allowed", `href="/incidents"`)
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	s.Alert("payments", "QueueDepth", "critical")
	b.post("/incidents/INC-1/restore", nil, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example").want(http.StatusForbidden).wantText("<html")
	b.post("/logout", nil, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example").want(http.StatusForbidden)
	b.get("/").want(http.StatusOK)
	i, err := s.Rooms.Incidents.Get(t.Context(), s.Ana, "INC-1")
	if err != nil || !i.State.Active() {
		t.Errorf("INC-1 is %s, %v", i.State, err)
	}
}

func TestTooLargeFormsAreRefusedAsAPage(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	s.Alert("payments", "QueueDepth", "critical")
	b.post("/incidents/INC-1/comment", url.Values{"text": {strings.Repeat("a", 11_000_000)}}).want(http.StatusRequestEntityTooLarge).wantText("<html", "larger than")
	b.post("/incidents/INC-1/comment", url.Values{"text": {strings.Repeat("a", 30_000)}}).want(http.StatusUnprocessableEntity).wantText("20000")
	b.post("/incidents/INC-1/comment", url.Values{"text": {"nul\x00byte"}}).want(http.StatusUnprocessableEntity)
	b.ask(http.MethodPost, "/incidents/INC-1/comment", strings.NewReader("text=%zz"), []string{"Content-Type: application/x-www-form-urlencoded"}).
		want(http.StatusUnprocessableEntity).wantText("send it again")
	b.ask(http.MethodPost, "/incidents/INC-1/attach", strings.NewReader("no parts"), []string{"Content-Type: multipart/form-data"}).
		want(http.StatusUnprocessableEntity)
}

func TestNavigationCountsAndFollowsTheRole(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "vera")
	s.Alert("payments", "QueueDepth", "critical")
	b.get("/").want(http.StatusOK).wantText("count-bad", `data-live-src="/nav"`).wantNoText(`href="/admin"`, `href="/customers"`)
	b.get("/nav", "HX-Request: true").want(http.StatusOK).wantText(`id="nav-items"`, "count-bad").wantNoText("<html")
	if _, err := s.Rooms.Incidents.Acknowledge(t.Context(), s.Ana, "INC-1"); err != nil {
		t.Fatal(err)
	}
	b.get("/nav", "HX-Request: true").want(http.StatusOK).wantNoText("count-bad")
}

func TestTabsOfLogsLeadOnlyThereWhereTheReaderMayGo(t *testing.T) {
	s := openSite(t)
	search, patterns := `<a href="/logs"`, `<a href="/logs/patterns"`
	s.as(t, "ana").get("/rules").want(http.StatusOK).wantText(search, patterns, `<a href="/logs/saved"`)
	for login, why := range map[string]string{"vera": "belongs to no team", "sam": "belongs to a team that owns no service"} {
		if login == "sam" { // as first line, who reads what is the team's
			s.Apply("{kind: User, name: sam, title: Sam Lee, role: first-line}")
		}
		b := s.as(t, login)
		b.get("/logs").want(http.StatusForbidden)
		if got := b.get("/rules").want(http.StatusOK).wantText(`<a href="/logs/saved"`); strings.Contains(got.body, search) || strings.Contains(got.body, patterns) {
			t.Errorf("the tabs lead %s, who %s, to a page that refuses", login, why)
		}
	}
}

func TestDownloadsAreNeverShownAsPagesOfOurs(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	s.Alert("payments", "QueueDepth", "critical")
	if _, err := s.Rooms.Incidents.Attach(t.Context(), s.Ana, "INC-1", "näme\"x.html", "text/html", strings.NewReader("<script>alert(1)</script>")); err != nil {
		t.Fatal(err)
	}
	files, err := s.Rooms.Incidents.Attachments(t.Context(), s.Ana, "INC-1")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	a := b.get("/incidents/INC-1/files/" + string(files[0].ID)).want(http.StatusOK)
	a.wantHeader("Content-Type", "application/octet-stream").wantHeader("X-Content-Type-Options", "nosniff")
	if d := a.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
		t.Errorf("Content-Disposition is %q", d)
	}
	if csp := a.Header.Get("Content-Security-Policy"); csp == ui.ContentSecurityPolicy || !strings.Contains(csp, "sandbox") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
}

func TestPagesKeepTheStrictPolicy(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "root")
	s.Alert("payments", "QueueDepth", "critical")
	for _, path := range []string{"/", "/wall", "/incidents", "/incidents/INC-1", "/incidents/new", "/alerts", "/alerts/quarantine"} {
		a := b.get(path).want(http.StatusOK)
		a.wantHeader("Content-Security-Policy", ui.ContentSecurityPolicy).wantHeader("Cache-Control", "no-store")
		a.wantNoText(" style=\"", " onclick=", "javascript:", "<script>")
	}
}

func TestWhatAPageDoesNotTakeIsSaidSo(t *testing.T) {
	s := openSite(t)
	b := s.as(t, "ana")
	b.get("/logout").want(http.StatusMethodNotAllowed).wantHeader("Allow", "POST").wantText("/logout takes POST, not GET", "Board")
	b.post("/incidents", nil).want(http.StatusMethodNotAllowed).wantHeader("Allow", "GET, HEAD").wantText("takes GET, not POST")
	b.get("/logout", "HX-Request: true").want(http.StatusMethodNotAllowed).wantHeader("Allow", "POST").wantNoText("<html")
	b.get("/nowhere").want(http.StatusNotFound).wantHeader("Allow", "")
	b.post("/nowhere", nil).want(http.StatusNotFound)
	s.visitor(t).get("/incidents/INC-1/acknowledge").want(http.StatusMethodNotAllowed)
}
