package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

var gone = outbox.Permanent(errors.New("550 no such mailbox"))

// each runs a test with a desk on every database.
func each(t *testing.T, test func(t *testing.T, k *desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) { test(t, newDesk(t, d, c)) })
}

func TestWithoutRulesEveryVerifiedMethodIsUsedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		unverified := notify.MethodSpec{Name: "old", Channel: outbox.Mail, Address: "old@bank.example"}
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{unverified, hook(), mail()}})
		k.run()
		if len(k.world.at("old@bank.example")) != 1 { // the code
			t.Fatal("no code was sent")
		}
		p := k.page("ana")
		k.run()
		k.expect(p, notify.Delivered)
		if len(k.world.at(mailAddress)) != 1 || len(k.world.at(hookAddress)) != 1 || len(k.world.at("old@bank.example")) != 1 {
			t.Fatalf("arrived: %+v", k.world.arrived)
		}
		m := k.world.at(mailAddress)[0]
		if m.Content.Zone != "Europe/Madrid" || m.Content.Why != "response clock, step 1 of 2" || m.Kind != outbox.PageKind ||
			!strings.HasPrefix(m.Content.AckURL, "https://desk.example/a/") {
			t.Fatalf("%+v", m.Content)
		}
		if got := k.timeline(incident); got != "page.started message.sent message.sent" {
			t.Fatalf("timeline: %s", got)
		}
	})
}

func TestRulesAreFollowedAtTheirTimes(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook()},
			Rules: notify.RulesSpec{
				High: []notify.RuleSpec{rule("mail", 0), rule("hook", time.Minute), rule("mail", 5*time.Minute)},
				Low:  []notify.RuleSpec{rule("hook", 10*time.Minute)},
			},
		})
		p := k.page("ana")
		k.run()
		k.pass(59 * time.Second)
		if len(k.world.at(mailAddress)) != 1 || len(k.world.at(hookAddress)) != 0 {
			t.Fatalf("after 59 s: %+v", k.world.arrived)
		}
		k.pass(time.Second)
		if len(k.world.at(hookAddress)) != 1 {
			t.Fatal("the webhook was not used after a minute")
		}
		k.expect(p, notify.Running)
		k.pass(4 * time.Minute)
		if len(k.world.at(mailAddress)) != 2 {
			t.Fatal("no second mail after five minutes")
		}
		k.expect(p, notify.Delivered)

		low := k.page("ana", func(in *notify.PageIn) { in.Urgency = notify.Low })
		k.pass(9 * time.Minute)
		if k.world.total() != 3 {
			t.Fatal("the first rule's delay was not waited for")
		}
		k.pass(time.Minute)
		k.expect(low, notify.Delivered)
	})
}

func TestHangingWebhookMeansMailWithinTheFallbackTime(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook()},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("hook", 0)}},
		})
		k.world.answer(hookAddress, hangs(t))
		p := k.page("ana")
		k.runBut(1)
		for range 29 {
			k.clock.Advance(time.Second)
			k.runBut(1)
		}
		if len(k.world.at(mailAddress)) != 0 {
			t.Fatal("mail was used before its time")
		}
		k.clock.Advance(time.Second)
		for len(k.world.at(mailAddress)) == 0 { // the webhook hangs, so there is nothing to wait for
			k.runBut(1)
		}
		if got := k.timeline(incident); !strings.HasPrefix(got, "page.started page.fallback") {
			t.Fatalf("timeline: %s", got)
		}
		k.expect(p, notify.Running)
	})
}

func TestFailureForGoodUsesTheNextMethodAtOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook()},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("mail", 0), rule("hook", time.Hour)}},
		})
		k.world.answer(mailAddress, refuses(gone))
		p := k.page("ana")
		k.run()
		if len(k.world.at(hookAddress)) != 1 {
			t.Fatal("the webhook waited for its rule")
		}
		k.expect(p, notify.Delivered)
		if got := k.timeline(incident); got != "page.started message.failed page.fallback message.sent" {
			t.Fatalf("timeline: %s", got)
		}
	})
}

