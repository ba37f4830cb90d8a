package notify

import "mainstay/internal/engine/outbox"

// Message is a message as the outbox keeps it. The API and the pages, which see engines only
// through the rooms, know it by this name.
type Message = outbox.Message
