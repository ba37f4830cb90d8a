package outbox

import (
	"errors"
	"time"
)

// A Sender says with its error what became of a delivery:
//
//	nil          it has arrived, as far as the channel can tell
//	Permanent    trying again cannot help
//	NotSent      the receiver certainly did not take it: try again
//	any other    the receiver may have taken it: try again, marked as a possible repeat

// PermanentError says that trying again cannot help: the address does not exist, the
// receiver refuses. Its text is shown to people.
type PermanentError struct{ Err error }

// Error returns the cause's text.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// Permanent marks err as one that trying again cannot help.
func Permanent(err error) error { return &PermanentError{err} }

// IsPermanent reports whether trying again cannot help.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*PermanentError](err)
	return ok
}

// NotSentError says that the receiver certainly did not take the delivery: it could not be
// reached, or it refused before it had everything.
type NotSentError struct {
	Err error
	// Pause is how long the receiver asks to be left alone; 0 when it does not say.
	Pause time.Duration
}

// Error returns the cause's text.
func (e *NotSentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotSentError) Unwrap() error { return e.Err }

// NotSent marks err as one after which a repeat is certainly none.
func NotSent(err error) error { return &NotSentError{Err: err} }

// Busy is NotSent by a receiver that asks to be left alone for a while.
func Busy(err error, pause time.Duration) error { return &NotSentError{err, pause} }

// mayHaveArrived reports whether a delivery that ended with err may have been taken.
func mayHaveArrived(err error) bool {
	if IsPermanent(err) {
		return false
	}
	_, certainlyNot := errors.AsType[*NotSentError](err)
	return !certainlyNot
}

// askedPause is how long the receiver asked to be left alone.
func askedPause(err error) time.Duration {
	if e, ok := errors.AsType[*NotSentError](err); ok {
		return e.Pause
	}
	return 0
}