func TestTemporaryFailureFallsBackAndGoesOnTrying(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook()},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("mail", 0)}},
		})
		k.world.answer(mailAddress, refuses(outbox.NotSent(errors.New("dial: refused"))))
		p := k.page("ana")
		k.run()
		k.pass(30 * time.Second)
		if len(k.world.at(hookAddress)) != 1 {
			t.Fatal("no fallback")
		}
		k.world.answer(mailAddress, nil)
		k.pass(time.Minute)
		if len(k.world.at(mailAddress)) != 1 {
			t.Fatal("the mail was given up")
		}
		k.expect(p, notify.Delivered)
	})
}

func TestPersonWhomNoChannelReachesIsReportedOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail(), hook()}})
		k.world.answer(mailAddress, refuses(gone))
		k.world.answer(hookAddress, refuses(outbox.Permanent(errors.New("410 Gone"))))
		p := k.page("ana")
		k.run()
		k.pass(time.Hour)
		now := k.expect(p, notify.Exhausted)
		if !strings.Contains(now.StateReason, "no channel reached Ana Ruiz: ") ||
			!strings.Contains(now.StateReason, "410 Gone") || !strings.Contains(now.StateReason, "550 no such mailbox") {
			t.Fatalf("reason: %s", now.StateReason)
		}
		if len(k.exhausted) != 1 || k.exhausted[0].ID != p.ID || k.exhausted[0].State != notify.Exhausted {
			t.Fatalf("told of %+v", k.exhausted)
		}
		if got := k.timeline(incident); got != "page.started message.failed message.failed page.exhausted" {
			t.Fatalf("timeline: %s", got)
		}
	})
}

func TestMethodThatTimesOutForTooLongIsAFailure(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
		k.world.answer(mailAddress, refuses(errors.New("no answer")))
		p := k.page("ana")
		k.run()
		k.pass(14 * time.Minute)
		k.expect(p, notify.Running)
		k.pass(3 * time.Minute)
		k.expect(p, notify.Exhausted)
		if len(k.exhausted) != 1 {
			t.Fatalf("told %d times", len(k.exhausted))
		}
	})
}

func TestPersonWhoCannotBeReachedGivesAnExhaustedPageAtOnce(t *testing.T) {
	cases := map[string]func(k *desk){
		"has no verified contact method": func(*desk) {},
		"is disabled": func(k *desk) {
			k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
			k.user("ana", people.UserSpec{Title: "Ana Ruiz", Role: actor.FirstLine, Zone: "Europe/Madrid", Disabled: true})
		},
	}
	for why, given := range cases {
		t.Run(why, func(t *testing.T) {
			each(t, func(t *testing.T, k *desk) {
				given(k)
				p := k.page("ana")
				if p.State != notify.Exhausted || !strings.Contains(p.StateReason, why) {
					t.Fatalf("%+v", p)
				}
				k.run()
				k.expect(p, notify.Exhausted)
				if len(k.exhausted) != 0 || k.world.total() != 0 {
					t.Fatal("who pages was told twice, or something was sent")
				}
				if got := k.timeline(incident); got != "page.started page.exhausted" {
					t.Fatalf("timeline: %s", got)
				}
			})
		})
	}
}

func TestRulesForUnverifiedMethodsDoNotHideVerifiedOnes(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		old := notify.MethodSpec{Name: "old", Channel: outbox.Mail, Address: "old@bank.example"}
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{old, mail()},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("old", 0)}},
		})
		p := k.page("ana")
		k.run()
		k.expect(p, notify.Delivered)
		if len(k.world.at(mailAddress)) != 1 {
			t.Fatal("mail was not used")
		}
	})
}

