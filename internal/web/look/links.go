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
