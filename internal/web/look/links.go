package look

import "net/url"

// ServiceURL is the page of a service.
func ServiceURL(name string) string { return "/services/" + url.PathEscape(name) }

// TeamURL is the page of a team.
func TeamURL(name string) string { return "/teams/" + url.PathEscape(name) }

// PersonURL is the page of a person.
func PersonURL(login string) string { return "/people/" + url.PathEscape(login) }

// RosterURL is the page of a roster.
func RosterURL(name string) string { return "/oncall/" + url.PathEscape(name) }

// BoardURL is the drawing of a service.
func BoardURL(service string) string { return ServiceURL(service) + "/board" }

// address is a path with a query; values come in pairs.
func address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + q.Encode()
}
