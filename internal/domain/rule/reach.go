package rule

import (
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// mayWriteSome refuses those who may change no rule, before anything is told of one.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.RuleWrite, people.Target{Teams: by.Teams})
}

// target is what acts on a rule are done to: its service's teams may.
func target(tx *db.Tx, service catalogue.ServiceID) (people.Target, error) {
	if service == "" {
		return people.Target{}, nil
	}
	return catalogue.Target(tx, service)
}
