package ui

import (
	"net/url"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
)

// GalleryFrame is the frame with which the gallery is shown and tested: an invented desk at now.
func GalleryFrame(now time.Time, at *url.URL) Frame {
	return Frame{
		Now: now, URL: at, Site: "Gallery", SiteZone: "Europe/London",
		User: &User{Login: "gallery", Name: "Ana Example", Role: "First line", ProfileURL: "/gallery?profile", SignOutURL: "/gallery"},
		Nav: []NavItem{
			{Label: "Board", URL: "/", Go: "b", Root: true},
			{Label: "Incidents", URL: "/gallery", Go: "i", Count: 3, Tone: Bad, CountOf: "open"},
			{Label: "Alerts", URL: "/alerts", Go: "a", Count: 12, Tone: Warn, CountOf: "firing"},
			{Label: "On call", URL: "/oncall", Go: "o"},
			{Label: "Changes", URL: "/changes", Go: "c", Count: 1, CountOf: "today"},
			{Label: "Services", URL: "/services", Go: "s"},
			{Label: "Logs", URL: "/logs", Go: "l"},
			{Label: "Day", URL: "/day", Go: "d"},
			{Label: "Problems", URL: "/problems", Go: "p"},
			{Label: "Reports", URL: "/reports", Go: "r"},
			{Label: "Administration", URL: "/admin"},
		},
		LiveURL: "/live", PaletteURL: "/palette", CSRF: "gallery",
		Flash: []Flash{{ToneOK, "INC-2041 acknowledged. The response clock has stopped."}},
	}
}

// galleryRow is one invented row of the gallery's list.
type galleryRow struct {
	key, title, service, owner string
	severity                   int
	badge                      Badge
	opened                     time.Duration // before now
	due                        time.Duration // after now; negative is over
}

var galleryRows = []galleryRow{
	{"INC-2041", "Payments to the clearing house are queued and not sent", "Payments", "", 1, Badge{State: Bad, Word: "Open"}, 12 * time.Minute, 4*time.Minute + 30*time.Second},
	{"INC-2040", "Market data arrives 40 seconds late from the second venue", "Market data", "Ana Example", 2, Badge{State: Bad, Word: "Acknowledged", Handled: true, Note: "by Ana, 14:02"}, 71 * time.Minute, -4 * time.Minute},
	{"INC-2038", "Mail gateway refuses one partner domain", "Mail", "Ben Example", 3, Badge{State: Warn, Word: "Investigating", Handled: true}, 26 * time.Hour, 3 * time.Hour},
	{"INC-2035", "Statement report is slow", "Reporting", "Chi Example", 4, Badge{State: OK, Word: "Restored"}, 50 * time.Hour, 40 * time.Hour},
	{"INC-2031", "Heartbeat of agent edge-7 missing", "Branch network", "", 3, Badge{State: Unknown, Word: "No data", Note: "for 9 min"}, 9 * time.Minute, 51 * time.Minute},
}

func (r galleryRow) class() string {
	switch {
	case r.badge.State == Bad && !r.badge.Handled:
		return "is-bad"
	case r.due < 0:
		return "is-warn"
	}
	return ""
}

// galleryErr is what a service might refuse.
func galleryErr() error {
	var c errs.Check
	c.Add("name", "must not be empty")
	c.Add("zone", `"Mars/Base" is not a time zone; use a name such as "Europe/London"`)
	return c.Err("the roster")
}

// galleryRowsOf returns n rows; those past the invented ones stand first, as new ones do.
func galleryRowsOf(n int) []galleryRow {
	var rows []galleryRow
	for i := n; i > len(galleryRows); i-- {
		r := galleryRows[0]
		r.key = "INC-" + strconv.Itoa(2041+i-len(galleryRows))
		rows = append(rows, r)
	}
	return append(rows, galleryRows[:min(n, len(galleryRows))]...)
}

// galleryStop asks from a menu.
var galleryStop = Ask{
	ID: "ask-stop", Open: Act{Label: "Stop paging …", Icon: "cross", Kind: Danger}, URL: "/gallery", Quiet: true,
	Title: "Stop paging for INC-2041?", Consequence: "Nobody else is called until somebody escalates again. Your name and reason are recorded.",
	Do: Act{Label: "Stop paging", Kind: Danger},
}
