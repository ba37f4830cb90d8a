package rule

import (
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
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

// sees are the lines that by may read: a rule shows no others to those who get its alerts.
func sees(tx *db.Tx, by actor.Actor) (signal.Scope, error) {
	if people.Can(by, people.LogRead, people.Target{}) {
		return signal.Scope{All: true}, nil
	}
	var scope signal.Scope
	services, err := catalogue.AllServices(tx)
	for _, svc := range services {
		if people.Can(by, people.LogRead, svc.Target()) {
			scope.Services = append(scope.Services, svc.Name)
		}
	}
	return scope, err
}
