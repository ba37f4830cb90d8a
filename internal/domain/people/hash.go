package people

import "golang.org/x/sync/semaphore"

// hasher bounds how many passwords are hashed at once: each takes 19 MiB.
type hasher struct{ slots *semaphore.Weighted }

func newHasher() *hasher { return &hasher{slots: semaphore.NewWeighted(2)} }
