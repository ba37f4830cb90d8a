package people

import "strings"

// nouns are what actions are about, as people call it.
var nouns = map[string]string{
	"user": "people", "policy": "escalation policies", "contact": "contact methods", "token": "API tokens",
	"config": "the configuration", "search": "searches", "rule": "log rules", "system": "the administration", "metrics": "metrics", "series": "time series",
}

// verbs are what actions do where the word in the action is not the one that people use.
var verbs = map[string]string{"read": "see", "write": "change", "stop-clock": "stop the clocks of", "report": "report what was found by"}

// Words say what is done: "see customers", "stop the clocks of incidents".
func (a Action) Words() string {
	noun, verb, _ := strings.Cut(string(a), ".")
	if other, ok := verbs[verb]; ok {
		verb = other
	}
	if other, ok := nouns[noun]; ok {
		return verb + " " + other
	}
	return verb + " " + noun + "s"
}
