package source

import (
	"mainstay/internal/domain/source/mask"
	"mainstay/internal/engine/signal"
)

// treatment is what a source's lines go through before they are fitted: extraction, then masks,
// so that what was extracted is masked, too. It may be used by several goroutines at once.
type treatment struct {
	extractors []extractor
	masks      *mask.Masker
}

func newTreatment(spec Spec) (t *treatment, err error) {
	t = &treatment{extractors: make([]extractor, len(spec.Extract))}
	for i, e := range spec.Extract {
		if t.extractors[i], err = newExtractor(e); err != nil {
			return nil, err
		}
	}
	t.masks, err = mask.New(spec.Mask)
	return t, err
}

// row treats one row of a delivery; before is what is known of the row in front of it.
func (t *treatment) row(r *signal.Row, before *mask.LastRow) {
	for i := range t.extractors {
		t.extractors[i].row(r)
	}
	t.masks.Row(r, before)
}

// version is a state of a source, for which its treatment is compiled once.
type version struct {
	source ID
	number int64
}

// treatmentOf returns the compiled treatment of a source. Without it nothing may be stored.
func (s *Service) treatmentOf(src Source) (*treatment, error) {
	s.mu.Lock()
	t := s.treatments[version{src.ID, src.Version}]
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := newTreatment(src.Spec)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.treatments {
		if v.source == src.ID && v.number < src.Version {
			delete(s.treatments, v)
		}
	}
	s.treatments[version{src.ID, src.Version}] = t
	return t, nil
}
