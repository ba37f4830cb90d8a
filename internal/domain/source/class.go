package source

import "mainstay/internal/engine/signal"

// classOf is the class as which lines of a source are kept now: the one that it asks for where the
// store has it.
func (s *Service) classOf(spec Spec) signal.Class {
	if _, on := s.Ages[spec.Retention]; on {
		return spec.Retention
	}
	return signal.Standard
}

// Kept is the class that a source asks for, and the one as which its lines are kept now.
func (s *Service) Kept(spec Spec) (asked, kept signal.Class) {
	asked = spec.Retention
	if asked == "" {
		asked = signal.Standard
	}
	return asked, s.classOf(spec)
}
