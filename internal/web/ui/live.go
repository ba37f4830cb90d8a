package ui

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// LiveAttributes are the attributes of an element that keeps itself up to date: when an event of
// one of the topics (separated by blanks, "incident:*" for all of a kind) arrives, src is fetched
// and the element is morphed into the answer. Without src the element stays still.
func LiveAttributes(topics, src string) templ.Attributes {
	if src == "" {
		return templ.Attributes{}
	}
	return templ.Attributes{"data-live": topics, "data-live-src": src}
}

// every has an element fetched now and then.
func every(d time.Duration) templ.Attributes {
	if d == 0 {
		return templ.Attributes{}
	}
	return templ.Attributes{"data-live-every": strconv.Itoa(int(d / time.Second))}
}

// modules are the script files that app.js imports; the page names them so that the browser
// fetches them at once and not one after the other.
func modules() []string {
	var names []string
	for name := range loaded().byName {
		if strings.HasPrefix(name, "js/") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}
