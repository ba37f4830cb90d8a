package probe

import "time"

// Pause is how long one waits before a result that is not ok is looked at again.
func Pause(every time.Duration) time.Duration { return max(time.Second, min(every/2, 10*time.Second)) }

// Streak counts results in a row that are not ok, so that one lost packet wakes nobody.
type Streak struct {
	Bad   int   // in a row
	State State // the last that counted; "" when none did
}

// Take takes in a result and returns the state that now counts, and whether it should be looked at
// again soon: a result that is failed or unknown counts once it has come retries times more. Until
// then the state before goes on, which is "" when there is none.
func (s *Streak) Take(got State, retries int) (counts State, again bool) {
	if got == OK || got == Degraded {
		s.Bad, s.State = 0, got
		return got, false
	}
	s.Bad++
	if s.Bad > retries || s.State == Failed || s.State == Unknown {
		s.State = got
		return got, false
	}
	return s.State, true
}
