package app

import (
	"mainstay/internal/deliver/webhook"
	"mainstay/internal/engine/outbox"
)

// senders are the ways in which messages leave.
func (a *App) senders() (map[outbox.Channel]outbox.Sender, error) {
	return map[outbox.Channel]outbox.Sender{
		outbox.Webhook: webhook.New(webhook.Config{Secret: a.Rooms.Notify.Secret, Version: a.Version}),
	}, nil
}
