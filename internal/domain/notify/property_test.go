package notify_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/outbox"
)

// A page always ends: delivered, exhausted (and then told once) or stopped, whatever the
// rules say, whatever receivers answer, and whenever somebody acknowledges.
func TestEveryPageEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, c)
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			login := fmt.Sprintf("person-%d", n)
			k.user(login, people.UserSpec{Role: actor.FirstLine})
			spec, answers := drawContacts(r, login)
			k.contacts(login, spec)
			k.run() // the codes leave
			for address, err := range answers {
				k.world.answer(address, refuses(err))
			}
			before := len(k.exhausted)
			p := k.page(login)
			stopAt := rapid.SampledFrom([]time.Duration{-1, 0, time.Second, time.Minute, 20 * time.Minute}).Draw(r, "stopped after")
			arrivedWhenStopped := -1
			if stopAt >= 0 {
				k.pass(stopAt)
				k.stop("", "restored")
				arrivedWhenStopped = k.world.total()
			}
			k.pass(90 * time.Minute)
			check(r, k, k.reload(p), spec, answers, before, arrivedWhenStopped)
		})
	})
}

func check(r *rapid.T, k *desk, p notify.Page, spec notify.Spec, answers map[string]error, before, arrivedWhenStopped int) {
	var works, usable, sent bool
	for _, m := range spec.Methods {
		usable = usable || m.Verified
		works = works || m.Verified && answers[m.Address] == nil
		for _, got := range k.world.at(m.Address) {
			sent = sent || got.Page == string(p.ID)
		}
	}
	told := len(k.exhausted) - before
	switch p.State {
	case notify.Delivered:
		if !sent {
			r.Fatalf("delivered, but nothing has arrived")
		}
	case notify.Exhausted:
		if works || sent || told > 1 || usable != (told == 1) {
			r.Fatalf("exhausted (%s) with works %v, sent %v, told %d times", p.StateReason, works, sent, told)
		}
	case notify.Stopped:
		if arrivedWhenStopped < 0 || k.world.total() != arrivedWhenStopped {
			r.Fatalf("stopped when %d had arrived, then %d", arrivedWhenStopped, k.world.total())
		}
	default:
		r.Fatalf("the page is still %s", p.State)
	}
	if p.State != notify.Exhausted && told != 0 {
		r.Fatalf("%s, but told as exhausted", p.State)
	}
}

// drawContacts makes contacts and what each address answers; nil takes everything.
func drawContacts(r *rapid.T, login string) (notify.Spec, map[string]error) {
	var spec notify.Spec
	answers := map[string]error{}
	for i := range rapid.IntRange(0, 4).Draw(r, "methods") {
		m := notify.MethodSpec{Name: fmt.Sprint("m", i), Channel: outbox.Mail, Address: fmt.Sprintf("%s-%d@bank.example", login, i)}
		if rapid.Bool().Draw(r, "webhook") {
			m.Channel, m.Address = outbox.Webhook, fmt.Sprintf("https://%s-%d.bank.example/", login, i)
		}
		m.Verified = rapid.IntRange(0, 3).Draw(r, "verified") > 0
		spec.Methods = append(spec.Methods, m)
		answers[m.Address] = rapid.SampledFrom([]error{
			nil, gone, outbox.NotSent(errors.New("refused")), errors.New("no answer"), outbox.Busy(errors.New("429"), time.Minute),
		}).Draw(r, "answer")
		if after := rapid.SampledFrom([]time.Duration{-1, 0, 0, 10 * time.Second, 2 * time.Minute, time.Hour}).Draw(r, "after"); after >= 0 {
			spec.Rules.High = append(spec.Rules.High, rule(m.Name, after))
		}
	}
	sortRules(spec.Rules.High)
	return spec, answers
}

func sortRules(rules []notify.RuleSpec) {
	slices.SortStableFunc(rules, func(a, b notify.RuleSpec) int { return cmp.Compare(a.After, b.After) })
}
