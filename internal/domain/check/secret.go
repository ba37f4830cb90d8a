package check

import (
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
	"mainstay/internal/probe"
)

// place is what a stored secret is bound to: that of another check or field does not open it.
func place(name, path string) string { return "check/" + name + "/" + path }

// keep encrypts the secrets of a spec that is to be stored, and takes over those that are kept. Same says
// that nothing differs from what is stored.
func (s *Service) keep(name string, spec, stored Spec) (sealed Spec, same bool, err error) {
	sealed = spec
	sealed.Probe = spec.Probe.Clone()
	old, err := s.inTheClear(name, stored)
	if err != nil {
		return sealed, false, err
	}
	was := map[string]string{}
	for _, at := range stored.Probe.Secrets() {
		was[at.Path] = string(*at.Secret)
	}
	moved := stored.Probe.Where() != spec.Probe.Where()
	var c errs.Check
	for _, at := range sealed.Probe.Secrets() {
		plain := string(*at.Secret)
		switch {
		case plain == probe.Kept && was[at.Path] == "":
			c.Add("probe."+at.Path, "is %q, but none is stored: write it", probe.Kept)
		case plain == probe.Kept && moved:
			c.Add("probe."+at.Path, "must be written again: it was stored for another target")
		case plain == probe.Kept, plain == old[at.Path]:
			*at.Secret = probe.Secret(was[at.Path])
		default:
			*at.Secret = probe.Secret(s.Box.Seal(place(name, at.Path), plain))
		}
	}
	return sealed, db.AsJSON(sealed) == db.AsJSON(stored), c.Err("check \"" + name + "\"")
}

// inTheClear returns the secrets of a stored spec in the clear, by path.
func (s *Service) inTheClear(name string, stored Spec) (map[string]string, error) {
	out := map[string]string{}
	for _, at := range stored.Probe.Secrets() {
		plain, err := s.Box.Unseal(place(name, at.Path), string(*at.Secret))
		if err != nil {
			return nil, err
		}
		out[at.Path] = plain
	}
	return out, nil
}

// reveal returns a stored spec with its secrets in the clear, for those who make it.
func (s *Service) reveal(name string, stored Spec) (Spec, error) {
	plain, err := s.inTheClear(name, stored)
	stored.Probe = stored.Probe.Clone()
	for _, at := range stored.Probe.Secrets() {
		*at.Secret = probe.Secret(plain[at.Path])
	}
	return stored, err
}

// masked returns a stored spec as people see it.
func masked(stored Spec) Spec {
	stored.Probe = stored.Probe.Clone()
	for _, at := range stored.Probe.Secrets() {
		*at.Secret = probe.Kept
	}
	return stored
}
