package app

import (
	"mainstay/internal/deliver/smtp"
	"mainstay/internal/deliver/webhook"
	"mainstay/internal/engine/outbox"
)

// senders are the ways in which messages leave.
func (a *App) senders() (map[outbox.Channel]outbox.Sender, error) {
	mail, err := smtp.New(smtp.Config{URL: a.SMTPURL, Site: a.SiteName})
	if err != nil {
		return nil, err
	}
	return map[outbox.Channel]outbox.Sender{
		outbox.Mail:    mail,
		outbox.Webhook: webhook.New(webhook.Config{Secret: a.Rooms.Notify.Secret, Version: a.Version}),
	}, nil
}
