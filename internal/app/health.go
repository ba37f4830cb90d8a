package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/audit"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/outbox"
)

// failedFor is how long a page that reached nobody counts as a broken promise.
const failedFor = time.Hour

// channels are those over which messages can leave.
func (a *App) channels() []outbox.Channel {
	if a.SMTPURL == "" {
		return []outbox.Channel{outbox.Webhook}
	}
	return []outbox.Channel{outbox.Mail, outbox.Webhook}
}

// status is what the auditor found, and the pages that reached nobody lately.
func (a *App) status(ctx context.Context) ([]audit.Finding, time.Time) {
	found, at := a.Auditor.Findings()
	failed, err := a.failedPages(ctx)
	if err != nil {
		a.Log.ErrorContext(ctx, "cannot look for pages that failed", "err", err)
		return found, at
	}
	if len(failed) > 0 {
		found = append(found, audit.Finding{Invariant: 2, Subject: pagesTo(failed),
			Text: "reached nobody in the last hour, on no channel: look at the contact methods and at the mail server, and call by telephone"})
	}
	return found, at
}

// failedPages are those that reached nobody lately. One whose person had no contact method then
// and has one now is past; whatever else failed, an ended incident does not mend it.
func (a *App) failedPages(ctx context.Context) ([]notify.Page, error) {
	failed, err := a.Rooms.Notify.FailedSince(ctx, actor.Mainstay, a.Clock.Now().Add(-failedFor))
	if err != nil || len(failed) == 0 {
		return nil, err
	}
	ways, err := a.Rooms.Notify.Reachable(ctx, actor.Mainstay)
	return slices.DeleteFunc(failed, func(p notify.Page) bool {
		return len(p.Steps) == 0 && len(ways[p.Person]) > 0
	}), err
}

// pagesTo names whom pages were for: "3 pages to Ana Adams, Ben Osei".
func pagesTo(failed []notify.Page) string {
	var names []string
	for _, p := range failed {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	if len(failed) == 1 {
		return "1 page to " + names[0]
	}
	return fmt.Sprintf("%d pages to %s", len(failed), strings.Join(names, ", "))
}

// mute are the people on call whom no configured channel reaches, by name.
func (a *App) mute(ctx context.Context) (names []string, err error) {
	standings, err := a.Rooms.Rosters.OnCallNow(ctx, actor.Mainstay)
	if err != nil {
		return nil, err
	}
	ways, err := a.Rooms.Notify.Reachable(ctx, actor.Mainstay)
	for _, s := range standings {
		for _, p := range s.People {
			if len(ways[p.ID]) == 0 && !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names, err
}

// unreached says of which services the pages reach nobody of their policy, or nobody at all.
func (a *App) unreached(ctx context.Context) (out []string, err error) {
	ways, err := a.Rooms.Notify.Reachable(ctx, actor.Mainstay)
	if err != nil {
		return nil, err
	}
	list, err := a.Rooms.Escalation.Unreached(ctx, actor.Mainstay, func(id people.UserID) bool { return len(ways[id]) > 0 })
	var policy, all []string
	for _, u := range list {
		if u.CatchAll {
			policy = append(policy, u.Service)
		} else {
			all = append(all, u.Service)
		}
	}
	if len(all) > 0 {
		out = append(out, "No page would reach anybody about "+named(all)+": no one in the escalation policy, no support manager and no administrator has a way to be reached.")
	}
	if len(policy) > 0 {
		out = append(out, "No one in the escalation policy of "+named(policy)+" can be reached: pages go to support managers and administrators alone.")
	}
	return out, err
}

// named lists names, and how many more there are than a sentence has room for.
func named(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Troubles are what everybody at the desk must know at once, in sentences.
func (a *App) Troubles(ctx context.Context) (out []string, err error) {
	mute, err := a.mute(ctx)
	if err != nil {
		return nil, err
	}
	if len(mute) > 0 {
		out = append(out, "On call, and no page reaches them: "+strings.Join(mute, ", ")+".")
	}
	unreached, err := a.unreached(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, unreached...)
	out = append(out, a.logTroubles()...)
	out = append(out, a.seriesTroubles()...)
	found, _ := a.status(ctx)
	for _, f := range found {
		if !f.Late {
			out = append(out, f.Subject+" "+f.Text+".")
		}
	}
	return out[:min(len(out), 5)], nil
}

// warnOfMute says at the start who is on call and cannot be reached.
func (a *App) warnOfMute(ctx context.Context) {
	names, err := a.mute(ctx)
	switch {
	case err != nil:
		a.Log.ErrorContext(ctx, "cannot look who is on call", "err", err)
	case len(names) == 0:
	case a.SMTPURL == "":
		a.Log.WarnContext(ctx, "mail is not configured (smtp.url): no page reaches these people, who are on call", "people", names)
	default:
		a.Log.WarnContext(ctx, "no page reaches these people, who are on call: they have no verified contact method", "people", names)
	}
}