func TestAcknowledgedMeansNoMoreMessages(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook()},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("mail", 0), rule("hook", time.Minute)}},
		})
		early := k.page("ana")
		k.run()
		queued := k.page("ana")
		other := k.page("ana", func(in *notify.PageIn) { in.Group = "resolution" })
		elsewhere := k.page("ana", func(in *notify.PageIn) { in.About = ledger.Record{Kind: "incident", ID: "another"} })
		k.stop("response", "acknowledged by Ana Ruiz")
		k.run()
		k.pass(time.Hour)
		if now := k.expect(early, notify.Stopped); now.StateReason != "acknowledged by Ana Ruiz" {
			t.Fatalf("reason: %s", now.StateReason)
		}
		k.expect(queued, notify.Stopped)
		k.expect(other, notify.Delivered)
		k.expect(elsewhere, notify.Delivered)
		if m, h := len(k.world.at(mailAddress)), len(k.world.at(hookAddress)); m != 3 || h != 2 {
			t.Fatalf("%d mails and %d webhooks arrived", m, h)
		}
		third := k.page("ana")
		k.stop("", "restored")
		k.run()
		k.expect(third, notify.Stopped)
	})
}

func TestStoppedPageIsNotRepeatedAfterAnAttemptThatFailed(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail(), hook()},
			Rules: notify.RulesSpec{High: []notify.RuleSpec{rule("mail", 0)}}})
		entered, answer := make(chan struct{}), make(chan error)
		k.world.answer(mailAddress, func(context.Context) error { entered <- struct{}{}; return <-answer })
		p := k.page("ana")
		k.runBut(1)
		<-entered
		k.stop("", "restored")
		answer <- gone
		k.dispatcher.Wait()
		k.world.answer(mailAddress, nil)
		k.pass(time.Hour)
		k.expect(p, notify.Stopped)
		if k.world.total() != 0 || len(k.exhausted) != 0 {
			t.Fatalf("%d messages arrived, exhausted %v", k.world.total(), k.exhausted)
		}
	})
}

func TestSamePageIsAskedForTwiceAndSentOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
		same := func(in *notify.PageIn) { in.Dedup = "incident/step/ana" }
		first, second := k.page("ana", same), k.page("ana", same)
		k.run()
		if first.ID != second.ID || k.world.total() != 1 {
			t.Fatalf("%s and %s, %d arrived", first.ID, second.ID, k.world.total())
		}
	})
}

func TestRemovedMethodDoesNotHoldAPageUp(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook()},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("hook", time.Minute), rule("mail", time.Hour)}},
		})
		p := k.page("ana")
		k.run()
		if _, err := k.RemoveMethod(context.Background(), k.as("ana"), "ana", "hook"); err != nil {
			t.Fatal(err)
		}
		k.pass(time.Minute)
		if len(k.world.at(mailAddress)) != 1 {
			t.Fatal("mail was not used in its place")
		}
		k.expect(p, notify.Delivered)
	})
}

func TestNoticeGoesToTheFirstMethodThatWorks(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{hook(), mail()}})
		ana := k.id("ana").ID
		notice := func(dedup string) {
			k.do(func(tx *db.Tx) error {
				return k.NoticeIn(tx, ana, incident, outbox.UpdateKind, outbox.Content{Title: "restored"}, dedup)
			})
			k.run()
		}
		notice("one")
		notice("one")
		if len(k.world.at(mailAddress)) != 1 || len(k.world.at(hookAddress)) != 0 {
			t.Fatalf("%+v", k.world.arrived)
		}
		k.world.answer(mailAddress, refuses(gone))
		notice("two")
		if len(k.world.at(hookAddress)) != 1 {
			t.Fatal("the next method was not used")
		}
		k.world.answer(hookAddress, refuses(gone))
		notice("three")
		k.pass(time.Hour)
		if got := k.timeline(incident); got != "message.sent message.failed message.sent message.failed message.failed" {
			t.Fatalf("timeline: %s", got)
		}
	})
}

func TestNoticeToNobodyReachableIsNoError(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ana := k.id("ana").ID
		k.do(func(tx *db.Tx) error {
			return k.NoticeIn(tx, ana, incident, outbox.NoticeKind, outbox.Content{Title: "your shift starts"}, "x")
		})
		k.run()
		if k.world.total() != 0 {
			t.Fatal("something was sent")
		}
	})
}
