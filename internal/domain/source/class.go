package source

import (
	"time"

	"mainstay/internal/engine/signal"
)

// Keeping is how the lines of a source are kept now.
type Keeping struct {
	// Asked is the class that the source asks for, and Class the one that its lines have: standard
	// where the store does not have the other.
	Asked, Class signal.Class
	// For is how long, 0 for ever.
	For time.Duration
}

// Keeping says how lines of a source are kept now. Those that are stored already stay as they are.
func (s *Service) Keeping(spec Spec) Keeping {
	class := s.classOf(spec)
	asked := spec.Retention
	if asked == "" {
		asked = signal.Standard
	}
	return Keeping{asked, class, s.Ages[class]}
}

// classOf is the class as which lines of a source are kept now.
func (s *Service) classOf(spec Spec) signal.Class {
	if _, on := s.Ages[spec.Retention]; on {
		return spec.Retention
	}
	return signal.Standard
}
