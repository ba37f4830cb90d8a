package look

import (
	"net/url"
	"strings"
	"time"

	"mainstay/internal/domain/people"
)

// MaintenanceURL is the page of a maintenance.
func MaintenanceURL(name string) string { return "/maintenance/" + url.PathEscape(name) }

// CustomerURL is the page of a customer.
func CustomerURL(name string) string { return "/customers/" + url.PathEscape(name) }

// ComponentURL is the page of a component.
func ComponentURL(name string) string { return "/components/" + url.PathEscape(name) }

// PolicyURL is the page of an escalation policy.
func PolicyURL(name string) string { return "/policies/" + url.PathEscape(name) }

// CalendarURL is the page of a calendar.
func CalendarURL(name string) string { return "/calendars/" + url.PathEscape(name) }

// FollowUpURL is the page of a follow-up.
func FollowUpURL(id string) string { return "/follow-ups/" + url.PathEscape(id) }

// Level is where a team stands, in words.
func Level(l people.Level) string { return l.Title() }

// City shortens Europe/London to London, as people speak.
func City(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
}

// ThereNow is what a clock shows at a place: "Mon 09:14 London".
func ThereNow(now time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	return now.In(loc).Format("Mon 15:04 ") + City(zone)
}
