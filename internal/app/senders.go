package app

import (
	"mainstay/internal/base/egress"
	"mainstay/internal/deliver/smtp"
	"mainstay/internal/deliver/webhook"
	"mainstay/internal/engine/outbox"
)

// egress says to which addresses webhooks may be sent.
func (a *App) egress() egress.Rule { return egress.Rule{OnlyPublic: a.WebhooksOnlyPublic} }

// senders are the ways in which messages leave.
func (a *App) senders() (map[outbox.Channel]outbox.Sender, error) {
	mail, err := smtp.New(smtp.Config{URL: a.SMTPURL, Site: a.SiteName})
	if err != nil {
		return nil, err
	}
	return map[outbox.Channel]outbox.Sender{
		outbox.Mail:    mail,
		outbox.Webhook: webhook.New(webhook.Config{Secret: a.Rooms.Notify.Secret, Version: a.Version, Egress: a.egress()}),
	}, nil
}
