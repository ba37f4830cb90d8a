package app

import "mainstay/internal/engine/outbox"

func (a *App) senders() (map[outbox.Channel]outbox.Sender, error) { return nil, nil }
